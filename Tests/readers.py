"""Shows that other programs read what nngpu writes, and nngpu what they write.

    python readers.py NNGPU [DEVICE]      # the binary; a device number, `auto` or `reference`

safetensors, NumPy and Python's json open every kind of file that nngpu writes, and NumPy's products of what is in them
are nngpu's outputs. NumPy's archives and Pillow's images are read as they themselves read them. ONNX files are onnx.py's
part. Exits 1 if anything misses.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

# The file onnx.py beside this one must not stand for the package.
sys.path = [folder for folder in sys.path if pathlib.Path(folder or ".").resolve() != pathlib.Path(__file__).parent]

import numpy as np
import safetensors
import safetensors.numpy
from PIL import Image

BAR = 1e-5


class Tool:
    """The binary, run in a folder of a check's own."""

    def __init__(self, binary, device, folder):
        self.binary, self.device, self.folder = binary, device, pathlib.Path(folder)

    def __call__(self, line, input=None, device=True):
        words = line.split() + (["--device", self.device] if device else [])
        result = subprocess.run([self.binary, *words], capture_output=True, cwd=self.folder, input=input)
        if result.returncode != 0:
            raise AssertionError(f"exit {result.returncode} from nngpu {line}: {result.stderr.decode().strip()}")
        return result.stdout

    def train(self, flags=""):
        self(f"train --data moons --hidden 8,8 --activation tanh --steps 20 --save m.safetensors --quiet {flags}")


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def apart(actual, expected):
    """The largest difference, which is infinite where anything is not a number."""
    error = np.abs(np.asarray(actual, np.float64) - expected)
    return float(np.max(np.where(np.isnan(error), np.inf, error)))


def forward(weights, x):
    """What the layers of Tool.train compute."""
    for place in (0, 2, 4):
        x = x @ weights[f"{place}.weight"].astype(np.float64).T + weights[f"{place}.bias"]
        x = np.tanh(x) if place < 4 else x
    return x


def safetensors_files(tool):
    tool.train("--checkpoint run --every 7")
    x = np.random.default_rng(1).standard_normal((50, 2)).astype(np.float32)
    np.save(tool.folder / "x.npy", x)
    tool("predict --model m.safetensors --input x.npy --output p.npy")
    weights = safetensors.numpy.load_file(tool.folder / "m.safetensors")
    check(apart(np.load(tool.folder / "p.npy"), forward(weights, x)) < BAR, "outputs differ from NumPy's")
    with safetensors.safe_open(tool.folder / "m.safetensors", "numpy") as file:
        description = json.loads(file.metadata()["nngpu"])
    check(description["inputShape"] == [2], "the description is not in the metadata")
    checkpoints = sorted(tool.folder.glob("run/*.safetensors"))
    check(checkpoints, "there are no checkpoints")
    flat = np.concatenate([weights[name].ravel() for name in sorted(weights, key=lambda n: (n[0], n[2] == "b"))])
    last = safetensors.numpy.load_file(checkpoints[-1])
    vectors = [vector for vector in last.values() if vector.shape == flat.shape]
    check(any(apart(vector, flat) < 1e-6 for vector in vectors), "the last checkpoint lacks the weights")

    # And back: what safetensors writes is where a training starts.
    given = {name: np.full_like(value, 0.125) for name, value in weights.items()}
    safetensors.numpy.save_file(given, tool.folder / "given.safetensors")
    tool.train("--init given.safetensors --learning-rate 0")
    kept = safetensors.numpy.load_file(tool.folder / "m.safetensors")
    check(all(np.array_equal(kept[name], given[name]) for name in given), "weights changed on their way")


def numpy_archives(tool):
    tool.train()
    tool("export --model m.safetensors --output w.npz", device=False)
    weights = safetensors.numpy.load_file(tool.folder / "m.safetensors")
    with np.load(tool.folder / "w.npz", allow_pickle=False) as archive:
        check(sorted(archive.files) == sorted(weights), "other names")
        check(all(np.array_equal(archive[name], weights[name]) for name in weights), "other weights")
        check(all(archive[name].dtype == np.float32 for name in weights), "other types")
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((64, 2)), rng.integers(0, 2, 64)
    for save in (np.savez, np.savez_compressed):
        save(tool.folder / "given.npz", **weights)
        tool.train("--init given.npz --learning-rate 0")
        kept = safetensors.numpy.load_file(tool.folder / "m.safetensors")
        check(all(np.array_equal(kept[name], weights[name]) for name in weights), "weights changed on their way")
        save(tool.folder / "data.npz", x_train=x, y_train=y, x_test=x[:10].astype(np.float16), y_test=y[:10])
        result = json.loads(tool("evaluate --model m.safetensors --data data.npz --json"))
        check(result["samples"] == 10, "other samples")
        save(tool.folder / "plain.npz", x, y)
        result = json.loads(tool("evaluate --model m.safetensors --data plain.npz --json"))
        logits = forward(weights, x)
        check(result["accuracy"] == np.mean(np.argmax(logits, axis=1) == y), "another accuracy")


