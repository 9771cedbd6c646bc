"""What is measured: the cases of each subject, as the requests that workers understand."""

# Forward, weight gradient and input gradient of 784-512-512-10 at batch 128; square products.
MATMULS = [
    (128, 512, 784, "NT"), (128, 512, 512, "NT"), (128, 10, 512, "NT"), (512, 784, 128, "TN"), (512, 512, 128, "TN"),
    (128, 512, 512, "NN"), (64, 64, 64, "NN"), (512, 512, 512, "NN"), (1024, 1024, 1024, "NN"),
    (2048, 2048, 2048, "NN"),
]
# So small that starting the work is most of it.
LAUNCH_BOUND = [(64, 64, 64, "NN"), (128, 10, 512, "NT")]

BATCHES = [32, 128, 512, 2048]
OPTIMIZERS = ["momentum", "adam"]
SIZES = {"default": (784, 512, 512, 10), "deep": (784, *[256] * 8, 10), "wide": (512, 32000), "tiny": (8, 8, 2)}

SOFTMAX = "softmax-cross-entropy"
SOFTMAX_SIZES = [
    (128, 10), (4096, 10), (128, 1000), (4096, 1000), (512, 10_000), (128, 50_000), (2048, 50_000)]
REDUCTIONS = [(128, 512), (2048, 512), (4096, 4096), (65_536, 64)]
PARAMETERS = [(1, 669_706), (1, 8_388_608)]
KERNELS = {
    SOFTMAX: SOFTMAX_SIZES, "bias-relu": [(128, 512), (2048, 512), (8192, 2048)], "column-sum": REDUCTIONS,
    "row-sum": REDUCTIONS, "gather": [(128, 784), (2048, 784)], "momentum": PARAMETERS, "adam": PARAMETERS,
}
# Channels in and out, height and width, kernel, stride, padding, dilation and groups; as `nngpu bench convolutions`.
CONVOLUTIONS = [
    (1, 32, 28, 3, 1, 1, 1, 1), (1, 6, 28, 5, 1, 2, 1, 1), (3, 16, 32, 3, 1, 1, 1, 1), (3, 32, 32, 5, 1, 2, 1, 1),
    (3, 64, 64, 7, 2, 3, 1, 1), (32, 64, 28, 3, 1, 1, 1, 1), (64, 64, 14, 3, 1, 1, 1, 1), (16, 16, 32, 3, 1, 1, 1, 1),
    (16, 32, 32, 3, 2, 1, 1, 1), (32, 32, 16, 3, 1, 1, 1, 1), (64, 64, 8, 3, 1, 1, 1, 1), (64, 128, 16, 3, 2, 1, 1, 1),
    (128, 128, 8, 3, 1, 1, 1, 1), (256, 256, 4, 3, 1, 1, 1, 1), (16, 32, 14, 5, 1, 2, 1, 1), (64, 256, 16, 1, 1, 0, 1, 1),
    (16, 32, 32, 1, 2, 0, 1, 1), (64, 64, 16, 3, 1, 1, 1, 64), (64, 64, 16, 3, 1, 1, 1, 4), (32, 32, 16, 3, 1, 2, 2, 1),
]
CONVOLUTION_SIDES = ("inputs", "outputs", "size", "kernel", "stride", "padding", "dilation", "groups")


def matmul(is_quick):
    return [{"subject": "matmul", "m": m, "n": n, "k": k, "layout": layout} for m, n, k, layout in MATMULS]


def step(is_quick):
    batches = [128, 2048] if is_quick else BATCHES
    optimizers = OPTIMIZERS[:1] if is_quick else OPTIMIZERS
    points = [("default", batch) for batch in batches] + [("deep", 128), ("wide", 128), ("tiny", 1)]
    return [
        {"subject": "step", "model": model, "batch": batch, "optimizer": optimizer}
        for model, batch in points for optimizer in optimizers]


def images(is_quick):
    models = {
        "cnn": [128] if is_quick else [32, 128, 512], "resnet20:channels=3,height=32,width=32": [32] if is_quick else [32, 128],
        "resnet18:channels=3,height=64,width=64": [] if is_quick else [32]}
    return [
        {"subject": "step", "model": model, "batch": batch, "optimizer": "momentum"}
        for model, batches in models.items() for batch in batches]


def kernels(is_quick):
    return [
        {"subject": "kernels", "name": name, "rows": rows, "columns": columns}
        for name, sizes in KERNELS.items() for rows, columns in (sizes[-2:] if is_quick else sizes)]


def convolutions(is_quick):
    return [
        {"subject": "convolutions", "convolution": {"part": part, "batch": 32, **dict(zip(CONVOLUTION_SIDES, sides))}}
        for sides in (CONVOLUTIONS[::5] if is_quick else CONVOLUTIONS) for part in ("forward", "input", "weight")]


def label(case):
    """The case as people name it."""
    match case["subject"]:
        case "matmul":
            return f"{case['m']}x{case['n']}x{case['k']} {case['layout']}"
        case "step":
            return f"{case['model'].split(':')[0]} {case['batch']} {case['optimizer']}"
        case "kernels":
            return f"{case['name']} {case['rows']}x{case['columns']}"
        case "convolutions":
            sides = case["convolution"]
            words = [f"{sides['inputs']}x{sides['outputs']}", f"{sides['size']}x{sides['size']}", f"k{sides['kernel']}"]
            usual = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
            words += [f"{name[0]}{sides[name]}" for name in usual if sides[name] != usual[name]]
            return " ".join([*words, sides["part"]])


def flops(case):
    """The floating-point operations of a case's matrix products."""
    if case["subject"] == "matmul":
        return 2 * case["m"] * case["n"] * case["k"]
    sizes = SIZES[case["model"]]
    products = [inputs * outputs for inputs, outputs in zip(sizes, sizes[1:])]
    # Forward, weight gradient and, but for the first layer, input gradient.
    return 2 * case["batch"] * (3 * sum(products) - products[0])


def moved_bytes(case):
    """The bytes that a computation has to read and write at least: each operand and each result once."""
    rows, columns = case["rows"], case["columns"]
    elements = rows * columns
    return 4 * {
        SOFTMAX: 2 * elements + rows + 1, "bias-relu": 2 * elements + columns, "column-sum": elements + columns,
        "row-sum": elements + rows, "gather": 2 * elements + rows, "momentum": 5 * elements, "adam": 7 * elements,
    }[case["name"]]


def held_bytes(case):
    """The bytes that a computation touches, which may fit a cache: what is updated in place counts once."""
    elements = case["rows"] * case["columns"]
    return {"momentum": 4 * 3 * elements, "adam": 4 * 4 * elements}.get(case["name"]) or moved_bytes(case)
