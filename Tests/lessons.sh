#!/usr/bin/env bash
# Runs all lessons for many seeds on the default device and once on the reference: a verdict that
# depends on the seed or on the device is none. Prints the lessons that failed.
#   Tests/lessons.sh PATH-OF-NNGPU [LAST-SEED]
set -euo pipefail
nngpu=$1
failed=0
run() {
    local start=$SECONDS
    if "$nngpu" learn --all "$@" > "$log" 2>&1; then
        echo "$*: all met in $((SECONDS - start)) s"
    else
        failed=1
        echo "$*: not all met"
        grep -A1 '^✗' "$log" || tail -n 3 "$log"
    fi
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for seed in $(seq 1 "${2:-20}"); do run --seed "$seed"; done
run --seed 1 --device reference
exit $failed
