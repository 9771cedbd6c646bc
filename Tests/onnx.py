"""Compares nngpu's ONNX files with onnxruntime, and the files of other programs, read by nngpu, with onnxruntime.

    python onnx.py NNGPU [DEVICE] [--exports] [--only WORDS]   # the binary; a device number, `auto` or `reference`

Without a device it is the first one, and the reference for single layers, whose kernels would take an hour to compile and
are compared with the reference elsewhere.

Export: for every kind of layer and some graphs of them, a few training steps, then `nngpu export`. That is all that
--exports asks for, and it needs no other program. Passes when onnx.checker accepts the file, when onnxruntime gives
`nngpu predict`'s outputs for batches of several sizes, and when the file turned back into safetensors is the original,
byte by byte.

Import: models of PyTorch by each of its exporters, for several versions of the operators, with weights in the file and
beside it; of scikit-learn by skl2onnx; of Keras by PyTorch and by TensorFlow. Passes when `nngpu predict` gives
onnxruntime's outputs, or, where a model has something that nngpu does not have, when one sentence says so. Exits 1 if
anything misses.
"""

import argparse
import collections
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

# This file's own name must not stand for the package.
sys.path = [folder for folder in sys.path if pathlib.Path(folder or ".").resolve() != pathlib.Path(__file__).parent]

import numpy as np
import onnx
import onnxruntime

# Only now, as a folder behind the packages'.
sys.path.append(str(pathlib.Path(__file__).parent))
import onnx_space

BAR = 1e-5
BATCHES = (1, 7, 64)
KINDS = {
    "sigmoid": {}, "tanh": {}, "relu": {}, "leaky-relu": {"slope": 0.1}, "gelu": {}, "softplus": {}, "softmax": {},
    "dropout": {"rate": 0.3},
}


def linear(inputs, outputs, bias=True):
    return {"type": "linear", "inputs": inputs, "outputs": outputs, "bias": bias, "initializer": "standard"}


def models():
    """Name, layers and shape of a sample."""
    yield "one layer", [linear(12, 5)], [12]
    yield "without bias", [linear(12, 9, bias=False), {"type": "relu"}, linear(9, 5, bias=False)], [12]
    for kind, settings in KINDS.items():
        yield kind, [linear(12, 9), {"type": kind, **settings}, linear(9, 5)], [12]
    yield "softmax last", [linear(4, 2), {"type": "softmax"}], [3, 4]
    yield "all together", [
        layer for kind, settings in KINDS.items() for layer in (linear(12, 12), {"type": kind, **settings})
    ] + [linear(12, 5)], [12]
    nested = {"type": "sequential", "layers": [linear(9, 9), {"type": "tanh"}]}
    yield "nested", [linear(12, 9), nested, linear(9, 5)], [12]
    yield "rows of samples", [linear(4, 6), {"type": "softmax"}, linear(6, 2, bias=False)], [3, 4]
    yield "flatten", [{"type": "flatten"}, linear(12, 6)], [3, 4]
    yield "layer norm", [linear(12, 9), {"type": "layernorm", "features": 9, "epsilon": 1e-5}, linear(9, 5)], [12]
    body = [linear(12, 12), {"type": "relu"}, linear(12, 12)]
    yield "residual", [{"type": "residual", "layers": body}, linear(12, 5)], [12]
    shortcut = {"type": "sequential", "layers": [linear(12, 9)]}
    yield "residual, shortcut", [{"type": "residual", "layers": [linear(12, 9)], "downsample": shortcut}, linear(9, 5)], [12]
    for merge in ("sum", "product", "concatenate:1"):
        branches = [linear(12, 6), {"type": "sequential", "layers": [linear(12, 6), {"type": "tanh"}]}, linear(12, 6)]
        width = 18 if merge.startswith("concatenate") else 6
        yield merge, [{"type": "parallel", "layers": branches, "merge": merge}, linear(width, 5)], [12]


def call(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"exit {result.returncode} from nngpu {command[1]}: {result.stderr[-400:].strip()}")


def predict(binary, device, model, x, folder, flags=()):
    # Samples of any rank travel as rows.
    np.save(folder / "in.npy", x.reshape(len(x), -1))
    call(
        binary, "predict", "--model", model, "--input", folder / "in.npy", "--output", folder / "out.npy", "--device", device,
        *flags)
    return np.load(folder / "out.npy")


