"""Compares nngpu with other frameworks on this machine, all in one run.

    python peers.py --nngpu PATH [--subject matmul|step|images|convolutions|kernels|train|all] [--quick] [--json FILE]

Every contestant is a process of its own that has warmed up and waits. For each case all of them run one window a
round, one after the other in random order, with the same number of pinned threads. Trust the ratios of one table, not
figures of two tables. A peer that is not installed is named and left out.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys

import bars
import cases
import training
from contestants import FOLDER, Contestant, Failure, interleaved, pinned, present

SUBJECTS = ["matmul", "step", "images", "convolutions", "kernels", "train"]
PEERS = ["pytorch", "pytorch-channels-last", "pytorch-compiled", "jax", "numpy", "tinygrad-opencl", "tinygrad-cpu", "mlx"]
WINDOWS = {"matmul": 0.05, "step": 0.15, "images": 0.5, "convolutions": 0.05, "kernels": 0.05}
ROUNDS = {"matmul": 15, "step": 9, "images": 7, "convolutions": 9, "kernels": 9, "train": 3}
QUICK_ROUNDS = {"matmul": 5, "step": 5, "images": 5, "convolutions": 5, "kernels": 5, "train": 1}
PEERS_OF = {
    "matmul": ["pytorch", "jax", "numpy", "mlx"],
    "step": ["pytorch", "pytorch-compiled", "jax", "tinygrad-opencl", "tinygrad-cpu", "mlx"],
    "images": ["pytorch", "pytorch-channels-last", "pytorch-compiled"],
    "convolutions": ["pytorch", "pytorch-channels-last"],
    "kernels": ["pytorch", "pytorch-compiled"],
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def contestants(arguments, subject, environment):
    """The contestants of a subject, not yet started."""

    def is_measured(case):
        return case.get("model") != "tiny"  # a bar of ours alone

    def is_bearable(case):
        """For those who take seconds where others take milliseconds."""
        if case["subject"] == "matmul":
            return cases.flops(case) < 1e9
        return case["model"] == "default" and case["batch"] <= 128

    # Large blocks go back to the system after each use and have to be faulted in again; told to keep them, glibc makes
    # PyTorch and JAX faster.
    kept = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40)}

    def python(script, *options, takes=is_measured, **variables):
        command = [sys.executable, str(FOLDER / script), *options]
        return lambda key: Contestant(key, command, {**environment, **kept, **variables}, takes)

    known = {
        "pytorch": python("pytorch_worker.py"),
        "pytorch-channels-last": python("pytorch_worker.py", "--channels-last"),
        "pytorch-compiled": python("pytorch_worker.py", "--compile"),
        "jax": python("jax_worker.py", JAX_PLATFORMS="cpu"),
        "numpy": python("numpy_worker.py"),
        "tinygrad-opencl": python("tinygrad_worker.py", DEV="CL"),
        "tinygrad-cpu": python("tinygrad_worker.py", takes=is_bearable, DEV="CPU"),
        "mlx": python("mlx_worker.py", takes=is_bearable),
    }
    chosen = [known[peer](peer) for peer in PEERS_OF[subject] if peer in arguments.peers]
    if arguments.nngpu:
        command = [arguments.nngpu, "bench", "--worker", "--device", arguments.device]
        chosen.append(Contestant("nngpu", command, environment))
    return chosen


def measure(arguments, subject, environment):
    """The results of a subject, case by case, with the device's limits as measured in between."""
    chosen = [case for case in getattr(cases, subject)(arguments.quick) if arguments.filter in cases.label(case)]
    field = contestants(arguments, subject, environment)
    peaks, results = [], []
    try:
        found, missing = present(field, say)
        own = next((contestant for contestant in found if contestant.key == "nngpu"), None)
        for case in chosen:
            if own:
                try:
                    peaks += filter(None, [own.ask({"subject": "peak"}, 60).get("peak")])
                except Failure as failure:
                    say(f"peak: {failure}")
            if subject == "images":
                # The peak memory of a process is that of all its cases.
                for contestant in found:
                    contestant.stop()
            rows, failures = interleaved(found, case, WINDOWS[subject], arguments.rounds or rounds(arguments)[subject])
            results.append({"case": case, "label": cases.label(case), "rows": rows, "failures": failures})
            print_result(results[-1])
    finally:
        for contestant in field:
            contestant.stop()
    about = {contestant.key: contestant.about for contestant in found}
    return {"contestants": about, "missing": missing, "peaks": peaks, "results": results}


