#!/usr/bin/env bash
# A third compiler, and a driver that computes some things wrongly without a word: Mesa's rusticl on
# llvmpipe. Whatever is asked of it must come out right, or be refused with the name of what is wrong.
#     Tests/rusticl.sh NNGPU FOLDER TESTS    the folder has the driver and is made by `make test-rusticl`
set -euo pipefail
nngpu=$(realpath "$1")
driver=$(realpath "$2")
tests=$(realpath "$3")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export NNGPU_TUNING=off NNGPU_CACHE=$scratch/programs
rusticl() {
    RUSTICL_ENABLE=llvmpipe OCL_ICD_VENDORS=$driver/ MESA_SHADER_CACHE_DIR=$driver/cache "$nngpu" "$@"
}
passed=0
failed=0
verdict() {
    if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    echo "$([ "$1" = 0 ] && echo ok || echo FAIL)  $2"
}

rusticl devices | grep -q llvmpipe || { echo "SKIPPED: the driver shows no device"; exit 77; }
cd "$scratch"

# Right, or refused with exit code 1 and the name of a kernel.
try() {
    local name=$1 code=0
    shift
    rusticl "$@" >out 2>err || code=$?
    if [ $code = 0 ]; then
        verdict 0 "$name: $(grep -h 'does not get it right' err | cut -c1-140 || :)"
    elif [ $code = 1 ] && grep -q 'nngpu: device 0, llvmpipe.*kernel' err; then
        verdict 0 "$name is refused: $(tail -n 1 err | cut -c1-700)"
        return 1
    else
        verdict 1 "$name ends with $code: $(tail -n 1 err)"
        return 1
    fi
}

# The same losses as on another driver, to what single precision leaves of them.
compare() {
    local name=$1
    shift
    try "$name" train "$@" --json --quiet || return 0
    cp out rusticl.json
    "$nngpu" train "$@" --json --quiet >other.json
    python3 - <<END || { verdict 1 "$name differs from another driver"; return 0; }
import json
a, b = (json.load(open(name)) for name in ("rusticl.json", "other.json"))
print("    loss %.6f, other driver %.6f, accuracy %.4f and %.4f" % (
    a["loss"], b["loss"], a["accuracy"], b["accuracy"]))
raise SystemExit(abs(a["loss"] - b["loss"]) > 0.05 * b["loss"] or abs(a["accuracy"] - b["accuracy"]) > 0.02)
END
    verdict 0 "$name is as on another driver"
}

try "check" check --every-layer || :
compare "moons" --data moons --epochs 20
compare "moons, hidden 16" --data moons --hidden 16 --epochs 20
compare "moons, hidden 24 and 48" --data moons --hidden 24,48 --epochs 20
# A step takes seconds there: two epochs would take an hour.
compare "fashion-mnist, 20 steps" --steps 20
# Doctor says on stdout, in a line of its own, what it found.
code=0
rusticl doctor >out 2>err || code=$?
grep 'device 0: llvmpipe\|device 0, llvmpipe' out | cut -c1-300 || :
[ $code -le 1 ] && grep -q 'device 0.*llvmpipe' out && verdict 0 "doctor ends with $code" ||
    verdict 1 "doctor ends with $code: $(tail -n 1 err)"
try "learn --all" learn --all || :

# Every operation in both forms, with what doctor has found out that the driver is to be spared.
RUSTICL_ENABLE=llvmpipe OCL_ICD_VENDORS=$driver/ MESA_SHADER_CACHE_DIR=$driver/cache \
    NNGPU_REQUIRE_OPENCL=1 "$tests" --testing-library swift-testing \
    --filter 'ConformanceTests.(ConformanceTests|ExtremeTests|UpdateTests)' >tests.log 2>&1 || :
grep 'recorded an issue' tests.log | cut -c1-200 | head -n 20 || :
grep 'Test run with' tests.log || tail -n 1 tests.log
grep -q 'Test run with.*passed' tests.log && verdict 0 "conformance in both forms" ||
    verdict 1 "conformance in both forms"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
