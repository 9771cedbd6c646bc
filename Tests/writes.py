#!/usr/bin/env python3
"""Makes every write of the tool fail once, as on a full disk and before a reader who has gone.

    Tests/writes.py .build/release/nngpu [--jobs N] [--only NAME]

strace first writes down which writes some short commands make, thread by thread. Then each command is run
again and again, and another write of it fails each time: with ENOSPC, and with EPIPE and its signal. What
strace says it has made fail decides what is right. Progress and caches are extras: all goes on. A result,
or a file that was asked for, ends in exit code 1 and one sentence that names it, after all the rest was
written; what stood under its name before still stands there; and a training can be resumed to the
undisturbed weights.

Where no process may trace another it says so, and ends with 77.
"""
import argparse
import collections
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

# A run takes a second; a hang is one on a busy machine, too.
TIME_LIMIT = 300
CALLS = ("write", "pwrite64", "writev", "pwritev", "pwritev2")
ERRORS = ("ENOSPC", "EPIPE:signal=SIGPIPE")
TRAINING = (
    "train --device 0 --data moons --hidden 16 --batch-size 50 --epochs 3 --no-tune "
    "--checkpoint run --save save/m.safetensors")
ALL_FILES = (
    TRAINING + " --every 20 --log log/l.jsonl --tensorboard tb --report report/p.html "
    "--trace trace/t.json")
MODEL = "--model m.safetensors --device 0"
# What stands under the names of files before they are written.
OLD = b"old"
# Files that are replaced as a whole, by the folder that each has for itself and its scratch file.
REPLACED = {
    "save": "m.safetensors", "report": "p.html", "trace": "t.json", "predicted": "y.csv",
    "exported": "m.onnx", "page": "l.html"}
# Name, command, and whether it prints the same each time.
SCENARIOS = [
    ("train", ALL_FILES + " --json", False),
    ("train, in words", TRAINING, False),
    ("evaluate", f"evaluate {MODEL} --data moons", True),
    ("predict", f"predict {MODEL} --input x.csv", True),
    ("predict to a file", f"predict {MODEL} --input x.csv --output predicted/y.csv", True),
    ("export", "export --model m.safetensors --output exported/m.onnx", True),
    ("check", "check --device 0 --hidden 8 --inputs 4 --outputs 3", False),
    ("learn", "learn neuron --device 0 --report page/l.html", True),
    ("bench", "bench kernels --device 0 --filter 128x10", False),
    ("devices", "devices", True),
    ("explain", "explain --device 0 --hidden 16 --inputs 2 --outputs 2 --batch-size 50", False),
    ("help", "train --help", True),
]


class Hit(collections.namedtuple("Hit", "thread call target")):
    """A write: of which thread, by which call, and to what: a folder, `out`, `err` or `cache`."""


