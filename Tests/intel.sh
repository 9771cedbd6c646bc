#!/usr/bin/env bash
# Runs the tests that use a device on Intel's CPU driver from the given virtual environment.
set -euo pipefail
cd "$(dirname "$0")/.."
library=$(cd "$1" && pwd)/lib
vendors=$(mktemp -d)
trap 'rm -rf "$vendors"' EXIT
echo "$library/libintelocl.so" > "$vendors/intel.icd"
export OCL_ICD_VENDORS=$vendors LD_LIBRARY_PATH=$library NNGPU_REQUIRE_OPENCL=1 NNGPU_TUNING=off
.build-tests/release/nngpu devices
swift test -c release --scratch-path .build-tests -Xswiftc -enable-testing --skip-build \
    --disable-xctest --filter 'ConformanceTests|NNGPUTests|NNOpenCLTests'