def difference(actual, expected):
    actual = actual.reshape(expected.shape)
    # A float has seven digits: outputs of hundreds are no nearer than that.
    error = np.abs(actual.astype(np.float64) - expected) / max(1, np.max(np.abs(expected), initial=0))
    # NaN must not pass.
    return float(np.max(np.where(np.isnan(error), np.inf, error)))


def described(binary, device, layers, shape, folder):
    """The same for the description of a saved model."""
    loss = "softmax-cross-entropy" if len(shape) == 1 else "mse"
    description = {"model": {"type": "sequential", "layers": layers}, "inputShape": shape, "loss": loss}
    (folder / "model.json").write_text(json.dumps(description))
    outputs = 5 if len(shape) == 1 else (6,)
    return exported(binary, device, folder / "model.json", shape, outputs, folder)


def filed(binary, device, layers, shape, folder):
    """The same for a model file."""
    (folder / "model.yaml").write_text(json.dumps({"input": shape, "layers": layers}))
    return exported(binary, device, folder / "model.yaml", shape, 5, folder)


def exported(binary, device, source, shape, outputs, folder):
    """The largest difference between onnxruntime's outputs and nngpu's, with so many classes or numbers as outputs."""
    saved, file, again = folder / "m.safetensors", folder / "m.onnx", folder / "again.safetensors"
    random = np.random.default_rng(5)
    np.save(folder / "x.npy", random.standard_normal((96, int(np.prod(shape)))).astype(np.float32))
    labels = random.integers(0, outputs, 96) if isinstance(outputs, int) else random.standard_normal((96, *outputs)).astype(np.float32)
    np.save(folder / "y.npy", labels)
    call(
        binary, "train", "--data", f"{folder}/x.npy,{folder}/y.npy", "--model", source, "--steps", 20,
        "--batch-size", 32, "--learning-rate", 0.01, "--save", saved, "--device", device, "--quiet")
    call(binary, "export", "--model", saved, "--output", file)
    call(binary, "export", "--model", file, "--output", again)
    if saved.read_bytes() != again.read_bytes():
        raise RuntimeError("the file turned back is not the original")
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch in BATCHES:
        x = random.standard_normal((batch, *shape)).astype(np.float32) * 3
        (ours,) = session.run(None, {session.get_inputs()[0].name: x})
        worst = max(worst, difference(predict(binary, device, saved, x, folder), ours))
    return worst


def probable(outputs, ending):
    """What a graph's last operator makes of logits, as nngpu's probabilities are."""
    return np.exp(outputs) if ending == "log" else outputs


