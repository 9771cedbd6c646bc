#!/bin/sh
# Feeds one parser, or each of them, with bytes that libFuzzer makes up, led by the branches they reach.
# Inputs that crash, hang or allocate too much are left in .build-fuzz/PARSER/findings.
#     Tests/fuzz.sh [PARSER|all] [SECONDS]
set -eu
parser=${1:-all}
seconds=${2:-600}
fuzzer=${FUZZER:-.build-fuzz/release/Fuzzer}
corpus=.build-fuzz/seeds
[ -d "$corpus" ] || "$fuzzer" seeds "$corpus"

if [ "$parser" = all ]; then
    for folder in "$corpus"/*/; do "$0" "$(basename "$folder")" "$seconds"; done
    exit
fi
work=.build-fuzz/$parser
mkdir -p "$work/corpus" "$work/findings"
# A small quarantine of freed memory, as its size counts as memory of the process.
FUZZ_PARSER=$parser ASAN_OPTIONS=quarantine_size_mb=16 "$fuzzer" \
    -max_total_time="$seconds" -max_len=65536 -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work/findings/" "$work/corpus" "$corpus/$parser" 2>"$work/log" || {
    status=$?
    tail -n 40 "$work/log"
    echo "$parser: the input is in $work/findings"
    exit $status
}
count() { sed -n "s/^stat::$1: *//p" "$work/log"; }
coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$work/log" | tail -n 1)
echo "$parser: $(count number_of_executed_units) executions in $seconds s," \
    "$coverage branches, $(count new_units_added) new inputs, no finding"
