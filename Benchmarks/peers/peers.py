"""Compares one training step of a 784-512-512-10 ReLU network in nngpu, PyTorch and tinygrad.

    python peers.py --nngpu PATH [--device N] [--rounds 15] [--batch-size 128] [--json FILE]

Every contestant is a process of its own that has warmed up and waits. In each round all of them run one window of
about 0.3 s, one after the other in random order, so that a busy minute of the machine hits all alike. Trust the
ratios of one table, not figures of two tables. PyTorch runs with two pinned threads, OpenCL with pinned workers.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
THREADS = "2"
PINNED = {
    "OMP_NUM_THREADS": THREADS, "MKL_NUM_THREADS": THREADS,
    "OMP_PROC_BIND": "true", "OMP_PLACES": "cores",
    "POCL_AFFINITY": "1", "POCL_MAX_PTHREAD_COUNT": THREADS, "POCL_CPU_MAX_CU_COUNT": THREADS,
}
PAUSE = 0.1  # seconds: the threads of the contestant before must have gone to sleep
# The caches of drivers and frameworks stay on; the first window of each worker is thrown away.


class Contestant:
    def __init__(self, name, optimizer, command):
        self.name, self.optimizer, self.rates = name, optimizer, []
        self.details = {}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=FOLDER,
            env={**os.environ, **PINNED})

    def window(self):
        """Runs one window; the reply, or None once the worker has died."""
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            return None

    def row(self):
        low, median, high = statistics.quantiles(self.rates, n=4, method="inclusive")
        return {
            "contestant": self.name, "optimizer": self.optimizer, "imagesPerSecond": median,
            "lowerQuartile": low, "upperQuartile": high, "windows": self.rates, **self.details}


def cpu_name():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def output(command):
    """What a command prints, or None if it fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def opencl_devices(nngpu):
    text = output([nngpu, "devices", "--json"]) if nngpu else None
    try:
        return json.loads(text) if text else (output(["clinfo", "-l"]) or "").splitlines()
    except json.JSONDecodeError:
        return text


def start(arguments):
    contestants = []
    for optimizer in arguments.optimizers.split(","):
        options = ["--batch-size", str(arguments.batch_size), "--optimizer", optimizer]
        for peer in arguments.peers.split(",") if arguments.peers else []:
            command = [sys.executable, str(FOLDER / f"{peer}_step.py"), *options]
            contestants.append(Contestant(peer, optimizer, command))
        if arguments.nngpu:
            binary = str(pathlib.Path(arguments.nngpu).resolve())
            command = [binary, "bench", "step", *options, "--worker", "--device", arguments.device]
            contestants.append(Contestant("nngpu", optimizer, command))
    return contestants


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nngpu", help="path of the binary; without it only the peers run")
    parser.add_argument("--device", default="0", help="nngpu's --device")
    parser.add_argument("--peers", default="pytorch,tinygrad", help="comma-separated; may be empty")
    parser.add_argument("--optimizers", default="momentum,adam")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=pathlib.Path, help="where to write the results")
    arguments = parser.parse_args()
    if arguments.rounds < 2:
        parser.error("quartiles need --rounds of 2 or more")

    contestants = start(arguments)
    failed = []
    try:
        alive = []
        for contestant in contestants:  # one at a time: compilers and tuners want the machine to themselves
            reply = contestant.window()
            if reply is None:
                failed.append(contestant)
            else:
                alive.append(contestant)
                contestant.details = {
                    key: reply[key] for key in ("version", "device", "form", "losses") if key in reply}
        for number in range(arguments.rounds):
            for contestant in random.sample(alive, len(alive)):
                time.sleep(PAUSE)
                reply = contestant.window()
                if reply is None:
                    alive.remove(contestant)
                    failed.append(contestant)
                else:
                    contestant.rates.append(reply["imagesPerSecond"])
            print(f"\rround {number + 1} of {arguments.rounds}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    finally:
        for contestant in contestants:
            try:
                contestant.process.stdin.close()
            except BrokenPipeError:
                pass
            try:
                contestant.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                contestant.process.kill()

    rows = [contestant.row() for contestant in alive]
    print(f"{'contestant':<12}{'optimizer':<12}{'images/s':>10}{'lower':>10}{'upper':>10}{'of best':>9}")
    for optimizer in dict.fromkeys(row["optimizer"] for row in rows):
        group = [row for row in rows if row["optimizer"] == optimizer]
        best = max(row["imagesPerSecond"] for row in group)
        for row in sorted(group, key=lambda row: -row["imagesPerSecond"]):
            print(
                f"{row['contestant']:<12}{optimizer:<12}{row['imagesPerSecond']:>10.0f}"
                f"{row['lowerQuartile']:>10.0f}{row['upperQuartile']:>10.0f}"
                f"{row['imagesPerSecond'] / best:>9.2f}")
    for contestant in failed:
        print(f"{contestant.name} ({contestant.optimizer}) failed", file=sys.stderr)
    if arguments.json:
        report = {
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "cpu": cpu_name(), "cores": os.cpu_count(), "python": platform.python_version(),
            "nngpu": output([arguments.nngpu, "--version"]) if arguments.nngpu else None,
            "openclDevices": opencl_devices(arguments.nngpu), "nngpuDevice": arguments.device,
            "network": "784-512-512-10", "batch": arguments.batch_size, "rounds": arguments.rounds,
            "environment": PINNED, "failed": [f"{c.name} {c.optimizer}" for c in failed],
            "results": rows}
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
