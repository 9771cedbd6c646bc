"""Trains networks in nngpu and in PyTorch, from the same weights, and compares the results.

    python interchange.py NNGPU [DEVICE]         # the binary; a device number, `auto` or `reference`

For every optimizer and loss, and for convolutional networks: 50 full-batch steps of nngpu against 50 in float64, from one safetensors file that
PyTorch wrote. Passes when every tensor's distance is below a thousandth of the way it moved,

    |w_nngpu - w_torch| / |w_torch - w_initial| < 1e-3,

or below twice that of PyTorch's own steps in float32, which kinks and normalization over a batch carry further; when
PyTorch loads nngpu's file with strict=True; and when `nngpu predict` gives the logits of the loaded network. Exits 1 if
anything misses.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Benchmarks" / "peers"))
from image_models import CLASSES as IMAGE_CLASSES, SHAPES, image_model

SAMPLES, IMAGES, INPUTS, HIDDEN, CLASSES, STEPS = 96, 64, 12, (24, 16), 5, 50
WEIGHT_BAR, LOGIT_BAR = 1e-3, 1e-4

# nngpu's name and flags: learning rate, and PyTorch's rule. Weight decay is each rule's default on both sides.
OPTIMIZERS = {
    "sgd": (0.1, lambda p, lr: torch.optim.SGD(p, lr)),
    "momentum": (0.05, lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9)),
    "nesterov": (0.05, lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9, nesterov=True)),
    "adam": (0.003, lambda p, lr: torch.optim.Adam(p, lr)),
    "adamw": (0.003, lambda p, lr: torch.optim.AdamW(p, lr)),
    "rmsprop": (0.001, lambda p, lr: torch.optim.RMSprop(p, lr)),
    "sgd --momentum 0.9": (0.002, lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9)),
    "sgd --momentum 0.5 --nesterov": (0.05, lambda p, lr: torch.optim.SGD(p, lr, momentum=0.5, nesterov=True)),
    "adam --betas 0.8,0.95 --epsilon 1e-4": (0.003, lambda p, lr: torch.optim.Adam(p, lr, betas=(0.8, 0.95), eps=1e-4)),
    "rmsprop --alpha 0.9 --momentum 0.5": (0.001, lambda p, lr: torch.optim.RMSprop(p, lr, alpha=0.9, momentum=0.5)),
}
LOSSES = {
    "softmax-cross-entropy": (CLASSES, F.cross_entropy),
    "binary-cross-entropy": (1, lambda z, y: F.binary_cross_entropy_with_logits(z[:, 0], y.to(z.dtype))),
    "mse": (3, lambda z, y: F.mse_loss(z, y.to(z.dtype))),
    "mae": (3, lambda z, y: F.l1_loss(z, y.to(z.dtype))),
    "huber": (3, lambda z, y: F.huber_loss(z, y.to(z.dtype))),
}
CASES = [("perceptron", name, "softmax-cross-entropy") for name in OPTIMIZERS]
CASES += [("perceptron", "sgd", "binary-cross-entropy")] + [("perceptron", "momentum", loss) for loss in ("mse", "mae", "huber")]
CASES += [(model, "sgd --momentum 0.9", "softmax-cross-entropy") for model in SHAPES if not model.startswith("resnet18")]


def network(model, outputs):
    if model in SHAPES:
        return image_model(model)
    sizes = (INPUTS, *HIDDEN, outputs)
    layers = []
    for width, height in zip(sizes, sizes[1:]):
        layers += [nn.Linear(width, height), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def images(shape):
    """Smooth ones: neighbours are alike, as in photographs."""
    x = F.interpolate(torch.randn(IMAGES, shape[0], 7, 7), shape[1:], mode="bilinear")
    return x + 0.1 * torch.randn(x.shape)


def targets(loss, x, outputs):
    """Something that can be learned: a random function of x, as labels, 0 or 1, or numbers."""
    x = x.flatten(1)
    scores = torch.tanh(x @ torch.randn(x.shape[1], outputs)) + 0.1 * torch.randn(len(x), outputs)
    if loss == "softmax-cross-entropy":
        return scores.argmax(1)
    if loss == "binary-cross-entropy":
        return (scores[:, 0] > 0).long()
    return scores


def train(model, optimizer, loss, x, y):
    rate, make = OPTIMIZERS[optimizer]
    rule = make(model.parameters(), rate)
    for _ in range(STEPS):
        rule.zero_grad()
        value = LOSSES[loss][1](model(x), y)
        value.backward()
        rule.step()
    return value.item()


def call(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        print(f"exit {result.returncode} from: {' '.join(map(str, command))}", file=sys.stderr)
        print(result.stderr[-2000:], file=sys.stderr)
        raise RuntimeError(f"nngpu {command[1]} failed")


def compare(binary, device, kind, optimizer, loss, folder):
    """Runs one case: the worst tensor's name, its error, what PyTorch's is in float32, and the error of the logits."""
    torch.manual_seed(20)
    outputs = IMAGE_CLASSES if kind in SHAPES else LOSSES[loss][0]
    x = torch.randn(SAMPLES, INPUTS) if kind not in SHAPES else images(SHAPES[kind])
    y = targets(loss, x, outputs)
    model = network(kind, outputs)
    initial = {name: value.clone() for name, value in model.state_dict().items()}

    np.save(folder / "x.npy", x.numpy())
    np.save(folder / "y.npy", y.numpy())
    save_file(initial, folder / "initial.safetensors")
    trained = folder / "trained.safetensors"
    described = ["--model", f"{kind}{',' if ':' in kind else ':'}outputs={outputs}"]
    if kind == "perceptron":
        described = ["--hidden", ",".join(map(str, HIDDEN)), "--activation", "relu"]
    call(
        binary, "train", "--data", f"{folder}/x.npy,{folder}/y.npy", *described, "--loss", loss,
        "--init", folder / "initial.safetensors", "--steps", STEPS, "--batch-size", len(x),
        "--no-shuffle", "--optimizer", *optimizer.split(), "--learning-rate", OPTIMIZERS[optimizer][0],
        "--save", trained, "--device", device, "--quiet")

    ends = {}
    for precision in (torch.double, torch.float):
        reference = network(kind, outputs).to(precision)
        reference.load_state_dict(initial)
        train(reference, optimizer, loss, x.to(precision), y)
        ends[precision] = {name: value.double() for name, value in reference.state_dict().items()}

    exact, ours = ends[torch.double], load_file(trained)

    def errors(found):
        return {
            name: ((found[name].double() - value).norm() / (value - initial[name].double()).norm()).item()
            for name, value in exact.items()}

    loaded = network(kind, outputs)
    loaded.load_state_dict(ours, strict=True)

    logits = folder / "logits.npy"
    call(binary, "predict", "--model", trained, "--input", folder / "x.npy", "--output", logits)
    with torch.no_grad():
        expected = loaded.double().eval()(x.double()).numpy()
    actual = np.load(logits)
    if actual.size != expected.size:
        raise RuntimeError(f"predict wrote shape {actual.shape} where {expected.shape} is due")
    difference = np.abs(actual.reshape(expected.shape) - expected).max() / np.abs(expected).max()
    # A NaN is the worst there is, whatever it is compared with.
    found = errors(ours)
    worst = max(found, key=lambda name: found[name] if found[name] == found[name] else np.inf)
    return worst, found[worst], max(errors(ends[torch.float]).values()), float(difference)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="path of nngpu")
    parser.add_argument("device", nargs="?", default="auto", help="as nngpu's --device")
    arguments = parser.parse_args()
    missed = 0
    print(f"{'network':<38} {'optimizer':<38} {'loss':<22} {'worst tensor':<12} {'weights':>9} {'float32':>9} {'logits':>9}")
    for case in CASES:
        label = f"{case[0]:<38} {case[1]:<38} {case[2]:<22}"
        with tempfile.TemporaryDirectory() as folder:
            try:
                worst, weights, single, logits = compare(
                    arguments.binary, arguments.device, *case, pathlib.Path(folder))
            except (RuntimeError, OSError, KeyError, ValueError) as error:
                missed += 1
                print(f"{label} MISS: {error}")
                continue
        passed = weights < max(WEIGHT_BAR, 2 * single) and logits < LOGIT_BAR
        missed += not passed
        print(
            f"{label} {worst:<12} {weights:>9.1e} {single:>9.1e} {logits:>9.1e}"
            f"{'' if passed else '  MISS'}")
    print(f"{len(CASES) - missed} of {len(CASES)} pass (weights < {WEIGHT_BAR:g} or twice float32's, logits < {LOGIT_BAR:g})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