def rounds(arguments):
    return QUICK_ROUNDS if arguments.quick else ROUNDS


def print_result(result):
    """One line: each contestant's rate, the fastest first."""
    case = result["case"]

    def rate(seconds):
        match case["subject"]:
            case "matmul":
                return f"{cases.flops(case) / seconds * 1e-9:.0f} GF/s"
            case "step":
                return f"{case['batch'] / seconds:,.0f}/s"
            case "kernels" | "convolutions":
                return f"{seconds * 1e6:,.1f} us"

    rows = sorted(result["rows"].items(), key=lambda item: item[1]["seconds"])
    print(f"{result['label']:<34}" + "  ".join(f"{key} {rate(row['seconds'])}" for key, row in rows), flush=True)
    for key, reason in result["failures"].items():
        if not reason.startswith("Unsupported"):
            print(f"  {key}: {reason}", flush=True)


def output(command):
    """What a command prints, or None if it fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def cpu_name():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def about_machine(arguments):
    devices = output([arguments.nngpu, "devices", "--json"]) if arguments.nngpu else None
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "cpu": cpu_name(),
        "cores": os.cpu_count(), "threads": arguments.threads, "python": platform.python_version(),
        "nngpu": output([arguments.nngpu, "--version"]) if arguments.nngpu else None,
        "nngpuDevice": arguments.device, "openclDevices": json.loads(devices) if devices else None}


def json_text(value, indent=""):
    """JSON in which whatever fits a line has one, so that two versions can be compared."""
    flat = json.dumps(value)
    if len(indent + flat) <= 118 or not value or not isinstance(value, (dict, list)):
        return flat
    inner = indent + " "
    if isinstance(value, dict):
        lines = [f"{json.dumps(key)}: {json_text(item, inner)}" for key, item in value.items()]
        opening, closing = "{}"
    else:
        lines = [json_text(item, inner) for item in value]
        opening, closing = "[]"
    return opening + "\n" + ",\n".join(inner + line for line in lines) + "\n" + indent + closing


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nngpu", help="path of the binary; without it only the peers run")
    parser.add_argument("--device", default="0", help="nngpu's --device")
    parser.add_argument("--subject", default="all", help=f"{', '.join(SUBJECTS)}, several with commas, or all")
    parser.add_argument("--peers", default=",".join(PEERS), help="comma-separated; may be empty")
    parser.add_argument("--filter", default="", help="only cases whose label contains this, such as 'default 128'")
    parser.add_argument("--quick", action="store_true", help="fewer cases and rounds")
    parser.add_argument("--rounds", type=int, help="windows of each contestant in each case")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=pathlib.Path, help="where to write the results")
    arguments = parser.parse_args()
    arguments.subjects = SUBJECTS if arguments.subject == "all" else arguments.subject.split(",")
    if unknown := set(arguments.subjects) - set(SUBJECTS):
        parser.error(f"no subject {', '.join(unknown)}: choose from {', '.join(SUBJECTS)}")
    arguments.peers = arguments.peers.split(",") if arguments.peers else []
    if unknown := set(arguments.peers) - set(PEERS):
        parser.error(f"no peer {', '.join(unknown)}: choose from {', '.join(PEERS)}")
    if arguments.rounds is not None and arguments.rounds < 2:
        parser.error("quartiles need --rounds of 2 or more")
    if arguments.nngpu:
        arguments.nngpu = str(pathlib.Path(arguments.nngpu).resolve())
    return arguments


def main():
    arguments = parsed()
    # Contestants that are stopped would outlive a driver that does not clean up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # Frameworks with thread pools of their own take one thread for each core that they may run on.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:arguments.threads])
    environment = pinned(arguments.threads)
    report = {**about_machine(arguments), "environment": environment, "subjects": {}, "bars": []}
    found = []
    for subject in arguments.subjects:
        print(f"\n{subject}", flush=True)
        if subject == "train":
            result = training.measure(
                arguments.nngpu, arguments.device, arguments.peers, environment,
                arguments.rounds or rounds(arguments)[subject], say)
            found += bars.train(result)
        else:
            result = measure(arguments, subject, environment)
            found += getattr(bars, subject)(result["results"], result["peaks"])
        report["subjects"][subject] = result
    report["bars"] = [bar.row() for bar in sorted(found, key=lambda bar: bar.number)]
    if found:
        print("\nbars")
        for bar in sorted(found, key=lambda bar: bar.number):
            print(bar.text())
    if arguments.json:
        arguments.json.write_text(json_text(report) + "\n")


if __name__ == "__main__":
    main()
