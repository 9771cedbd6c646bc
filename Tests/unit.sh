#!/usr/bin/env bash
# Runs the tests in two processes: PoCL compiles for one caller of a process at a time, and compiling is most of the
# work. What one of them prints comes when both are through, so that lines do not mix.
set -uo pipefail
cd "$(dirname "$0")/.."
export NNGPU_REQUIRE_OPENCL=1 NNGPU_TUNING=off
tests=(.build-tests/release/nngpuPackageTests.xctest --testing-library swift-testing)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${tests[@]}" --skip '^ConformanceTests\.' > "$log" 2>&1 &
others=$!
"${tests[@]}" --filter '^ConformanceTests\.'
conformance=$?
wait "$others"
rest=$?
cat "$log"
[ "$conformance" = 0 ] && [ "$rest" = 0 ]
