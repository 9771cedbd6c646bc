"""Compares two builds of nngpu, all in one run.

    python versus.py BEFORE AFTER [--subject step|kernels|matmul] [--rounds 11] [--filter TEXT] [--json FILE]

Both run one window of each case a round, in random order. The figure of a case is the median time before by the median
time after: above 1 is faster than it was.
"""

import argparse
import json
import math
import os
import pathlib
import statistics

import cases
from contestants import Contestant, interleaved, pinned, present

WINDOW = 0.2  # seconds


def compare(arguments, subject):
    environment = pinned(len(os.sched_getaffinity(0))) | {"NNGPU_TUNING": "off", "NNGPU_PROBE": "off"}
    field = [
        Contestant(key, [str(binary.resolve()), "bench", "--worker", "--device", arguments.device], environment)
        for key, binary in (("before", arguments.before), ("after", arguments.after))]
    results = []
    try:
        present(field, print)
        for case in getattr(cases, subject)(False):
            if arguments.filter not in cases.label(case):
                continue
            rows, failures = interleaved(field, case, WINDOW, arguments.rounds)
            results.append({"label": cases.label(case), "rows": rows, "failures": failures})
            if len(rows) == 2:
                results[-1]["ratio"] = rows["before"]["seconds"] / rows["after"]["seconds"]
                times = " ".join(f"{rows[key]['seconds'] * 1e6:12,.1f}" for key in ("before", "after"))
                launches = [rows[key].get("launches", "") for key in ("before", "after")]
                print(f"{results[-1]['label']:<36}{times} us  {results[-1]['ratio']:.3f}  {launches}", flush=True)
            else:
                print(f"{results[-1]['label']:<36}{failures}", flush=True)
    finally:
        for contestant in field:
            contestant.stop()
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    parser.add_argument("--subject", action="append", choices=["step", "kernels", "matmul"])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--filter", default="", help="only cases whose label contains this")
    parser.add_argument("--device", default="0")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    results = {subject: compare(arguments, subject) for subject in arguments.subject or ["step", "kernels"]}
    ratios = [result["ratio"] for rows in results.values() for result in rows if "ratio" in result]
    mean = statistics.geometric_mean(ratios) if ratios else math.nan
    print(f"{len(ratios)} cases: geometric mean {mean:.3f}, least {min(ratios, default=math.nan):.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"geometricMean": mean, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
