#!/usr/bin/env bash
# Opens the pages that nngpu writes in a real browser, at the widths of a phone and of a desk, light
# and dark: no message on the console, every figure's marks inside its axes, every label inside its
# figure, nothing wider than the page. Screenshots stay in the second argument's folder.
#   Tests/browser.sh PATH-OF-NNGPU [FOLDER]
set -euo pipefail
nngpu=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
folder=${2:-$(mktemp -d)}
mkdir -p "$folder"
folder=$(realpath "$folder")
cd "$folder"
rm -f -- *.html *.png *.log
"$nngpu" learn --all --report lecture.html > lecture.txt
"$nngpu" train --data spirals --hidden 16 --epochs 3 --quiet --report classes.html > /dev/null
"$nngpu" train --data sine --hidden 16 --epochs 1 --quiet --report numbers.html > /dev/null
"$nngpu" train --epochs 1 --quiet --report images.html > /dev/null
"$nngpu" train --model cnn --steps 60 --quiet --report convolutions.html > /dev/null

browse() {
    chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
        --allow-file-access-from-files --enable-logging=stderr --log-level=0 \
        --user-data-dir="$folder/profile" --virtual-time-budget=20000 "$@"
}

failed=0
for page in lecture classes numbers images convolutions; do
    for width in 390 1280; do
        # A frame of the width that is wanted: a window cannot be as narrow as a phone.
        sed -e "s/@PAGE@/$page.html/" -e "s/@WIDTH@/$width/" "$here/browser.html" \
            > "frame-$page-$width.html"
        browse --window-size=1400,1200 --dump-dom "file://$folder/frame-$page-$width.html" \
            > dom.html 2> console.log
        verdict=$(sed -n 's/.*<pre id="verdict">\([^<]*\).*/\1/p' dom.html)
        echo "$page at $width px: ${verdict:-the page did not load}"
        [[ $verdict == ok* ]] || failed=1
        if grep -F ':CONSOLE' console.log; then failed=1; fi
        for scheme in light dark; do
            # Chromium's setting: 0 is dark, 1 is light.
            [ $scheme = dark ] && setting=0 || setting=1
            browse --window-size=$((width < 500 ? 500 : width)),4000 \
                --blink-settings=preferredColorScheme=$setting \
                --screenshot="$page-$width-$scheme.png" \
                "file://$folder/frame-$page-$width.html" 2> /dev/null
        done
    done
done
rm -rf profile dom.html console.log frame-*.html
echo "screenshots: $folder"
exit $failed
