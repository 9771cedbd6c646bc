"""Trains for an hour in a loop of start, stop and resume, and looks whether memory stays flat.

    python3 Tests/soak.py NNGPU [--minutes 60] [--json FILE]

Two things run side by side. The default training on Fashion-MNIST is started, stopped by a random signal
at a random moment and resumed, each time in a process of its own, whose peak is recorded; when it is
complete, its weights are compared with those of an undisturbed one. And one process trains on and on with
a checkpoint every 50 steps; its resident memory is sampled. With PoCL the device's memory is part of it.
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}


def resident_kib(pid):
    """What a process holds now."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def wait(process, seconds=None):
    """The exit code and the peak of resident memory in KiB; None if it still runs after so many seconds."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        pid, status, usage = os.wait4(process.pid, 0 if deadline is None else os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_maxrss
        if time.monotonic() > deadline:
            return None
        time.sleep(0.01)


def trend(samples):
    """First, median and last of (seconds, KiB), and the slope of the line through the second half."""
    values = [value for _, value in samples]
    later = samples[len(samples) // 2:]
    slope = statistics.linear_regression(*zip(*later)).slope * 3600 if len(later) > 1 else 0
    return {
        "samples": len(values), "firstKiB": values[0], "medianKiB": statistics.median(values),
        "lastKiB": values[-1], "slopeKiBPerHour": round(slope),
    }


class Restarts:
    """A training that is stopped and resumed until it is complete, over and over."""

    def __init__(self, nngpu, folder):
        self.folder, self.weights = f"{folder}/restarts", f"{folder}/resumed.safetensors"
        self.command = [nngpu, "train", "--epochs", "2", "--no-tune", "--quiet"]
        self.peaks, self.stops, self.completed = [], {name: 0 for name in SIGNALS}, 0
        self.undisturbed = f"{folder}/undisturbed.safetensors"
        begin = time.monotonic()
        subprocess.run(
            self.command + ["--save", self.undisturbed], check=True, stdout=subprocess.DEVNULL)
        self.seconds = time.monotonic() - begin

    def run(self):
        """One process, from start to stop or end."""
        with open(f"{self.folder}.stderr", "w") as stderr:
            process = subprocess.Popen(
                self.command
                + ["--checkpoint", self.folder, "--every", "100", "--resume", "--save", self.weights],
                stdout=subprocess.DEVNULL, stderr=stderr)
        number = random.choice(SIGNALS)
        # Half of them come to their end, or could.
        ended = wait(process, random.uniform(0, 2 * self.seconds))
        if ended is None:
            process.send_signal(number)
            ended = wait(process)
        code, peak = ended
        self.peaks.append(peak)
        if code == 0:
            self.complete()
        elif code in (EXIT_CODES[number], -number):
            self.stops[number] += 1
        else:
            with open(f"{self.folder}.stderr") as stderr:
                sys.exit(f"a training ended with {code}: {stderr.read()}")

    def complete(self):
        with open(self.weights, "rb") as resumed, open(self.undisturbed, "rb") as undisturbed:
            if resumed.read() != undisturbed.read():
                sys.exit("a resumed training ended with other weights")
        self.completed += 1
        shutil.rmtree(self.folder)
        os.remove(self.weights)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nngpu")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--json")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="nngpu-soak-")
    restarts = Restarts(options.nngpu, folder)
    endless = subprocess.Popen(
        [options.nngpu, "train", "--data", "moons", "--hidden", "64,64", "--epochs", "1000000000",
         "--no-tune", "--quiet", "--checkpoint", f"{folder}/endless", "--every", "50"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    resident = []
    begin = time.monotonic()
    is_over = threading.Event()

    def sample():
        # Once the kernels are built, every ten seconds.
        while not is_over.wait(10):
            resident.append((time.monotonic() - begin, resident_kib(endless.pid)))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        while time.monotonic() - begin < options.minutes * 60:
            restarts.run()
        is_over.set()
        sampler.join()
        endless.send_signal(signal.SIGINT)
        if wait(endless)[0] != 130:
            sys.exit("the endless training did not end as it should")
    finally:
        is_over.set()
        endless.poll() is None and endless.kill()
    names = os.listdir(f"{folder}/endless")
    steps = max(int(name[5:17]) for name in names if name.startswith("step-"))
    result = {
        "minutes": round((time.monotonic() - begin) / 60, 1),
        "restarts": {
            "stops": {number.name: count for number, count in restarts.stops.items()},
            "completedWithTheSameWeights": restarts.completed,
            "firstPeakKiB": restarts.peaks[0], "largestPeakKiB": max(restarts.peaks),
        },
        "endless": {"steps": steps, "resident": trend(resident)},
    }
    shutil.rmtree(folder)
    print(json.dumps(result, indent=2))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
