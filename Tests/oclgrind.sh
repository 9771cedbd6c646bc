#!/usr/bin/env bash
# Runs every kernel on small sizes in a simulator that reports accesses out of bounds and races.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
status=0
trap 'rm -f "$log"' EXIT
# The test program itself and not `swift test`, whose compiler would be simulated along with it.
# Binaries of another driver would be rejected one by one; the simulator compiles quickly anyway.
NNGPU_CACHE=off NNGPU_REQUIRE_OPENCL=1 oclgrind --data-races \
    .build-tests/release/nngpuPackageTests.xctest --testing-library swift-testing \
    --filter SmallKernelTests 2>&1 | tee "$log" || status=$?
# Its own log file stays empty and its exit status is the program's, so the words decide.
if grep -qE "Invalid|data race" "$log"; then
    echo "oclgrind found the problems above" >&2
    exit 1
fi
[ "$status" = 0 ] || exit "$status"
echo "oclgrind found no bad access and no race"
