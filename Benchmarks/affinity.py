#!/usr/bin/env python3
"""What pinning PoCL's workers costs or gains, and what two trainings side by side cost each other.

    Benchmarks/affinity.py .build/release/nngpu [--rounds 5] [--json FILE]

Fashion-MNIST on a machine whose processors may all be used, interleaved: workers pinned by PoCL, by this
script, and not at all; one training on a core of its own, alone and beside another on another core; and two that
share all cores. Seconds of whole trainings after the programs are built.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

ENVIRONMENT = {**os.environ, "NNGPU_TUNING": "off", "NNGPU_PROBE": "off"}


def start(nngpu, epochs, prefix=(), affinity=None):
    environment = dict(ENVIRONMENT)
    if affinity is not None:
        environment["POCL_AFFINITY"] = affinity
    return subprocess.Popen(
        [*prefix, nngpu, "train", "--epochs", str(epochs), "--no-tune", "--quiet", "--json"],
        stdout=subprocess.PIPE, text=True, env=environment)


def seconds(process):
    output, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(output)["seconds"]


def pinned_here(nngpu, epochs):
    """Without PoCL's pinning; its busiest threads are pinned from outside once they run."""
    process = start(nngpu, epochs, affinity="0")
    time.sleep(0.6)
    tasks = f"/proc/{process.pid}/task"

    def busy(task):
        with open(f"{tasks}/{task}/stat") as file:
            return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))

    workers = sorted((task for task in os.listdir(tasks) if int(task) != process.pid), key=busy)
    cores = sorted(os.sched_getaffinity(0))
    for core, task in zip(cores, workers[-len(cores):]):
        os.sched_setaffinity(int(task), {core})
    return seconds(process)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nngpu")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()
    first, last = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    seconds(start(options.nngpu, 1))
    rows = {}

    def note(name, value):
        rows.setdefault(name, []).append(value)

    for _ in range(options.rounds):
        note("pinned by PoCL", seconds(start(options.nngpu, 4, affinity="1")))
        note("not pinned", seconds(start(options.nngpu, 4, affinity="0")))
        note("pinned by ourselves", pinned_here(options.nngpu, 4))
        for core in (first, last):
            note(f"alone on core {core}", seconds(start(options.nngpu, 2, ("taskset", "-c", str(core)))))
        both = [start(options.nngpu, 2, ("taskset", "-c", str(core))) for core in (first, last)]
        for core, process in zip((first, last), both):
            note(f"beside another, on core {core}", seconds(process))
        for name, affinity in (("pinned by PoCL", "1"), ("not pinned", "0")):
            for process in [start(options.nngpu, 2, affinity=affinity) for _ in range(2)]:
                note(f"two on all cores, {name}", seconds(process))
    for name, values in rows.items():
        print(f"{name:34} median {statistics.median(values):6.2f} s of {[round(v, 2) for v in values]}")
    for core in (first, last):
        pairs = zip(rows[f"alone on core {core}"], rows[f"beside another, on core {core}"])
        print(f"core {core}: beside another {statistics.median(b / a for a, b in pairs):.3f} times alone")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"rounds": options.rounds, "seconds": rows}, file, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
