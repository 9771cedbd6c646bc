"""Measures what flags of `nngpu train` cost in time.

    python3 Benchmarks/overhead.py NNGPU [--pairs 7] [--epochs 2] [--json FILE] -- FLAGS

    python3 Benchmarks/overhead.py .build/release/nngpu -- --checkpoint {folder} --every 100

The default training runs with and without the flags, in turn, so that whatever else the machine does meets
both. {folder} in a flag is a new folder for each run. What counts is the training's own time as the tool
reports it; the whole process is shown beside it. Medians of the pairs' ratios.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time


def run(nngpu, epochs, flags):
    """Seconds of training and of the whole process."""
    with tempfile.TemporaryDirectory(prefix="nngpu-overhead-") as folder:
        command = [nngpu, "train", "--epochs", str(epochs), "--no-tune", "--quiet", "--json"]
        command += [flag.replace("{folder}", folder) for flag in flags]
        begin = time.perf_counter()
        result = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        return json.loads(result.stdout)["seconds"], time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nngpu")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--json")
    own, flags = sys.argv[1:], []
    if "--" in own:
        own, flags = own[:own.index("--")], own[own.index("--") + 1:]
    options = parser.parse_args(own)
    nngpu = os.path.abspath(options.nngpu)
    for variant in [[], flags]:
        run(nngpu, 1, variant)  # builds the kernels and reads the data into the system's cache
    pairs = []
    for _ in range(options.pairs):
        seconds = {}
        for name in random.sample(["plain", "flags"], 2):
            seconds[name] = run(nngpu, options.epochs, flags if name == "flags" else [])
        pairs.append((seconds["plain"], seconds["flags"]))
    overheads = [flagged[0] / plain[0] - 1 for plain, flagged in pairs]
    result = {
        "flags": " ".join(flags), "pairs": len(pairs), "epochs": options.epochs,
        "plainSeconds": statistics.median(plain[0] for plain, _ in pairs),
        "flagsSeconds": statistics.median(flagged[0] for _, flagged in pairs),
        "plainProcessSeconds": statistics.median(plain[1] for plain, _ in pairs),
        "flagsProcessSeconds": statistics.median(flagged[1] for _, flagged in pairs),
        "overheads": sorted(overheads), "overhead": statistics.median(overheads),
    }
    print(
        f"{result['flags']}: {100 * result['overhead']:.1f} % "
        f"(pairs from {100 * min(overheads):.1f} to {100 * max(overheads):.1f} %); "
        f"{result['plainSeconds']:.2f} s without, {result['flagsSeconds']:.2f} s with")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