class Writes:
    def __init__(self, nngpu, scratch):
        self.nngpu, self.scratch = nngpu, scratch
        self.template = scratch / "template"
        self.environment = {
            **os.environ, "NNGPU_CACHE": str(scratch / "programs"), "NNGPU_TUNING": "off",
            "POCL_CACHE_DIR": str(scratch / "kernels"), "SWIFT_BACKTRACE": "enable=no"}
        for name in ("programs", "kernels"):
            (scratch / name).mkdir(mode=0o700)

    def folder(self):
        """A new folder with all that the commands read, and old files where they write."""
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        shutil.copytree(self.template, folder, dirs_exist_ok=True)
        return folder

    def prepare(self):
        self.template.mkdir()
        (self.template / "log").mkdir()
        for name, file in REPLACED.items():
            (self.template / name).mkdir()
            (self.template / name / file).write_bytes(OLD)
        (self.template / "x.csv").write_text("0.5,1\n-1,0\n")
        self.run(self.template, TRAINING.replace("--checkpoint run ", ""))
        model = self.template / "save/m.safetensors"
        if model.read_bytes() == OLD:
            sys.exit(f"nothing can be trained here: {(self.template / 'err').read_text()}")
        self.weights = model.read_bytes()
        shutil.copy(model, self.template / "m.safetensors")
        model.write_bytes(OLD)

    def run(self, folder, line, strace=()):
        """Runs a command in a folder, with out and err as files; returns its code, None if it hangs."""
        with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
            process = subprocess.Popen(
                [*strace, self.nngpu, *line.split()], cwd=folder, env=self.environment, stdout=out,
                stderr=err, stdin=subprocess.DEVNULL, start_new_session=True)
            try:
                return process.wait(TIME_LIMIT)
            except subprocess.TimeoutExpired:
                # The tracer lets its process go; this session is ours alone.
                os.killpg(process.pid, 9)
                process.wait()
                return None

    def traced(self, folder, line, *options):
        """Runs a command under strace; returns its code, its writes, and those that were made to fail."""
        strace = ["strace", "-y", "-s", "0", "-o", folder / "strace", "-e", "trace=" + ",".join(CALLS)]
        code = self.run(folder, line, [*strace, *options])
        log = (folder / "strace").read_text(errors="replace").splitlines()
        (folder / "strace").unlink()
        # Without -f there is one thread, whose number is left out; where threads write at the same
        # time, the end of a call comes in a line of its own.
        pattern = re.compile(r"^(?:(\d+) +)?(?:<\.\.\. \w+ resumed>|(\w+)\(\d+<(.*?)>[,)])")
        hits, failed, current = [], [], {}
        for text in log:
            if not (match := pattern.match(text)):
                continue
            if match[2]:
                current[match[1]] = Hit(match[1], match[2], self.target(folder, match[3]))
                hits.append(current[match[1]])
            if text.endswith("(INJECTED)"):
                failed.append(current[match[1]])
        return code, hits, failed

    def target(self, folder, path):
        """What a descriptor's name stands for."""
        for cache in ("programs", "kernels"):
            if path.startswith(f"{self.scratch}/{cache}/"):
                return "cache"
        if path.startswith(f"{folder}/"):
            return path[len(str(folder)) + 1:].split("/")[0]
        # Threads wake each other so, and whoever makes that fail does not test the tool.
        return "internal" if re.match(r"anon_inode|pipe|socket", path) else path


def problem_of_files(folder, written, scenario, undisturbed):
    """What is wrong with the files that a run should have left, but for those whose write failed."""
    name, line, is_same = scenario
    scratch = [path for path in folder.rglob("*.tmp")]
    if scratch:
        return f"leaves {scratch[0].name}"
    for part, file in REPLACED.items():
        if f"{part}/{file}" not in line:
            continue
        path = folder / part / file
        content = path.read_bytes() if path.exists() else b""
        if part not in written:
            if content != OLD:
                return f"loses the old {file}"
        elif content == OLD:
            return f"loses {file}"
        elif part in ("report", "page"):
            if not content.rstrip().endswith(b"</html>"):
                return f"cuts {file} off"
        elif part == "trace":
            json.loads(content)
        elif content != undisturbed[part]:
            return f"writes another {file}"
    if "--log" in line:
        path = folder / "log/l.jsonl"
        lines = path.read_text().split("\n") if path.exists() else [""]
        for text in lines[:-1]:
            json.loads(text)
        if lines[-1]:
            return "cuts the log off"
        if "log" in written and json.loads(lines[-2])["type"] != "end":
            return "loses the end of the log"
    if "--tensorboard" in line:
        events = list(folder.glob("tb/*/events.*"))
        if not events and "tb" in written:
            return "loses the curves"
        for path in events:
            content, place = path.read_bytes(), 0
            while place < len(content):
                length = struct.unpack_from("<Q", content, place)[0] if place + 8 <= len(content) else 1e9
                place += 16 + length
                if place > len(content):
                    return "cuts the curves off"
    out = (folder / "out").read_bytes()
    if "out" in written:
        if not out and undisturbed["out"]:
            return "prints nothing"
        # What says that a file is written is rightly left out where it is not.
        left_out = set(undisturbed["out"].split(b"\n")) - set(out.split(b"\n"))
        names = [file.encode() for part, file in REPLACED.items() if part not in written]
        if is_same and any(not any(name in text for name in names) for text in left_out):
            return "prints another result"
        if "--json" in line:
            json.loads(out)
    return None


