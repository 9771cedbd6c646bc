"""Compares nngpu's ONNX files with onnxruntime, and PyTorch's with nngpu.

    python onnx.py NNGPU [DEVICE] [--exports]   # the binary; a device number, `auto` or `reference`

Export: for every kind of layer, a few training steps, then `nngpu export`. That is all that --exports asks for, and
it needs no PyTorch. Passes when onnx.checker accepts the file,
when onnxruntime gives `nngpu predict`'s outputs for batches of several sizes, and when the file turned back into
safetensors is the original, byte by byte.

Import: sequences of layers that torch.onnx.export wrote, by each of its exporters. Passes when `nngpu predict` gives
PyTorch's outputs; where PyTorch's newer exporter writes a softplus as a choice between two branches, which no layer of
nngpu is, when one sentence says so. Exits 1 if anything misses.
"""

import argparse
import json
import logging
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
    yield "softmax last", [linear(12, 5), {"type": "softmax"}], [12]
    yield "all together", [
        layer for kind, settings in KINDS.items() for layer in (linear(12, 12), {"type": kind, **settings})
    ] + [linear(12, 5)], [12]
    nested = {"type": "sequential", "layers": [linear(9, 9), {"type": "tanh"}]}
    yield "nested", [linear(12, 9), nested, linear(9, 5)], [12]
    yield "rows of samples", [linear(4, 6), {"type": "softmax"}, linear(6, 2, bias=False)], [3, 4]


def call(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"exit {result.returncode} from nngpu {command[1]}: {result.stderr[-400:].strip()}")


def predict(binary, device, model, x, folder):
    # Samples of any rank travel as rows.
    np.save(folder / "in.npy", x.reshape(len(x), -1))
    call(binary, "predict", "--model", model, "--input", folder / "in.npy", "--output", folder / "out.npy", "--device", device)
    return np.load(folder / "out.npy")


def difference(actual, expected):
    actual = actual.reshape(expected.shape)
    error = np.abs(actual.astype(np.float64) - expected)
    # NaN must not pass.
    return float(np.max(np.where(np.isnan(error), np.inf, error)))


def exported(binary, device, layers, shape, folder):
    """The largest difference between onnxruntime's outputs and nngpu's."""
    loss = "softmax-cross-entropy" if len(shape) == 1 else "mse"
    description = {"model": {"type": "sequential", "layers": layers}, "inputShape": shape, "loss": loss}
    (folder / "model.json").write_text(json.dumps(description))
    saved, file, again = folder / "m.safetensors", folder / "m.onnx", folder / "again.safetensors"
    random = np.random.default_rng(5)
    np.save(folder / "x.npy", random.standard_normal((96, int(np.prod(shape)))).astype(np.float32))
    labels = random.integers(0, 5, 96) if len(shape) == 1 else random.standard_normal((96, 6)).astype(np.float32)
    np.save(folder / "y.npy", labels)
    call(
        binary, "train", "--data", f"{folder}/x.npy,{folder}/y.npy", "--model", folder / "model.json", "--steps", 20,
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


def sequences():
    """Name, network and shape of a sample."""
    from torch import nn

    functions = {
        "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "relu": nn.ReLU(), "leaky relu": nn.LeakyReLU(0.2),
        "gelu": nn.GELU(), "softplus": nn.Softplus(), "softmax": nn.Softmax(-1),
    }
    for name, function in functions.items():
        yield name, nn.Sequential(nn.Linear(12, 9), function, nn.Linear(9, 5)), (12,)
    yield "flatten", nn.Sequential(nn.Flatten(), nn.Linear(24, 9), nn.ReLU(), nn.Linear(9, 3)), (1, 4, 6)
    yield "identity, dropout", nn.Sequential(nn.Identity(), nn.Dropout(0.3), nn.Linear(12, 9), nn.Tanh(), nn.Linear(9, 1)), (12,)
    yield "without bias", nn.Sequential(nn.Linear(12, 9, bias=False), nn.ReLU(), nn.Linear(9, 5, bias=False)), (12,)


def imported(binary, device, network, shape, dynamo, isDynamic, folder):
    """The largest difference between nngpu's outputs and PyTorch's."""
    import torch

    network.eval()
    file = folder / "torch.onnx"
    x = torch.randn(3, *shape)
    if dynamo:
        arguments = {"dynamic_shapes": ({0: torch.export.Dim.DYNAMIC},)} if isDynamic else {}
        torch.onnx.export(network, (x,), file, dynamo=True, opset_version=20, external_data=False, verbose=False, **arguments)
    else:
        arguments = {"dynamic_axes": {"input": {0: "batch"}}} if isDynamic else {}
        torch.onnx.export(network, (x,), file, dynamo=False, opset_version=20, input_names=["input"], **arguments)
    if dynamo and any(isinstance(layer, torch.nn.Softplus) for layer in network):
        try:
            predict(binary, device, file, x.numpy(), folder)
        except RuntimeError as error:
            if "exit 66" in str(error) and '"Greater"' in str(error):
                return None
            raise
        raise RuntimeError("a graph with branches was read")
    x = torch.randn(64, *shape) * 3
    with torch.no_grad():
        expected = network(x).numpy()
    return difference(predict(binary, device, file, x.numpy(), folder), expected)


def imports():
    """All sequences, from each of PyTorch's exporters, for a batch of a known size and of any."""
    import torch

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.manual_seed(7)
    torch.set_num_threads(1)
    for dynamo in (False, True):
        for isDynamic in (False, True):
            label = f"import {'dynamo' if dynamo else 'script'}{', any batch' if isDynamic else ''}"
            for name, network, shape in sequences():
                yield label, name, imported, (network, shape, dynamo, isDynamic)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="path of nngpu")
    parser.add_argument("device", nargs="?", default="auto", help="as nngpu's --device")
    parser.add_argument("--exports", action="store_true", help="leave out the imports, which need PyTorch")
    arguments = parser.parse_args()
    binary, device = pathlib.Path(arguments.binary).resolve(), arguments.device

    cases = [("export", name, exported, (layers, shape)) for name, layers, shape in models()]
    if not arguments.exports:
        cases += imports()
    missed = 0
    for label, name, compare, details in cases:
        with tempfile.TemporaryDirectory() as folder:
            try:
                worst = compare(binary, device, *details, pathlib.Path(folder))
            except Exception as error:
                missed += 1
                print(f"{label:<26} {name:<18} MISS: {type(error).__name__}: {error}", flush=True)
                continue
        passed = worst is None or worst < BAR
        missed += not passed
        result = "refused, as it should be" if worst is None else f"{worst:.1e}"
        print(f"{label:<26} {name:<18} {result}{'' if passed else '  MISS'}", flush=True)
    print(f"{len(cases) - missed} of {len(cases)} pass (outputs < {BAR:g} apart)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
