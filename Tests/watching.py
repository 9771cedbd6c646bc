"""Reads with other programs what `nngpu train` writes while it trains: TensorBoard's own reader, and Python's json.

    python watching.py NNGPU [DEVICE]     # the binary; a device number, `auto` or `reference`

One training loses its checkpoint of step 33, goes on from that of step 25 to 40, and is read back. Passes when TensorBoard finds both runs with the
figures that the log has, no step twice, histograms that count every weight and gradient, and a graph whose nodes' inputs
are all there; when `python -m json.tool` accepts log and trace; and when the trace's spans are in order and nested.
Exits 1 if anything misses.
"""

import argparse
import json
import logging
import pathlib
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing import event_accumulator, event_file_loader, plugin_event_multiplexer

PARAMETERS = {"0.weight": 32, "0.bias": 16, "2.weight": 32, "2.bias": 2}
RESUMED, LOST, LAST = 25, 33, 40


class Miss(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Miss(what)


def train(binary, device, steps, folder):
    result = subprocess.run(
        [binary, "train", "--data", "moons", "--hidden", "16", "--batch-size", "100", "--loss-interval", "5", "--quiet",
         "--no-tune", "--steps", str(steps), "--checkpoint", "run", "--every", str(RESUMED), "--resume", "--log", "run.jsonl", "--tensorboard",
         "board", "--trace", "trace.json", "--trace-steps", "10", "--device", device],
        cwd=folder, capture_output=True, text=True)
    expect(result.returncode == 0, f"exit {result.returncode}: {result.stderr[-400:].strip()}")


def log(folder):
    return [json.loads(line) for line in (folder / "run.jsonl").read_text().splitlines()]


def figures(lines, kind, key):
    found = []
    for line in lines:
        if "resumedAfterStep" in line:
            # Later steps were taken again.
            found = [(step, value) for step, value in found if step <= line["resumedAfterStep"]]
        if line["type"] == kind:
            found.append((line["step"], line[key]))
    return found


def check_scalars(folder):
    # Which is how TensorBoard's own server reads.
    runs = plugin_event_multiplexer.EventMultiplexer(
        size_guidance={event_accumulator.TENSORS: 0}).AddRunsFromDirectory(str(folder / "board")).Reload()
    expect(set(runs.Runs()) == {"train", "test"}, f"runs {sorted(runs.Runs())}")
    lines = log(folder)
    for run, kind, keys in [
        ("train", "progress", {"loss": "loss", "accuracy": "accuracy", "learning rate": "learningRate",
                               "samples per second": "samplesPerSecond"}),
        ("test", "validation", {"loss": "loss", "accuracy": "accuracy"}),
    ]:
        for tag, key in keys.items():
            found = [(event.step, event.tensor_proto.float_val[0]) for event in runs.Tensors(run, tag)]
            known = figures(lines, kind, key)
            expect([step for step, _ in found] == [step for step, _ in known], f"{run} {tag}: steps {found}")
            for (_, ours), (_, theirs) in zip(known, found):
                expect(abs(ours - theirs) <= 1e-6 * abs(ours), f"{run} {tag}: {theirs} is not {ours}")
    return f"{len(runs.Tensors('train', 'loss'))} reports, {len(runs.Tensors('test', 'loss'))} evaluations"


def check_histograms(folder):
    events = event_accumulator.EventAccumulator(str(folder / "board" / "train"), {event_accumulator.HISTOGRAMS: 0})
    events.Reload()
    tags = {f"{kind}/{name}": count for kind in ("weights", "gradients") for name, count in PARAMETERS.items()}
    expect(set(events.Tags()["histograms"]) == set(tags), f"tags {events.Tags()['histograms']}")
    for tag, count in tags.items():
        histograms = events.Histograms(tag)
        steps = [event.step for event in histograms]
        expect(steps[0] == 0 and steps[-1] == LAST and steps == sorted(set(steps)), f"{tag}: steps {steps}")
        for event in histograms:
            value = event.histogram_value
            expect(value.num == sum(value.bucket) == count, f"{tag}: {value.num} of {count}")
            expect(value.min <= value.sum / value.num <= value.max, f"{tag}: the mean lies outside")
            expect(value.bucket_limit == sorted(set(value.bucket_limit)), f"{tag}: limits out of order")
        expect(len(events.CompressedHistograms(tag)) == len(steps), f"{tag}: no distribution")
    return f"{len(tags)} histograms at {len(steps)} steps"


def check_graph(folder):
    events = event_accumulator.EventAccumulator(str(folder / "board" / "train"))
    events.Reload()
    graph = events.Graph()
    names = {node.name for node in graph.node}
    expect(len(names) == len(graph.node), "two nodes of one name")
    expect({"features", "0_Linear/weight", "2_Linear/matmul"} <= names, f"nodes {sorted(names)}")
    for node in graph.node:
        expect(set(node.input) <= names, f"{node.name} reads {list(node.input)}")
        expect(node.attr["_output_shapes"].list.shape[0] is not None, f"{node.name} has no shape")
    return f"{len(names)} nodes"


def check_frames(folder):
    files = sorted((folder / "board").glob("*/events.out.tfevents.*"))
    # The reader checks every checksum and stops at the first that is wrong.
    count = sum(1 for file in files for _ in event_file_loader.EventFileLoader(str(file)).Load())
    expect(len(files) == 4 and count > 0, f"{len(files)} files, {count} events")
    return f"{count} events in {len(files)} files"


def check_json(folder):
    for flags, name in ((["--json-lines"], "run.jsonl"), ([], "trace.json")):
        result = subprocess.run(
            [sys.executable, "-m", "json.tool", *flags, folder / name], capture_output=True, text=True)
        expect(result.returncode == 0, f"{name}: {result.stderr.strip()}")
    runs = [line for line in log(folder) if line["type"] == "run"]
    expect([line.get("resumedAfterStep") for line in runs] == [None, RESUMED], "the log does not mark the resumption")
    return f"{len(log(folder))} lines"


def check_trace(folder):
    events = json.loads((folder / "trace.json").read_text())["traceEvents"]
    spans = [event for event in events if event["ph"] == "X"]
    lanes = {(event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == "thread_name"}
    processes = {event["pid"] for event in events if event["name"] == "process_name"}
    expect(all(event["ph"] in "MX" for event in events), "an event of another kind")
    expect([event["ts"] for event in spans] == sorted(event["ts"] for event in spans), "spans out of order")
    for lane in lanes:
        ends = []
        for event in (event for event in spans if (event["pid"], event["tid"]) == lane):
            expect(event["dur"] >= 0 and event["pid"] in processes, f"{event}")
            while ends and ends[-1] <= event["ts"] + 0.002:
                ends.pop()
            expect(not ends or event["ts"] + event["dur"] <= ends[-1] + 0.002, f"{lanes[lane]}: overlap at {event}")
            ends.append(event["ts"] + event["dur"])
    expect(all((event["pid"], event["tid"]) in lanes for event in spans), "a lane without a name")
    expect(sum(event["name"] == "step" for event in spans) == 10, "not ten steps")
    return f"{len(spans)} spans in {len(lanes)} lanes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="path of nngpu")
    parser.add_argument("device", nargs="?", default="auto", help="as nngpu's --device")
    arguments = parser.parse_args()
    # It warns of what a resumed training takes back, which is meant.
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    binary = str(pathlib.Path(arguments.binary).resolve())
    checks = {
        "TensorBoard: frames": check_frames, "TensorBoard: scalars": check_scalars,
        "TensorBoard: histograms": check_histograms, "TensorBoard: graph": check_graph, "json.tool": check_json,
        "trace": check_trace,
    }
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            train(binary, arguments.device, LOST, folder)
            (folder / "run" / f"step-{LOST:012}.safetensors").unlink()
            train(binary, arguments.device, LAST, folder)
        except Miss as miss:
            print(f"MISS: {miss}")
            return 1
        for title, check in checks.items():
            try:
                print(f"{title:<24} {check(folder)}", flush=True)
            except Exception as error:
                missed += 1
                print(f"{title:<24} MISS: {type(error).__name__}: {error}", flush=True)
    print(f"{len(checks) - missed} of {len(checks)} pass")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
