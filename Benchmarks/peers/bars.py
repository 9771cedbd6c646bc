"""The project's bars: each a figure of a run beside its target."""

import dataclasses
import math
import pathlib
import statistics

import cases
import training

PRODUCT_PEERS = ["pytorch", "numpy", "jax", "mlx"]
STEP_PEERS = ["pytorch", "pytorch-compiled", "jax"]
# The advantage over the fastest peer, and the share of the peak with momentum, by batch.
STEP_TARGETS = {32: (1.6, 0.60), 128: (1.35, 0.73), 512: (1.2, 0.85), 2048: (1.05, 0.85)}


@dataclasses.dataclass
class Bar:
    number: int
    what: str
    value: float
    target: float
    is_at_most: bool = False
    unit: str = "×"

    @property
    def is_met(self):
        return self.value <= self.target if self.is_at_most else self.value >= self.target

    def row(self):
        return {
            "bar": self.number, "what": self.what, "value": self.value, "target": self.target,
            "direction": "at most" if self.is_at_most else "at least", "isMet": self.is_met}

    def text(self):
        scale, unit = (100, "%") if self.unit == "%" else (1, self.unit)
        return (
            f"{self.number}  {self.what:<64} {self.value * scale:8.2f} {unit:<2} "
            f"{'≤' if self.is_at_most else '≥'} {self.target * scale:6.2f} {unit:<2} "
            f"{'met' if self.is_met else 'NOT MET'}")


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def advantage(result, peers):
    """How many times as fast as the fastest of the peers nngpu is; None if there is no figure of one side."""
    others = [result["rows"][peer]["seconds"] for peer in peers if peer in result["rows"]]
    if not others or "nngpu" not in result["rows"]:
        return None
    return min(others) / result["rows"]["nngpu"]["seconds"]


def share(result, peaks, amount, limit):
    """The rate of nngpu in a case as a share of a limit of the device, measured all through the run."""
    if "nngpu" not in result["rows"] or not peaks:
        return None
    return amount(result["case"]) / result["rows"]["nngpu"]["seconds"] / statistics.median(p[limit] for p in peaks)


def level_3_cache():
    """The bytes of the last-level cache, as far as the system says."""
    try:
        text = pathlib.Path("/sys/devices/system/cpu/cpu0/cache/index3/size").read_text().strip()
        return int(text.rstrip("KM")) << {"K": 10, "M": 20}.get(text[-1], 0)
    except (OSError, ValueError):
        return 32 << 20


def matmul(results, peaks):
    def of(chosen, peers):
        return [ratio for ratio in (advantage(result, peers) for result in chosen) if ratio]

    def is_launch_bound(case):
        return (case["m"], case["n"], case["k"], case["layout"]) in cases.LAUNCH_BOUND

    small = [result for result in results if is_launch_bound(result["case"])]
    large = [result for result in results if not is_launch_bound(result["case"])]
    if ratios := of(results, ["pytorch"]):
        yield Bar(1, f"geometric mean over PyTorch, {len(ratios)} shapes", geometric_mean(ratios), 1.25)
    if ratios := of(large, PRODUCT_PEERS):
        yield Bar(1, "geometric mean over the fastest peer, not launch-bound", geometric_mean(ratios), 1.10)
        yield Bar(1, "the least of them", min(ratios), 0.97)
    for result in small:
        if ratio := advantage(result, ["pytorch"]):
            yield Bar(1, f"over PyTorch, {result['label']}", ratio, 1.0)
    for result in results:
        if min(result["case"][side] for side in "mnk") >= 512:
            if value := share(result, peaks, cases.flops, "flopsPerSecond"):
                yield Bar(1, f"share of peak, {result['label']}", value, 0.82, unit="%")


