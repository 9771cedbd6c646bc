#!/usr/bin/env bash
# Installs into a folder of its own, runs the tool from there, checks the manual page, completes
# commands in bash, and removes everything.
#     Tests/install.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# `-o build`: the binary is there.
target() { make -s -o build "$1" NNGPU="$binary" DESTDIR="$work" PREFIX=/usr; }

target install
[ "$("$work/usr/bin/nngpu" --version)" = "$("$binary" --version)" ]

manual="$work/usr/share/man/man1/nngpu.1"
warnings=$(mandoc -T lint -W warning "$manual" || :)
[ -z "$warnings" ] || { echo "$warnings"; exit 1; }
rendered=$(mandoc -T utf8 "$manual" | sed $'s/.\b//g')
for word in NAME SYNOPSIS "nngpu train" "--batch-size batch-size" "Exit codes" "--resume"; do
    grep -q -e "$word" <<< "$rendered" || { echo "the manual lacks $word"; exit 1; }
done

# The words that bash would offer; its own functions do without errexit and nounset.
complete_words() (
    set +eu
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
    COMP_POINT=${#COMP_LINE}
    COMPREPLY=()
    _nngpu "$1" "${@: -1}" "${@: -2:1}"
    echo "${COMPREPLY[*]}"
)
# shellcheck source=/dev/null
source "$work/usr/share/bash-completion/completions/nngpu"
PATH="$work/usr/bin:$PATH"
cd "$work"
touch run.yaml run.txt
expect() {
    local expected=$1 completed
    shift
    completed=$(complete_words "$@")
    [ "$completed" = "$expected" ] || { echo "'$*' completes to '$completed'"; exit 1; }
}
expect "train" nngpu tr
expect "adam adamw" nngpu train --optimizer ad
expect "--checkpoint" nngpu train --chec
expect "run.yaml" nngpu train run
expect "run.txt run.yaml" nngpu train --data run

cd - >/dev/null
target uninstall
[ -z "$(find "$work/usr" -type f)" ]
echo "installed, run, read, completed and removed"
