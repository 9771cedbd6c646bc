#!/usr/bin/env python3
"""Makes every call of an OpenCL function fail once and looks at how nngpu takes it.

    Tests/Faults/faults.py .build/release/nngpu [--jobs N] [--thorough]

A library between nngpu and the driver (faults.c) first writes down all calls of some short commands with
the stacks that they come from. Then each command is run again and again: for every different stack its
first call fails, further calls at a stride, and, as after the loss of a device, all calls from some point
on. --thorough fails every single call.

Each time the process has to end by itself with one sentence on stderr and the exit code of a failure, or
with the very result of an undisturbed run where the call may fail; it must have released every object it
made; and a training must be resumable from its checkpoint to the undisturbed weights. At the end every
place in the source that calls OpenCL must have failed.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A run takes a second; a hang is one on a busy machine, too.
TIME_LIMIT = 300
FOREVER = str(2**62)
# What may fail without a word: stored programs are only faster than sources, free memory is kept for
# later, and nothing can be done about a release that fails.
MAY_FAIL = re.compile(
    "clRelease|clCreateProgramWithBinary|clBuildProgram|clGetProgramInfo|clCreateKernelsInProgram"
    "|clCreateBuffer")
TRAINING = (
    "train --device 0 --data moons --hidden 16 --dropout 0.1 --clip-norm 1 --batch-size 64 "
    "--steps 12 --loss-interval 4 --no-tune --quiet --json --checkpoint run --every 4 --resume "
    "--save out.safetensors")
MODEL = "--model model.safetensors --device 0"


class Scenario:
    """A command, and what of it is looked at."""

    def __init__(self, name, line, output=None, only="", environment=None, fresh=False, limit=10**9,
                 kills=False, probes=False):
        self.name, self.line, self.output = name, line, output
        # The functions whose calls fail; those that other scenarios cover are left out.
        self.only = re.compile(only)
        self.environment = environment or {}
        # Whether each run starts without stored programs.
        self.fresh = fresh
        self.limit = limit
        # Whether it kills a process of its own when the time is up, which then releases nothing.
        self.kills = kills
        # Whether each run starts without knowing that the driver can be trusted.
        self.probes = probes


SCENARIOS = [
    Scenario("devices", "devices --json", output="stdout"),
    Scenario("train", TRAINING, output="out.safetensors"),
    Scenario(
        "train, compiling", TRAINING, output="out.safetensors", fresh=True,
        only="Program|clReleaseKernel", limit=40),
    Scenario(
        "train, local memory", TRAINING, output="out.safetensors", only="clSetKernelArg", limit=40,
        environment={"NNGPU_TUNING": "panels.json"}),
    Scenario(
        "train, CLBlast", TRAINING, output="out.safetensors", limit=120,
        environment={"NNGPU_TUNING": "clblast.json"}),
    Scenario(
        "train, traced", TRAINING + " --trace trace.json --trace-steps 4", output="out.safetensors",
        only="FillBuffer|Event|clFinish", limit=40),
    Scenario(
        "train, probing the driver", TRAINING, output="out.safetensors", probes=True, kills=True,
        only="Enqueue|clFinish|clBuildProgram|clCreateProgram|clCreateContext|clGetPlatformIDs", limit=30),
    Scenario("evaluate", f"evaluate {MODEL} --data moons --json", output="stdout"),
    Scenario(
        "predict", f"predict {MODEL} --input x.npy --output y.npy", output="y.npy",
        only="Enqueue|clFinish|clFlush"),
    Scenario(
        "explain", "explain --device 0 --hidden 16 --batch-size 32 --json",
        only="Event|clFinish|clEnqueueNDRangeKernel", limit=24),
    Scenario(
        "tune", "tune --device 0 --hidden 16 --inputs 2 --outputs 2 --batch-size 64 --budget 1s",
        environment={"NNGPU_TUNING": "tuned.json"}, limit=24, kills=True),
]


class Run:
    """What a run left behind."""

    def __init__(self, folder, result, output, state):
        self.code = result.returncode if result else None
        self.stderr = result.stderr.decode(errors="replace") if result else ""
        self.output = output
        self.calls, self.failed, *self.live = struct.unpack("8q", state)


class Driver:
    def __init__(self, nngpu, scratch):
        self.nngpu, self.scratch = nngpu, scratch
        self.library = scratch / "faults.so"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-Wno-deprecated-declarations", "-o", self.library,
             ROOT / "Tests/Faults/faults.c", "-ldl"], check=True)
        self.environment = {
            **os.environ, "NNGPU_CACHE": str(scratch / "programs"), "NNGPU_TUNING": "off",
            "SWIFT_BACKTRACE": "enable=no", "NNGPU_PROBE": "off"}
        self.template = scratch / "template"

    def run(self, scenario, folder, faults=None, line=None):
        """Runs a scenario in a folder of its own, with the given variables of faults.c."""
        environment = {**self.environment, **scenario.environment}
        state = folder / "state"
        state.unlink(missing_ok=True)
        if scenario.fresh:
            environment["NNGPU_CACHE"] = str(folder / "programs")
            shutil.rmtree(folder / "programs", ignore_errors=True)
        if scenario.probes:
            # What has been built is there, and what is known of the driver is not.
            del environment["NNGPU_PROBE"]
            environment["NNGPU_CACHE"] = str(folder / "programs")
            shutil.rmtree(folder / "programs", ignore_errors=True)
            shutil.copytree(self.scratch / "programs", folder / "programs",
                            ignore=shutil.ignore_patterns("driver-*"))
            (folder / "programs").chmod(0o700)
        if faults is not None:
            environment |= {
                "LD_PRELOAD": str(self.library), "FAULTS_STATE": str(state), **faults}
        command = [self.nngpu, *(line or scenario.line).split()]
        try:
            result = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, timeout=TIME_LIMIT,
                stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            result = None
        output = None
        if scenario.output == "stdout":
            output = result.stdout if result else None
        elif scenario.output and (folder / scenario.output).exists():
            output = (folder / scenario.output).read_bytes()
        return Run(folder, result, output, state.read_bytes() if state.exists() else bytes(64))

    def until_done(self, scenario, folder, faults=None):
        """Runs a scenario undisturbed; a busy machine may need a second try to measure anything."""
        for _ in range(10):
            run = self.run(scenario, folder, faults)
            if run.code == 0:
                return run
        sys.exit(f"{scenario.name or scenario.line} fails undisturbed: {run.stderr}")

    def folder(self):
        """A new folder with all that the scenarios read, and a checkpoint after four steps."""
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        shutil.copytree(self.template, folder, dirs_exist_ok=True)
        return folder

    def prepare(self):
        """Makes what the scenarios read."""
        self.template.mkdir()
        training = Scenario("", TRAINING)
        for steps in ("12", "4"):
            shutil.rmtree(self.template / "run", ignore_errors=True)
            line = TRAINING.replace("--steps 12", f"--steps {steps}")
            done = self.run(training, self.template, line=line)
            assert done.code == 0, done.stderr
            if steps == "12":
                shutil.copy(self.template / "out.safetensors", self.template / "model.safetensors")
        (self.template / "out.safetensors").unlink()
        subprocess.run(
            [sys.executable, "-c",
             "import struct;h=b\"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\";"
             "h+=b' '*(117-len(h))+b'\\n';open('x.npy','wb').write("
             "b'\\x93NUMPY\\x01\\x00'+struct.pack('<H',118)+h+struct.pack('<4f',.5,.25,-1,2))"],
            cwd=self.template, check=True)
        line = SCENARIOS[-1].line.replace("1s", "10s")
        tuning = Scenario("", line, environment={"NNGPU_TUNING": "clblast.json"})
        self.until_done(tuning, self.template)
        file = json.loads((self.template / "clblast.json").read_text())
        panel = {"blockRows": 6, "depth": 64, "rows": 6, "strips": 2, "vectors": 2}
        for name, choice in (("clblast", {"clBlast": True}), ("panels", {"panel": panel})):
            for product in file["products"]:
                product["choice"], product["isRule"] = choice, False
            (self.template / f"{name}.json").write_text(json.dumps(file))


def chosen(scenario, log, thorough):
    """What is tried: (number of the first call that fails, its name, number of the last one)."""
    calls, stacks, places = [], {}, {}
    for line in log.read_text().splitlines():
        number, name, *frames = line.split()
        if not scenario.only.search(name):
            continue
        call = (int(number), name)
        calls.append(call)
        stacks.setdefault((name, *frames), call)
        places.setdefault((name, *frames[:1]), []).append(call)
    picked = set(stacks.values()) | {same[-1] for same in places.values()}
    picked = sorted(picked | set(calls[:: max(1, len(calls) // 20)]))
    if thorough:
        picked = calls
    elif len(picked) > scenario.limit:
        # Of each place one call stays, however few are wanted.
        picked = picked[:: -(-len(picked) // scenario.limit)]
        picked = sorted(set(picked) | {same[0] for same in places.values()})
    lost = picked if thorough else sorted(
        set(picked[::4]) | {same[0] for same in places.values()})
    tried = [(number, name, str(number)) for number, name in picked]
    return tried + [(number, name, FOREVER) for number, name in lost], len(stacks)


def verdict(driver, scenario, undisturbed, number, name, until):
    """What is wrong with a run in which a call fails, None if nothing is, and the stacks that failed."""
    folder = driver.folder()
    log = folder / "log"
    try:
        faults = {"FAULTS_AT": str(number), "FAULTS_UNTIL": until, "FAULTS_LOG": str(log)}
        run = driver.run(scenario, folder, faults)
        return problem(driver, scenario, undisturbed, name, folder, run), stacks_in(log)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stacks_in(log):
    """The calls of a log without their numbers: (name, frames)."""
    lines = (line.split() for line in log.read_text().splitlines()) if log.exists() else ()
    return {(name, tuple(frames)) for _, name, *frames in lines}


def problem(driver, scenario, undisturbed, name, folder, run):
    """What is wrong with a run; None if nothing is."""
    # The library has words of its own for releases that fail.
    lines = [line for line in run.stderr.strip().splitlines() if not line.startswith("CLBlast: ")]
    sentence = lines[-1] if lines else ""
    if run.code is None:
        return "hangs"
    if run.code < 0:
        return f"dies of signal {-run.code}"
    if run.failed == 0:
        return "missed" if scenario.name != "tune" else None
    if any(run.live) and not scenario.kills:
        return f"leaks {run.live} (contexts, queues, buffers, programs, kernels, events)"
    if run.code == 0:
        # Nothing that was measured comes out twice the same.
        if scenario.name == "devices" and name in run.stderr:
            return None
        if scenario.output and run.output != undisturbed.output:
            return "goes on silently with another result"
        if scenario.probes and "does not get it right by itself" in run.stderr:
            return None
        if scenario.output and not MAY_FAIL.match(name):
            return "goes on as if nothing had happened"
    else:
        if run.code not in (1, 69):
            return f"exits with {run.code}"
        if not sentence.startswith("nngpu: ") or len([l for l in lines if "nngpu: " in l]) > 1:
            return f"says {run.stderr!r}"
    if "train" in scenario.line:
        again = driver.run(scenario, folder)
        if again.code != 0 or again.output != undisturbed.output:
            return f"cannot be resumed to the same weights: {again.stderr!r}"
    return None


def places_in_source():
    """Where the source calls OpenCL: (file, line, function, text)."""
    call = re.compile(r"(?<![\w`.])(cl[A-Z]\w*)\(")
    places = []
    for path in sorted((ROOT / "Sources/NNOpenCL").rglob("*.swift")):
        for number, text in enumerate(path.read_text().splitlines(), 1):
            code = text.split("//")[0]
            # A jump, not a call (tail position), so no stack shows where it comes from.
            if code.strip().startswith("clSetKernelArg(") and code.strip().endswith(", nil)"):
                continue
            places += [(path.name, number, name, code[code.index(f"{name}("):].strip())
                       for name in call.findall(code)
                       if "\"" + name not in code or code.count(name) > 1]
    # Functions of our own that only look like it.
    return [place for place in places if place[2] not in ("clBlast",)]


def failed_places(nngpu, stacks):
    """The files and lines of our own code behind the calls that failed: a closure may be two frames up."""
    own = {stack: [frame for frame in stack[1][:3] if frame.startswith("nngpu+")] for stack in stacks}
    # An address of a stack is the one to return to, just behind the call.
    offsets = sorted({int(frame.split("+")[1], 16) for frames in own.values() for frame in frames})
    text = subprocess.run(
        ["addr2line", "-a", "-i", "-e", nngpu, *(hex(offset - 1) for offset in offsets)],
        capture_output=True, text=True, check=True).stdout
    spots = {
        int(address, 16) + 1: re.findall(r"([^/\n]+\.swift):(\d+)", lines)
        for address, lines in re.findall(r"^(0x[0-9a-f]+)\n((?:(?!0x).*\n?)*)", text, re.MULTILINE)}
    return {
        (file, int(line), stack[0]) for stack, frames in own.items() for frame in frames
        for file, line in spots[int(frame.split("+")[1], 16)]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nngpu")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--thorough", action="store_true")
    parser.add_argument("--only", default="", help="scenarios whose names contain this")
    options = parser.parse_args()
    nngpu = str(Path(options.nngpu).resolve())
    problems, faults, failing_stacks = [], 0, set()
    with tempfile.TemporaryDirectory() as scratch, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        driver = Driver(nngpu, Path(scratch))
        driver.prepare()
        for scenario in SCENARIOS:
            if options.only not in scenario.name:
                continue
            folder = driver.folder()
            undisturbed = driver.until_done(scenario, folder)
            shutil.rmtree(folder)
            folder = driver.folder()
            log = folder / "log"
            counted = driver.until_done(scenario, folder, {"FAULTS_LOG": str(log)})
            assert scenario.kills or not any(counted.live), counted.live
            assert counted.output == undisturbed.output, "counting changes the result"
            tried, stacks = chosen(scenario, log, options.thorough)
            results = list(pool.map(lambda call: verdict(driver, scenario, undisturbed, *call), tried))
            failing_stacks |= set().union(*(stacks for _, stacks in results))
            wrong = [(call, result) for call, (result, _) in zip(tried, results) if result]
            print(
                f"{scenario.name}: {counted.calls} calls from {stacks} stacks, "
                f"{len(tried)} faults tried, {len(wrong)} problems", flush=True)
            for (number, name, until), result in wrong:
                after = " and all after it" if until == FOREVER else ""
                print(f"    call {number}, {name}{after}: {result}", flush=True)
            problems += wrong
            faults += len(tried)
        source = places_in_source()
        failed = failed_places(nngpu, failing_stacks)
    reached = {
        place for place in source
        if any(place[2] == n and place[0] == f and abs(place[1] - l) <= 2 for f, l, n in failed)}
    # Where two places of a file make the same call, the optimizer keeps one for both.
    same = {(file, name, text) for file, _, name, text in reached}
    left = [(file, line, name) for file, line, name, text in source
            if (file, name, text) not in same]
    for file, line, name in left:
        print(f"never failed: {name} in {file}:{line}")
    kinds = [result.split()[0] for _, result in problems]
    print(
        f"{len(source) - len(left)} of {len(source)} places in the source that call OpenCL failed, in "
        f"{faults} runs: {kinds.count('dies') + kinds.count('hangs')} crashes or hangs, "
        f"{kinds.count('goes')} silent continuations, {kinds.count('leaks')} leaks, "
        f"{len(problems)} problems")
    return 1 if problems or (left and not options.only) else 0


if __name__ == "__main__":
    sys.exit(main())
