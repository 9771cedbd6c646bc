"""Trains 784-512-512-10 on Fashion-MNIST in PyTorch until it is good enough, like `nngpu bench train`.

Reads {"subject": "train", "seed": n} and prints one line of JSON. The images stay in memory as one tensor, a batch is
a selection of its rows, the optimizer is the fused one: nothing here waits for a data loader.
"""

import gzip
import json
import os
import pathlib
import resource
import sys
import time

START = time.perf_counter()

import numpy as np
import torch
from torch import nn
from torch.nn import functional

BATCH, TARGET, EPOCH_LIMIT = 128, 0.88, 30
# As nngpu: $NNGPU_DATA, or where Debian's package dataset-fashion-mnist puts its files.
FOLDER = pathlib.Path(os.environ.get("NNGPU_DATA") or "/usr/share/datasets/fashion-mnist")


def read_idx(name):
    plain = FOLDER / name
    data = plain.read_bytes() if plain.exists() else gzip.decompress((FOLDER / f"{name}.gz").read_bytes())
    rank = data[3]
    shape = np.frombuffer(data, ">i4", rank, 4)
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape).copy())


def read(kind):
    images = read_idx(f"{kind}-images-idx3-ubyte").flatten(1).float().div_(255)
    return images, read_idx(f"{kind}-labels-idx1-ubyte").long()


def accuracy(model, images, labels):
    with torch.inference_mode():
        right = sum(
            (model(x).argmax(1) == y).sum() for x, y in zip(images.split(1000), labels.split(1000)))
    return right.item() / len(labels)


def main():
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    torch.manual_seed(json.loads(sys.stdin.readline())["seed"])
    images, labels = read("train")
    test_images, test_labels = read("t10k")
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    setup = time.perf_counter()
    steps = 0
    for epoch in range(1, EPOCH_LIMIT + 1):
        for batch in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
            steps += 1
        reached = accuracy(model, test_images, test_labels)
        if reached >= TARGET:
            break
    end = time.perf_counter()
    print(json.dumps({
        "epochs": epoch, "steps": steps, "accuracy": reached, "isReached": reached >= TARGET,
        "setupSeconds": setup - START, "trainingSeconds": end - setup,
        "peakResidentBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "version": torch.__version__}))


main()