def step(results, peaks):
    for result in results:
        case = result["case"]
        if case["model"] == "tiny":
            continue
        target, share_target = STEP_TARGETS[case["batch"]] if case["model"] == "default" else (1.35, None)
        if ratio := advantage(result, STEP_PEERS):
            yield Bar(2, f"over the fastest of PyTorch, compiled, JAX: {result['label']}", ratio, target)
        if ratio := advantage(result, ["tinygrad-opencl"]):
            yield Bar(2, f"over tinygrad on OpenCL: {result['label']}", ratio, 6)
        if share_target and case["optimizer"] == "momentum":
            if value := share(result, peaks, cases.flops, "flopsPerSecond"):
                yield Bar(2, f"share of peak: {result['label']}", value, share_target, unit="%")
    for result in results:
        row = result["rows"].get("nngpu")
        case = result["case"]
        if row and "hostSeconds" in row and (case["model"], case["batch"]) == ("default", 128):
            yield Bar(
                5, f"host's share of the step: {result['label']}", row["hostSeconds"] / row["seconds"], 0.05, True, "%")
        if row and row.get("launches") and case["model"] == "tiny" and peaks:
            bare = row["launches"] * statistics.median(peak["launchSeconds"] for peak in peaks)
            yield Bar(
                5, f"{result['label']}: over its {row['launches']} bare launches", row["seconds"] / bare, 3, True)


IMAGE_PEERS = ["pytorch", "pytorch-channels-last", "pytorch-compiled"]
# The advantage over the fastest peer.
IMAGE_TARGETS = {"cnn": 1.7, "resnet20": 1.8, "resnet18": 1.2}


def images(results, peaks):
    for result in results:
        model = result["case"]["model"].split(":")[0]
        if ratio := advantage(result, IMAGE_PEERS):
            yield Bar(7, f"over the fastest of PyTorch: {result['label']}", ratio, IMAGE_TARGETS[model])
        rows = result["rows"]
        used = [rows[peer]["peakResidentBytes"] for peer in IMAGE_PEERS if peer in rows]
        if used and rows.get("nngpu", {}).get("peakResidentBytes"):
            share = rows["nngpu"]["peakResidentBytes"] / min(used)
            yield Bar(7, f"peak memory over the leanest of PyTorch: {result['label']}", share, 0.4, True)


def convolutions(results, peaks):
    ratios = [ratio for result in results if (ratio := advantage(result, IMAGE_PEERS))]
    if ratios:
        yield Bar(8, f"geometric mean over PyTorch's better layout, {len(ratios)} products", geometric_mean(ratios), 1.2)
        yield Bar(8, "the least of them", min(ratios), 0.8)


def kernels(results, peaks):
    for result in results:
        case = result["case"]
        is_softmax = case["name"] == cases.SOFTMAX
        if ratio := advantage(result, ["pytorch", "pytorch-compiled"]):
            if not is_softmax:
                yield Bar(6, f"over PyTorch: {result['label']}", ratio, 0.95)
            elif case["rows"] * case["columns"] >= 128_000:
                yield Bar(6, f"over PyTorch: {result['label']}", ratio, 3)
        if not is_softmax and cases.held_bytes(case) > 2 * level_3_cache():
            if value := share(result, peaks, cases.moved_bytes, "bytesPerSecond"):
                yield Bar(6, f"share of copy bandwidth: {result['label']}", value, 0.85, unit="%")


def train(report):
    def of(member):
        return training.of(report, "nngpu", member), training.of(report, "pytorch", member)

    own, other = of("seconds")
    if own and other:
        yield Bar(3, "seconds to 88 % test accuracy, PyTorch's over nngpu's", other / own, 3)
    first = report["firstRun"]
    warm = [run for run in report["runs"] if run["contestant"] == "nngpu" and run["seed"] == 0 and "error" not in run]
    if first and "error" not in first and warm:
        yield Bar(
            3, "seconds more on the very first run", first["seconds"] - warm[0]["seconds"], 10, True, "s")
    own, other = of("peakResidentBytes")
    if own and other:
        yield Bar(4, "peak resident memory over PyTorch's", own / other, 1 / 3, True)
