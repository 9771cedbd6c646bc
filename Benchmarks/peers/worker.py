"""What the Python contestants share: arguments, data, and the line protocol of a worker.

A worker warms up, then answers each line of its input by one window of training steps and one line of JSON:
{"imagesPerSecond": x, ...}. It ends with its input.
"""

import argparse
import json
import sys
import time

import numpy as np

SIZES = (784, 512, 512, 10)
# Learning rate and nothing else differs from the frameworks' defaults; momentum is 0.9.
RATES = {"momentum": 0.05, "adam": 0.001}


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--optimizer", choices=RATES, default="adam")
    parser.add_argument("--window", type=float, default=0.3, help="seconds")
    return parser.parse_args()


def problem(batch):
    """One batch like scaled images with labels, and the weights all contestants begin with."""
    random = np.random.default_rng(0)
    x = random.random((batch, SIZES[0]), dtype=np.float32)
    labels = random.integers(SIZES[-1], size=batch)
    weights = []
    for inputs, outputs in zip(SIZES, SIZES[1:]):
        bound = inputs**-0.5
        weights.append((
            random.uniform(-bound, bound, (outputs, inputs)).astype(np.float32),
            random.uniform(-bound, bound, outputs).astype(np.float32)))
    return x, labels, weights


def serve(step, synchronize, batch, window, **details):
    """Runs `step`, which returns a function that gives its loss, in windows as the input asks for them."""

    def run(count):
        start = time.perf_counter()
        for _ in range(count):
            loss = step()
        synchronize()
        return time.perf_counter() - start, loss()

    _, first = run(1)
    run(10)  # compilers, caches, thread pools
    seconds, last = run(20)
    details["losses"] = {"step 1": first, "step 31": last}  # alike for all who train the same network
    if not last < 0.9 * first:
        sys.exit(f"the loss does not fall: {first} to {last}")
    count = max(1, round(window * 20 / seconds))
    for _ in sys.stdin:
        seconds, loss = run(count)
        result = {"imagesPerSecond": count * batch / seconds, "steps": count, "loss": loss, **details}
        print(json.dumps(result), flush=True)
        count = max(1, round(window * count / seconds))