def identity(tool, count):
    """A model whose outputs are its inputs."""
    model = {"type": "sequential", "layers": [
        {"type": "linear", "inputs": count, "outputs": count, "bias": False, "initializer": "standard"}]}
    description = json.dumps({"inputShape": [count], "loss": "mse", "model": model})
    weights = {"0.weight": np.eye(count, dtype=np.float32)}
    safetensors.numpy.save_file(weights, tool.folder / "i.safetensors", metadata={"nngpu": description})


def images(tool):
    """Pillow's files of every kind of pixel, against what Pillow reads from them itself."""
    width, height = 17, 13
    identity(tool, width * height)
    rng = np.random.default_rng(3)
    noise = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    kinds = {
        "1": noise.convert("1"), "L": noise.convert("L"), "LA": noise.convert("LA"), "P": noise.quantize(11),
        "RGB": noise, "RGBA": noise.convert("RGBA"),
        "I;16": Image.fromarray(rng.integers(0, 65536, (height, width), dtype=np.uint16)),
    }
    for kind, image in kinds.items():
        for isSmall in (False, True):
            image.save(tool.folder / "i.png", optimize=isSmall)
            tool("predict --model i.safetensors --input i.png --output p.npy")
            pixels = np.load(tool.folder / "p.npy").reshape(height, width)
            bound = 1e-6
            if kind == "I;16":
                expected = np.asarray(image) / 65535
            elif kind in ("1", "L", "LA"):
                expected = np.asarray(image.convert("L")) / 255
            else:
                # Pillow rounds the shade of a color to a byte.
                expected, bound = np.asarray(image.convert("RGB").convert("L")) / 255, 0.501 / 255
            check(apart(pixels, expected) < bound, f"an image of kind {kind} is read differently")


def predictions(tool):
    """The three formats hold the same, as NumPy and Python's json read them."""
    tool.train()
    x = np.random.default_rng(4).standard_normal((3000, 2)).astype(np.float32)
    np.save(tool.folder / "x.npy", x)
    for name in ("p.csv", "p.jsonl", "p.npy"):
        tool(f"predict --model m.safetensors --input x.npy --output {name}")
    array = np.load(tool.folder / "p.npy")
    check(array.shape == (3000, 2) and array.dtype == np.float32, "another shape")
    table = np.loadtxt(tool.folder / "p.csv", delimiter=",", skiprows=1, dtype=np.float64)
    check(np.array_equal(table[:, 1:].astype(np.float32), array), "CSV differs")
    check(np.array_equal(table[:, 0], np.argmax(array, axis=1)), "other classes")
    lines = [json.loads(line) for line in (tool.folder / "p.jsonl").read_text().splitlines()]
    check(np.array_equal(np.float32([line["outputs"] for line in lines]), array), "JSON lines differ")
    np.savetxt(tool.folder / "x.csv", x, delimiter=",", fmt="%.9g")
    tool("predict --model m.safetensors --input x.csv --output q.npy")
    check(np.array_equal(np.load(tool.folder / "q.npy"), array), "NumPy's CSV is read differently")


def json_outputs(tool):
    """`python -m json.tool` takes whatever --json prints, and JSON lines."""
    tool.train()
    np.save(tool.folder / "x.npy", np.zeros((3, 2), np.float32))
    lines = [
        ("devices --json", False), ("doctor --json", False), ("learn --json", False),
        ("train --data moons --steps 2 --quiet --json", True),
        ("train --data moons --steps 4 --verify-resume --quiet --json", True),
        ("evaluate --model m.safetensors --data moons --json", True),
        ("check --model m.safetensors --json", True),
        ("learn linear-barrier --json", True),
    ]
    if tool.device != "reference":
        lines += [
            ("bench peak --json", True), ("bench kernels --filter 128x10 --json", True),
            ("bench step --batch-size 128 --optimizer momentum --json", True),
            ("explain --model m.safetensors --batch-size 8 --json", True), ("tune --show --json", True),
        ]
    for line, takes_device in lines:
        subprocess.run(
            [sys.executable, "-m", "json.tool"], input=tool(line, device=takes_device), check=True, capture_output=True)
    text = tool("predict --model m.safetensors --input x.npy --format jsonl")
    subprocess.run([sys.executable, "-m", "json.tool", "--json-lines"], input=text, check=True, capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="path of nngpu")
    parser.add_argument("device", nargs="?", default="auto", help="as nngpu's --device")
    arguments = parser.parse_args()
    binary = pathlib.Path(arguments.binary).resolve()
    checks = [safetensors_files, numpy_archives, images, predictions, json_outputs]
    missed = 0
    for one in checks:
        with tempfile.TemporaryDirectory() as folder:
            try:
                one(Tool(binary, arguments.device, folder))
            except (AssertionError, subprocess.CalledProcessError) as error:
                missed += 1
                print(f"{one.__name__:<20} MISS: {error}", flush=True)
            else:
                print(f"{one.__name__:<20} pass", flush=True)
    print(f"{len(checks) - missed} of {len(checks)} pass")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