def verdict(writes, scenario, undisturbed, options):
    """What is wrong with a run in which a write fails, None if nothing is, and what failed."""
    line = scenario[1]
    folder = writes.folder()
    try:
        code, _, failed = writes.traced(folder, line, *options)
        targets = {hit.target for hit in failed}
        return problem(writes, scenario, undisturbed, folder, code, targets), failed
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def problem(writes, scenario, undisturbed, folder, code, targets):
    line = scenario[1]
    if not targets or "internal" in targets:
        return None
    if code is None:
        return "hangs"
    err = (folder / "err").read_text(errors="replace")
    # strace ends by the signal that its process ended by.
    if code < 0 or code > 128:
        return f"dies of signal {-code if code < 0 else code - 128}: {err[-200:]!r}"
    strange = targets - {"out", "err", "cache", "run", "log", "tb", *REPLACED}
    if strange:
        return f"writes to {strange}"
    asked_for = targets - {"err", "cache"}
    sentences = [text for text in err.splitlines() if text.startswith("nngpu: ")]
    found = None
    try:
        # What is whole comes first, as a lost save is worse than a wrong code.
        found = problem_of_files(
            folder, {"out", "log", "tb", *REPLACED} - asked_for, scenario, undisturbed)
    except ValueError as error:
        found = f"writes a file that is none: {error}"
    if found:
        return f"{found} (ends with {code}: {' '.join(sentences) or 'not a word'})"
    if not asked_for and code != 0:
        return f"ends with {code} for want of progress: {err[-200:]!r}"
    if asked_for:
        if code != 1:
            return f"ends with {code}"
        if len(sentences) != 1 and "err" not in targets:
            return f"says {err[-300:]!r}"
        names = {"out": "tandard output", **REPLACED, "run": "run", "log": "l.jsonl", "tb": "tb"}
        if sentences and not any(names[target] in sentences[0] for target in asked_for):
            return f"does not name it: {sentences[0]!r}"
    if "--checkpoint" in line:
        again = writes.run(folder, TRAINING + " --resume")
        if again != 0:
            return f"cannot be resumed: {(folder / 'err').read_text()[-200:]!r}"
        if (folder / "save/m.safetensors").read_bytes() != writes.weights:
            return "is resumed to other weights"
    return None


def tried(hits):
    """The options of strace for each run: every write of the main thread, and those of others."""
    counts = collections.Counter((hit.thread, hit.call) for hit in hits)
    main = hits[0].thread if hits else None
    runs = []
    for call in CALLS:
        for error in ERRORS:
            fault = f"inject={call}:error={error}:when="
            # strace counts for each thread: without -f it sees the first one only.
            runs += [("-e", fault + str(n)) for n in range(1, counts[main, call] + 1)]
            most = max((n for (thread, c), n in counts.items() if thread != main and c == call),
                       default=0)
            runs += [("-f", "-e", fault + str(n)) for n in range(1, most + 1)]
    return runs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nngpu")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="commands whose names contain this")
    options = parser.parse_args()
    if shutil.which("strace") is None or subprocess.run(
            ["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        print("SKIPPED: strace is missing, or no process may trace another here")
        return 77
    nngpu = str(Path(options.nngpu).resolve())
    failed, runs, problems = 0, 0, []
    with tempfile.TemporaryDirectory() as scratch, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        writes = Writes(nngpu, Path(scratch).resolve())
        writes.prepare()
        for scenario in SCENARIOS:
            name, line, _ = scenario
            if options.only not in name:
                continue
            # The first run fills caches, whose writes are not there any more in the second one.
            for _ in range(2):
                folder = writes.folder()
                code, hits, _ = writes.traced(folder, line, "-f")
                assert code == 0, (folder / "err").read_text()
                undisturbed = {
                    part: (folder / part / file).read_bytes() for part, file in REPLACED.items()}
                undisturbed["out"] = (folder / "out").read_bytes()
                shutil.rmtree(folder)
            plan = tried(hits)
            results = list(pool.map(
                lambda fault: verdict(writes, scenario, undisturbed, fault), plan))
            reached = collections.Counter(
                hit.target for _, hits in results for hit in hits)
            wrong = [(fault, hits, result)
                     for fault, (result, hits) in zip(plan, results) if result]
            where = ", ".join(f"{target} {count}" for target, count in sorted(reached.items()))
            print(f"{name}: {len(plan)} runs, writes that failed: {where}; {len(wrong)} problems",
                  flush=True)
            for fault, hits, result in wrong:
                places = ", ".join(sorted({hit.target for hit in hits}))
                print(f"    {fault[-1].removeprefix('inject=')} ({places}): {result}", flush=True)
            problems += [result for _, _, result in wrong]
            failed += sum(reached.values())
            runs += len(plan)
    kinds = [result.split()[0] for result in problems]
    print(
        f"{failed} writes failed in {runs} runs: {kinds.count('dies') + kinds.count('hangs')} crashes, "
        f"{kinds.count('loses')} lost saves, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
