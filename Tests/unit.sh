#!/usr/bin/env bash
# Runs all tests as processes side by side: drivers compile one kernel at a time in each, and from empty caches that is
# most of the time.
set -uo pipefail
cd "$(dirname "$0")/.."
export NNGPU_REQUIRE_OPENCL=1 NNGPU_TUNING=off
tests=.build-tests/release/nngpuPackageTests.xctest
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

long='^ConformanceTests\.(SmallKernelTests|RandomGraphTests|ProductKernelTests)'
run() { "$tests" --testing-library swift-testing "${@:2}" > "$logs/$1" 2>&1; }
run conformance-long --filter "$long" &
pids=($!)
run conformance --filter '^ConformanceTests' --skip "$long" &
pids+=($!)
run others --skip '^ConformanceTests' &
pids+=($!)

status=0
for place in 0 1 2; do
    wait "${pids[$place]}" || status=1
done
for log in conformance-long conformance others; do
    cat "$logs/$log"
done
# Once more where they are found.
for log in conformance-long conformance others; do
    grep -E '^✘ Test .*recorded an issue' "$logs/$log"
    grep -E '^[✔✘] Test run with' "$logs/$log" || status=1
done
exit "$status"