def outputs(file, feeds):
    """What onnxruntime computes: the outputs of numbers, with a dictionary for each sample as a row."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    feeds = {value.name: feed for value, feed in zip(session.get_inputs(), feeds)}
    results = [
        np.array([list(row.values()) for row in result]) if isinstance(result, list) else result
        for result in session.run(None, feeds)
    ]
    return [result for result in results if result.dtype.kind == "f"]


def channels_first(feed, shape):
    """The samples in the shape in which nngpu takes them: with channels first where the file has them last."""
    moved = np.moveaxis(feed, -1, 1)
    return moved if list(moved.shape) == shape else feed.reshape(shape)


def imported(binary, device, make, feeds, ending, lacks, folder):
    """The largest difference between nngpu's outputs for a file and onnxruntime's; None if it is refused as it should be.

    A model with several inputs or outputs goes through `nngpu export`, and onnxruntime computes both files.
    """
    file = folder / "model.onnx"
    expected = make(file)
    if lacks is not None:
        try:
            call(binary, "export", "--model", file, "--output", folder / "again.onnx")
        except RuntimeError as error:
            if "exit 66" in str(error) and lacks in str(error) and str(error).count("\n") == 0:
                return None
            raise
        raise RuntimeError("was taken, and should not be")
    expected = expected or outputs(file, feeds)
    call(binary, "export", "--model", file, "--output", folder / "again.onnx")
    shapes = [
        [len(feeds[0])] + [size.dim_value for size in value.type.tensor_type.shape.dim[1:]]
        for value in onnx.load(folder / "again.onnx").graph.input
    ]
    ours = [channels_first(feed, shape) for feed, shape in zip(feeds, shapes)]
    ours = [feed if feed.dtype.kind == "i" else feed.astype(np.float32) for feed in ours]
    if len(feeds) > 1 or len(expected) > 1:
        found = outputs(folder / "again.onnx", ours)
        return max(difference(one, other) for one, other in zip(found, expected))
    flags = [] if ending is None else ["--probabilities"]
    found = predict(binary, device, file, ours[0], folder, flags)
    expected = probable(expected[0], ending)
    if ending == "decision":
        expected = expected[:, 1:] if expected.shape[1] == 2 else expected[:, expected.shape[1] // 2:]
    return difference(found, expected)


def torch_models():
    """Name, network, examples of its inputs, what its last operator makes of logits, and what nngpu lacks."""
    import torch
    from torch import nn

    class View(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(24, 3)

        def forward(self, x):
            return self.layer(x.view(x.size(0), -1))

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(12, 12), nn.Linear(12, 12), nn.Linear(12, 3)

        def forward(self, x):
            return self.c(x + self.b(torch.relu(self.a(x))))

    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.layer = nn.Embedding(10, 4), nn.Linear(20, 3)

        def forward(self, x):
            return self.layer(self.table(x).flatten(1))

    class Heads(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c, self.d = nn.Linear(4, 5), nn.Linear(3, 5), nn.Linear(10, 2), nn.Linear(10, 1)

        def forward(self, p, q):
            both = torch.cat([torch.relu(self.a(p)), torch.tanh(self.b(q))], 1)
            return self.c(both), self.d(both).squeeze(-1)

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(12, 12), nn.Linear(12, 1)

        def forward(self, x):
            return self.b(torch.tanh(self.a(torch.tanh(self.a(x))))).squeeze(-1)

    def mlp(function, *more):
        return nn.Sequential(nn.Linear(12, 9), function, nn.Linear(9, 3), *more)

    def batch_norm(*layers):
        network = nn.Sequential(*layers)
        network.train()
        for _ in range(5):
            network(torch.randn(32, 12))
        return network

    def row(*shape):
        return (torch.randn(3, *shape),)

    yield "relu", mlp(nn.ReLU()), row(12), None, None
    yield "tanh, sigmoid", mlp(nn.Tanh(), nn.Sigmoid()), row(12), "sigmoid", None
    yield "leaky relu", mlp(nn.LeakyReLU(0.2), nn.LogSoftmax(-1)), row(12), "log", None
    yield "gelu", mlp(nn.GELU()), row(12), None, None
    yield "gelu by tanh", mlp(nn.GELU("tanh")), row(12), None, "approximates GELU by"
    yield "softplus", mlp(nn.Softplus()), row(12), None, None
    yield "silu", mlp(nn.SiLU()), row(12), None, None
    yield "elu", mlp(nn.ELU()), row(12), None, None
    yield "relu6", mlp(nn.ReLU6()), row(12), None, None
    yield "celu", mlp(nn.CELU()), row(12), None, '"Celu"'
    yield "batch norm", batch_norm(nn.Linear(12, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Linear(9, 3)), row(12), None, None
    yield "batch norm behind", batch_norm(nn.Linear(12, 9), nn.ReLU(), nn.BatchNorm1d(9), nn.Linear(9, 3)), row(12), None, None
    yield "batch norm first", batch_norm(nn.BatchNorm1d(12), nn.Linear(12, 3)), row(12), None, None
    yield "layer norm", nn.Sequential(nn.Linear(12, 9), nn.LayerNorm(9), nn.ReLU(), nn.Linear(9, 3)), row(12), None, None
    yield "identity, dropout", nn.Sequential(nn.Identity(), nn.Dropout(0.3), nn.Linear(12, 9), nn.Tanh(), nn.Linear(9, 1)), row(12), None, None
    yield "without bias", nn.Sequential(nn.Linear(12, 9, bias=False), nn.ReLU(), nn.Linear(9, 5, bias=False)), row(12), None, None
    yield "flatten, softmax", nn.Sequential(nn.Flatten(), nn.Linear(24, 3), nn.Softmax(-1)), row(1, 4, 6), "softmax", None
    yield "view", View(), row(1, 4, 6), None, None
    yield "rows of samples", nn.Sequential(nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 2)), row(4, 6), None, None
    yield "residual", Residual(), row(12), None, None
    yield "a layer twice", Twice(), row(12), None, None
    yield "tokens", Tokens(), (torch.randint(0, 10, (3, 5)),), None, None
    yield "two inputs and outputs", Heads(), (torch.randn(3, 4), torch.randn(3, 3)), None, None
    yield "half precision", mlp(nn.ReLU()).half(), (torch.randn(3, 12).half(),), None, None
    yield "convolution", nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(16, 3)), row(1, 4, 6), None, None


def torch_imports():
    """Every model by both exporters."""
    import torch

    torch.manual_seed(7)
    torch.set_num_threads(1)
    for name, network, inputs, ending, lacks in [*torch_models(), *onnx_space.torch_models()]:
        network.eval()
        for dynamo, opset, beside in [
            (dynamo, opset, beside) for dynamo in (False, True) for opset in (13, 18, 20, 23)
            for beside in ((False, True) if dynamo else (False,))
        ]:
            if not dynamo and name in onnx_space.NEW_ONLY:
                continue
            missing = (onnx_space.NEW_LACKS if dynamo else onnx_space.OLD_LACKS).get(name, lacks)

            def make(file, dynamo=dynamo, opset=opset, beside=beside, network=network, inputs=inputs):
                # Half of the versions for a batch of a known size, half for any.
                fixed = opset in (13, 20)
                if dynamo:
                    dynamic = {} if fixed else {"dynamic_shapes": tuple({0: torch.export.Dim.DYNAMIC} for _ in inputs)}
                    torch.onnx.export(
                        network, inputs, file, dynamo=True, opset_version=opset, external_data=beside, verbose=False, **dynamic)
                else:
                    names = [f"in{place}" for place in range(len(inputs))]
                    dynamic = {} if fixed else {"dynamic_axes": {name: {0: "batch"} for name in names}}
                    torch.onnx.export(network, inputs, file, dynamo=False, opset_version=opset, input_names=names, **dynamic)
                if inputs[0].dtype == torch.half:
                    # nngpu computes with the same weights in single precision.
                    with torch.no_grad():
                        exact = [network.float()(*(x.float() for x in inputs)).numpy()]
                    network.half()
                    return exact

            label = f"torch {'new' if dynamo else 'old'} {opset}{' beside' if beside else ''}"
            yield label, name, imported, (make, [x.numpy() for x in inputs], ending, missing)


def sklearn_imports():
    """Classifiers and regressors by skl2onnx, with probabilities as rows and as dictionaries."""
    from skl2onnx import to_onnx
    from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

    random = np.random.default_rng(0)
    x = random.standard_normal((60, 4)).astype(np.float32)
    three, two = (x[:, 0] > 0.4).astype(int) + (x[:, 1] > 0), (x[:, 0] > 0).astype(int)
    words, answers = np.array(["red", "green", "blue"])[three], np.array(["no", "yes"])[two]
    number = x @ np.array([1, 2, 3, 4.0])

    def perceptron(kind=MLPClassifier, **settings):
        return kind(hidden_layer_sizes=(5,), max_iter=30, random_state=0, **settings)

    def scaled(scaler, last):
        return make_pipeline(scaler, last)

    models = [
        ("MLPClassifier, 3", perceptron(), three, "softmax", None), ("MLPClassifier, 2", perceptron(), two, "decision", None),
        ("MLPClassifier, words", perceptron(activation="tanh"), words, "softmax", None),
        ("MLPClassifier, 2 words", perceptron(activation="logistic"), answers, "decision", None),
        ("MLPClassifier, multi", perceptron(), np.stack([two, two[::-1]], 1), "decision", None),
        ("LogisticRegression, 3", LogisticRegression(), three, "softmax", None),
        ("LogisticRegression, 2", LogisticRegression(), two, "decision", None),
        ("LogisticRegression, words", LogisticRegression(), words, "softmax", None),
        ("LogisticRegression, 2 words", LogisticRegression(), answers, "decision", None),
        ("LinearRegression", LinearRegression(), number, None, None), ("Ridge, 2", Ridge(), np.stack([number, x[:, 0]], 1), None, None),
        ("MLPRegressor", perceptron(MLPRegressor), number, None, None),
        # skl2onnx makes two rows of each sample.
        ("MLPRegressor, 2", perceptron(MLPRegressor), np.stack([number, x[:, 0]], 1), None, "reshapes something else"),
        ("StandardScaler, MLP", scaled(StandardScaler(), perceptron()), three, "softmax", None),
        ("MinMaxScaler, logistic", scaled(MinMaxScaler(), LogisticRegression()), two, "decision", None),
        ("StandardScaler, linear", scaled(StandardScaler(), LinearRegression()), number, None, None),
        ("Normalizer, logistic", scaled(Normalizer(), LogisticRegression()), three, "softmax", "divides each sample"),
    ]
    for name, model, targets, ending, lacks in models:
        model.fit(x, targets)
        # onnxruntime itself refuses dictionaries of several decisions.
        for zipmap in ([None] if ending is None else [False] if targets.ndim > 1 else [False, True]):

            def make(file, model=model, zipmap=zipmap):
                options = None if zipmap is None else {id(model): {"zipmap": zipmap}}
                file.write_bytes(to_onnx(model, x[:1], options=options).SerializeToString())

            yield f"skl2onnx{' zipmap' if zipmap else ''}", name, imported, (make, [x[:7]], ending, lacks)


KERAS = {
    # Name: what its last operator makes of logits, and what nngpu lacks by PyTorch and by TensorFlow.
    "dense": (None, None, None), "softmax": ("softmax", None, None), "sigmoid": ("sigmoid", None, None),
    # TensorFlow writes an operator that is none of ONNX's.
    "flatten, gelu": (None, None, '"Erfc"'), "batch norm": (None, None, None), "batch norm behind": (None, None, None),
    "leaky relu": (None, None, None), "softplus": (None, None, None), "silu": (None, None, None), "layer norm": (None, None, None),
    "rescaling": (None, None, None), "rows of samples": (None, None, None), "residual": (None, None, None),
    # Tokens are floats there, and may be counted from the end.
    "tokens": (None, '"Less"', '"Less"'), "relu6": (None, None, None), "swish of 2": (None, None, None),
}


def export_keras(backend, folder):
    """Writes the models of Keras; in a process of its own, as it has one backend."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)

    def sequence(shape, *parts):
        return keras.Sequential([keras.Input(shape), *parts])

    def residual():
        x = keras.Input((12,))
        return keras.Model(x, layers.Dense(3)(layers.Add()([x, layers.Dense(12, activation="relu")(x)])))

    dense = layers.Dense
    networks = {
        "dense": sequence((12,), dense(9, "relu"), dense(3)),
        "softmax": sequence((12,), dense(9, "tanh"), layers.Dropout(0.3), dense(3, "softmax")),
        "sigmoid": sequence((12,), dense(9, "relu"), dense(1, "sigmoid")),
        "flatten, gelu": sequence((4, 6, 1), layers.Flatten(), dense(9, "gelu"), dense(3)),
        "batch norm": sequence((12,), dense(9), layers.BatchNormalization(), layers.ReLU(), dense(3)),
        "batch norm behind": sequence((12,), dense(9, "relu"), layers.BatchNormalization(), dense(3)),
        "leaky relu": sequence((12,), dense(9), layers.LeakyReLU(negative_slope=0.2), dense(3)),
        "softplus": sequence((12,), dense(9, "softplus"), dense(3)),
        "silu": sequence((12,), dense(9, "silu"), dense(3)),
        "layer norm": sequence((12,), dense(9), layers.LayerNormalization(), dense(3)),
        "rescaling": sequence((12,), layers.Rescaling(1 / 127.5, offset=-1), dense(3)),
        "rows of samples": sequence((4, 6), dense(5, "relu"), dense(2)),
        "residual": residual(),
        "tokens": sequence((5,), layers.Embedding(10, 4), layers.Flatten(), dense(3)),
        "relu6": sequence((12,), dense(9, "relu6"), dense(3)),
        "swish of 2": sequence((12,), dense(9), dense(9, "swish"), dense(9, "relu"), dense(2)),
    }
    networks |= onnx_space.keras_networks(keras)
    random = np.random.default_rng(3)
    for name, network in networks.items():
        weights = [random.standard_normal(w.shape).astype(np.float32) * 0.3 + (1 if w.ndim == 1 else 0) for w in network.get_weights()]
        network.set_weights([np.abs(w) if w.ndim == 1 else w for w in weights])
        network(np.ones((1, *network.input_shape[1:]), np.float32))
        try:
            network.export(f"{folder}/{name}.onnx", format="onnx", verbose=False)
        except Exception as error:
            pathlib.Path(folder, f"{name}.txt").write_text(f"{type(error).__name__}: {error}"[:80])


