#!/bin/sh
# Kills a training with SIGKILL at random moments and resumes it, again and again, and compares the
# weights at the end with those of a training that nobody disturbed.
#     Tests/kill.sh [KILLS] [FOLDER]
set -eu
kills=${1:-200}
folder=${2:-$(mktemp -d)}
nngpu=${NNGPU:-.build/release/nngpu}
train="$nngpu train --data moons --hidden 64,64 --dropout 0.1 --batch-size 32 --epochs 60
    --schedule cosine --no-tune --quiet"
mkdir -p "$folder"
now() { date +%s%N; }

$train --save "$folder/undisturbed.safetensors" >/dev/null
# Warm now, so this is how long one training takes.
begin=$(now)
$train --save "$folder/undisturbed.safetensors" >/dev/null
milliseconds=$((($(now) - begin) / 1000000))

killed=0
trainings=0
damaged=0
while [ "$killed" -lt "$kills" ]; do
    rm -rf "$folder/run" "$folder/resumed.safetensors"
    while :; do
        $train --checkpoint "$folder/run" --every 3 --resume --save "$folder/resumed.safetensors" \
            >/dev/null 2>"$folder/stderr" &
        process=$!
        # Anywhere from the start of the process to a bit beyond its end.
        delay=$(od -An -N4 -tu4 /dev/urandom)
        sleep "$(awk "BEGIN { print $delay % $((milliseconds * 1100)) / 1e6 }")"
        if kill -9 $process 2>/dev/null; then
            wait $process 2>/dev/null || :
            killed=$((killed + 1))
        elif ! wait $process; then
            cat "$folder/stderr"
            echo "a resumed training failed after $killed kills"
            exit 1
        fi
        damaged=$((damaged + $(grep -c damaged "$folder/stderr" || :)))
        [ "$killed" -lt "$kills" ] || break
        [ ! -e "$folder/resumed.safetensors" ] || break
    done
    # The last one of all may finish.
    [ -e "$folder/resumed.safetensors" ] ||
        $train --checkpoint "$folder/run" --every 3 --resume \
            --save "$folder/resumed.safetensors" >/dev/null 2>&1
    cmp "$folder/undisturbed.safetensors" "$folder/resumed.safetensors" || exit 1
    trainings=$((trainings + 1))
done
echo "$killed kills in $trainings trainings: every one ended with the undisturbed weights," \
    "$damaged damaged checkpoints met"
