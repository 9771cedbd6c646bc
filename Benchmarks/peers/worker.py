"""What the Python contestants share: the line protocol, the data, and the checks of their results.

A worker reads requests, one JSON object a line, and answers each by one line of JSON:

    {"subject": "hello"}                                       what and which version it is
    {"subject": "matmul", "m", "n", "k", "layout", "window"}   one window of about so many seconds
    {"subject": "step", "model", "batch", "optimizer", "window"}
    {"subject": "kernels", "name", "rows", "columns", "window"}
    {"subject": "convolutions", "convolution": {"part", "batch", "inputs", …}, "window"}

The first request of a case prepares, checks and warms it up; it replaces the case before, so that a process holds the
data of one case at a time. What goes wrong is answered as {"error": "..."}. `nngpu bench --worker` does the same.
"""

import gc
import json
import resource
import sys
import time

import numpy as np

SIZES = {"default": (784, 512, 512, 10), "deep": (784, *[256] * 8, 10), "wide": (512, 32000), "tiny": (8, 8, 2)}
RATES = {"momentum": 1e-3, "adam": 1e-3}
MOMENTUM = 0.9
TABLE_ROWS = 60_000


class Unsupported(Exception):
    """A contestant that does not take part in a case."""


class Work:
    """A case, ready to repeat.

    `run(n)` queues n repetitions and returns when all of them are done. `check()` raises AssertionError unless the
    results are right.
    """

    def __init__(self, run, check=lambda: None, **details):
        self.run, self.check, self.details = run, check, details


def serve(makers, warm_up=0.2, **details):
    """Answers requests with the works that `makers`, one function for each subject, prepare."""
    replies = sys.stdout
    sys.stdout = sys.stderr  # what a framework prints is no reply
    current, work, once = None, None, None
    for line in sys.stdin:
        request = json.loads(line)
        window = request.pop("window", 0.1)
        try:
            if request["subject"] == "hello":
                reply = details
            else:
                if request != current:
                    current = work = None
                    gc.collect()
                    if request["subject"] not in makers:
                        raise Unsupported("does not take part")
                    work = makers[request["subject"]](**{k: v for k, v in request.items() if k != "subject"})
                    work.check()
                    once = warmed_up(work.run, warm_up)
                    current = request
                count = max(1, round(window / once))
                once = timed(work.run, count)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
                reply = {"seconds": once, "repetitions": count, "peakResidentBytes": peak, **work.details}
        except Exception as error:  # whatever a framework raises ends this case only
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(reply), file=replies, flush=True)


def timed(run, count):
    """The seconds of one of `count` repetitions."""
    start = time.perf_counter()
    run(count)
    return (time.perf_counter() - start) / count


def warmed_up(run, seconds):
    """Repeats for so long: compilers, caches, thread pools. Returns the seconds of one repetition."""
    once = timed(run, 1)
    end = time.perf_counter() + seconds
    while True:
        once = timed(run, max(1, round(0.02 / once)))
        if time.perf_counter() > end:
            return once


# ---------------------------------------------------------------------------------------------------------------------
# Data

def matrices(m, n, k, layout):
    """Two random operands, stored as the layout says, as float32 and C-contiguous."""
    random = np.random.default_rng(1)
    a = random.random((k, m) if layout[0] == "T" else (m, k), dtype=np.float32) - 0.5
    b = random.random((n, k) if layout[1] == "T" else (k, n), dtype=np.float32) - 0.5
    return a, b


def as_multiplied(a, b, layout):
    """Views with the transposes of the layout applied."""
    return a.T if layout[0] == "T" else a, b.T if layout[1] == "T" else b


def check_product(c, a, b, layout):
    """Compares a product with the same in double precision, within what rounding explains."""
    left, right = as_multiplied(a.astype(np.float64), b.astype(np.float64), layout)
    bound = (left.shape[1] + 1) * 2.0**-24 * 1.01 * (np.abs(left) @ np.abs(right))
    assert np.all(np.abs(np.asarray(c, dtype=np.float64) - left @ right) <= bound), "the product is wrong"


def problem(model, batch):
    """One batch like scaled images with labels, and the weights all contestants begin with."""
    sizes = SIZES[model]
    random = np.random.default_rng(0)
    x = random.random((batch, sizes[0]), dtype=np.float32)
    labels = random.integers(sizes[-1], size=batch)
    weights = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        bound = inputs**-0.5
        weights.append((
            random.uniform(-bound, bound, (outputs, inputs)).astype(np.float32),
            random.uniform(-bound, bound, outputs).astype(np.float32)))
    return x, labels, weights


def step_work(step, synchronize=lambda: None, **details):
    """Training steps; `step()` takes one and returns a function that gives its loss."""

    def run(count):
        for _ in range(count):
            step()
        synchronize()

    def check():
        first = float(step()())
        for _ in range(8):
            step()
        last = float(step()())
        work.details["losses"] = [first, last]  # alike for all who train the same network
        assert last < first, f"the loss does not fall: {first} to {last}"

    work = Work(run, check, **details)
    return work


def kernel_data(name, rows, columns):
    """The operands of a computation by name, as float32, and int64 for labels and indices."""
    random = np.random.default_rng(2)

    def uniform(*shape):
        return 2 * random.random(shape, dtype=np.float32) - 1

    match name:
        case "softmax-cross-entropy":
            return {"logits": 4 * uniform(rows, columns), "labels": random.integers(columns, size=rows)}
        case "bias-relu":
            return {"x": uniform(rows, columns), "bias": uniform(columns)}
        case "column-sum" | "row-sum":
            return {"x": uniform(rows, columns)}
        case "gather":
            return {"table": uniform(TABLE_ROWS, columns), "indices": random.integers(TABLE_ROWS, size=rows)}
        case "momentum" | "adam":
            return {"parameters": uniform(rows * columns), "gradient": uniform(rows * columns)}
    raise Unsupported(name)