def keras_imports(folder):
    """All models of Keras by both of its backends."""
    random = np.random.default_rng(1)
    for backend in ("torch", "tensorflow"):
        place = pathlib.Path(folder, backend)
        place.mkdir()
        environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run(
            [sys.executable, __file__, "--keras", str(place), backend], env=environment, check=True, capture_output=True)
        space = {name: (None, *lacks) for name, (_, *lacks) in onnx_space.KERAS.items()}
        for name, (ending, *lacks) in (KERAS | space).items():
            if (place / f"{name}.txt").exists():
                continue

            def make(file, place=place, name=name):
                file.write_bytes((place / f"{name}.onnx").read_bytes())

            shape = {"flatten, gelu": (4, 6, 1), "rows of samples": (4, 6), "tokens": (5,)}.get(name, (12,))
            shape = onnx_space.KERAS.get(name, (shape,))[0]
            x = random.standard_normal((7, *shape)).astype(np.float32)
            yield f"keras {backend}", name, imported, (make, [x], ending, lacks[backend == "tensorflow"])


def imports(folder, only):
    """The exports of other programs, of which Keras writes all at once."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for name, graph, shape, lacks in onnx_space.graphs():
        x = np.random.default_rng(6).standard_normal((3, *shape)).astype(np.float32)
        yield "graph by hand", name, imported, (lambda file, graph=graph: onnx.save(graph, file), [x], None, lacks)
    yield from torch_imports()
    yield from sklearn_imports()
    if not only or only.startswith("keras"):
        yield from keras_imports(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="path of nngpu")
    parser.add_argument("device", nargs="?", help="as nngpu's --device")
    parser.add_argument("--exports", action="store_true", help="leave out the imports, which need other programs")
    parser.add_argument("--keras", action="store_true", help="write the models of Keras to the folder BINARY")
    parser.add_argument("--only", default="", help="the cases whose line has these words")
    arguments = parser.parse_args()
    if arguments.keras:
        return export_keras(arguments.device, arguments.binary)
    binary = pathlib.Path(arguments.binary).resolve()
    of_layers, of_models = arguments.device or "reference", arguments.device or "auto"

    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as shared:

        def cases():
            for name, layers, shape in models():
                yield "export", name, described, of_layers, (layers, shape)
            for name, layers, shape in onnx_space.model_files():
                yield "export", name, filed, of_layers, (layers, shape)
            for name, shape in onnx_space.PRESETS.items():
                yield "export", name, exported, of_models, (name, shape, 5)
            if not arguments.exports:
                for case in imports(shared, arguments.only):
                    yield *case[:3], of_layers, case[3]

        for label, name, compare, device, details in cases():
            if arguments.only not in f"{label} {name}":
                continue
            group = label.split()[0]
            with tempfile.TemporaryDirectory() as folder:
                try:
                    worst = compare(binary, device, *details, pathlib.Path(folder))
                except Exception as error:
                    counts[group, "missed"] += 1
                    print(f"{label:<26} {name:<24} MISS: {type(error).__name__}: {str(error)[:600]}", flush=True)
                    continue
            passed = worst is None or worst < BAR
            counts[group, "missed" if not passed else "refused, as they should be" if worst is None else "taken"] += 1
            result = "refused, as it should be" if worst is None else f"{worst:.1e}"
            print(f"{label:<26} {name:<24} {result}{'' if passed else '  MISS'}", flush=True)
    for (group, result), count in sorted(counts.items()):
        print(f"{group}: {count} {result}")
    missed = sum(count for (_, result), count in counts.items() if result == "missed")
    print(f"{sum(counts.values()) - missed} of {sum(counts.values())} pass (outputs < {BAR:g} apart)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
