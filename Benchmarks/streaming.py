"""Compares a training from a folder of JPEG files with the same training from memory.

    python3 Benchmarks/streaming.py NNGPU [--pictures 10000] [--size 96] [--model cnn] [--batch-size 32] [--epochs 1]
        [--pairs 5] [--folder DIR] [--json FILE] [-- FLAGS]

Needs numpy and Pillow. The pictures are made from a seed: ten classes of colored stripes under noise. The same pixels, as
Pillow reads them, are an .npz file. Both trainings run in turn, in random order, and have to end with the same weights to
the bit. Reported are the medians of the pairs: the time of the steps, how long they waited for samples, and the most
memory that the process has had, beside that of a training on as few pictures as one batch, which is the model's.
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

import numpy
from PIL import Image

CLASSES = 10


def make(folder, count, size):
    """Files class by class, and the pixels that are in them."""
    random = numpy.random.default_rng(1)
    rows, columns = numpy.mgrid[0:size, 0:size] / size
    pixels = numpy.empty((count, 3, size, size), numpy.uint8)
    labels = numpy.sort(numpy.arange(count) % CLASSES).astype(numpy.int64)
    for place, label in enumerate(labels):
        path = f"{folder}/pictures/class{label}"
        os.makedirs(path, exist_ok=True)
        angle = numpy.pi * label / CLASSES
        wave = numpy.sin(12 * (rows * numpy.sin(angle) + columns * numpy.cos(angle)) + 6 * random.random())
        colors = random.uniform(40, 100, (3, 1, 1))
        picture = 128 + colors * wave + random.normal(0, 12, (3, size, size))
        image = Image.fromarray(picture.clip(0, 255).astype(numpy.uint8).transpose(1, 2, 0))
        file = f"{path}/{place:06}.jpg"
        image.save(file, quality=90)
        pixels[place] = numpy.asarray(Image.open(file)).transpose(2, 0, 1)
    numpy.savez(f"{folder}/pictures.npz", x=pixels, y=labels)
    few = numpy.linspace(0, count - 1, 32).astype(int)
    numpy.savez(f"{folder}/few.npz", x=pixels[few], y=labels[few])


def peak(process):
    """The most memory of a running process in bytes, 0 once it is gone."""
    try:
        with open(f"/proc/{process.pid}/status") as status:
            return next((1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def train(options, folder, data, flags):
    """Seconds of all steps and of waiting in them, the peak of memory, and the weights."""
    log, weights = f"{folder}/log.jsonl", f"{folder}/weights.safetensors"
    for file in [log, weights]:
        if os.path.exists(file):
            os.remove(file)
    command = [
        options.nngpu, "train", "--data", f"{folder}/{data}", "--model", options.model, "--batch-size",
        str(options.batch_size), "--no-tune", "--quiet", "--json", "--log", log, "--save", weights, *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    most = 0
    while process.poll() is None:
        most = max(most, peak(process))
        time.sleep(0.05)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    result = json.loads(process.stdout.read())
    with open(log) as file:
        lines = [json.loads(line) for line in file]
    seconds = sum(
        line["samples"] / line["samplesPerSecond"] for line in lines if line["type"] == "progress")
    with open(weights, "rb") as file:
        # The header also names the classes, which only folders do.
        file.seek(int.from_bytes(file.read(8), "little"), os.SEEK_CUR)
        return {
            "seconds": seconds, "waited": result.get("secondsWaitingForSamples"), "peak": most,
            "weights": file.read()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nngpu")
    parser.add_argument("--pictures", type=int, default=10000)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--folder", help="keep the pictures here, and take those that are there")
    parser.add_argument("--json")
    own, flags = sys.argv[1:], []
    if "--" in own:
        own, flags = own[:own.index("--")], own[own.index("--") + 1:]
    options = parser.parse_args(own)
    options.nngpu = os.path.abspath(options.nngpu)
    with tempfile.TemporaryDirectory(prefix="nngpu-streaming-") as temporary:
        folder = options.folder or temporary
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(f"{folder}/few.npz"):
            make(folder, options.pictures, options.size)
        epochs = ["--epochs", str(options.epochs)]
        # Builds the kernels, and brings the files into the system's cache.
        for data in ["pictures", "pictures.npz"]:
            train(options, folder, data, ["--steps", "2", *flags])
        model = train(options, folder, "few.npz", ["--steps", "20", *flags])
        pairs = []
        for _ in range(options.pairs):
            runs = {}
            for data in random.sample(["pictures", "pictures.npz"], 2):
                runs[data] = train(options, folder, data, [*epochs, *flags])
            if runs["pictures"]["weights"] != runs["pictures.npz"]["weights"]:
                sys.exit("the trainings end with different weights")
            pairs.append((runs["pictures"], runs["pictures.npz"]))
    ratios = sorted(files["seconds"] / memory["seconds"] for files, memory in pairs)
    result = {
        "pictures": options.pictures, "size": options.size, "model": options.model, "batch": options.batch_size,
        "epochs": options.epochs, "flags": " ".join(flags), "pairs": len(pairs), "ratios": ratios,
        "ratio": statistics.median(ratios),
        "secondsFromFiles": statistics.median(files["seconds"] for files, _ in pairs),
        "secondsFromMemory": statistics.median(memory["seconds"] for _, memory in pairs),
        "secondsWaiting": statistics.median(files["waited"] or 0 for files, _ in pairs),
        "peakFromFiles": max(files["peak"] for files, _ in pairs),
        "peakFromMemory": max(memory["peak"] for _, memory in pairs), "peakOfModel": model["peak"],
    }
    mebibytes = {name: round(value / 2**20) for name, value in result.items() if name.startswith("peak")}
    print(
        f"from files {result['secondsFromFiles']:.2f} s, from memory {result['secondsFromMemory']:.2f} s: "
        f"{100 * result['ratio'] - 100:+.1f} % (pairs from {100 * ratios[0] - 100:+.1f} to {100 * ratios[-1] - 100:+.1f} %), "
        f"{result['secondsWaiting']:.2f} s of it waiting for samples\n"
        f"most memory: {mebibytes['peakFromFiles']} MiB from files, {mebibytes['peakFromMemory']} from memory, "
        f"{mebibytes['peakOfModel']} with one batch; the same weights to the bit")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
