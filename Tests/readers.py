"""Shows that other programs read what nngpu writes, and nngpu what they write.

    python readers.py NNGPU [DEVICE]      # the binary; a device number, `auto` or `reference`

safetensors, NumPy and Python's json open every kind of file that nngpu writes, and NumPy's products of what is in them
are nngpu's outputs. NumPy's archives and Pillow's images are read as they themselves read them. ONNX files are onnx.py's
part. Exits 1 if anything misses.
"""

import argparse
import gzip
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
from PIL import Image, ImageOps

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


def identity(tool, shape, resizes=False):
    """A model whose outputs are the numbers of its samples, in their order."""
    count = int(np.prod(shape))
    model = {"type": "sequential", "layers": [
        {"type": "linear", "inputs": count, "outputs": count, "bias": False, "initializer": "standard"}]}
    description = {"inputShape": [count], "sampleShape": list(shape), "loss": "mse", "model": model}
    if resizes:
        description["resizesImages"] = True
    weights = {"0.weight": np.eye(count, dtype=np.float32)}
    safetensors.numpy.save_file(weights, tool.folder / "i.safetensors", metadata={"nngpu": json.dumps(description)})


def levels(tool, name, shape):
    """What nngpu reads from an image, in bytes, as [..., channels] if there are several."""
    tool(f"predict --model i.safetensors --input {name} --output p.npy")
    read = np.load(tool.folder / "p.npy").astype(np.float64).reshape(shape) * 255
    check(np.array_equal(np.round(read), np.round(read, 3)), "numbers that are no bytes")
    return np.round(read) if len(shape) == 2 else np.round(read).transpose(1, 2, 0)


def images(tool):
    """Pillow's files of every kind of pixel, against what Pillow itself makes of them."""
    width, height = 17, 13
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([8 * x + 4 * y, 255 - 9 * y, 120 + 7 * x - 9 * y], -1) + rng.integers(0, 20, (height, width, 3))
    color = Image.fromarray(np.clip(smooth, 0, 255).astype(np.uint8))
    clear = color.convert("RGBA")
    clear.putalpha(Image.fromarray(rng.integers(0, 256, (height, width), dtype=np.uint8)))
    exif = Image.Exif()
    files = {
        "1.png": (color.convert("1"), {}), "L.png": (color.convert("L"), {}), "LA.png": (clear.convert("LA"), {}),
        "P.png": (color.quantize(11), {}), "P4.png": (color.quantize(4), {"bits": 2}),
        "PA.png": (color.quantize(11), {"transparency": bytes(range(11))}),
        "RGB.png": (color, {}), "RGBA.png": (clear, {}), "small.png": (color, {"optimize": True}),
        "gray.jpg": (color.convert("L"), {}), "444.jpg": (color, {"subsampling": 0}), "420.jpg": (color, {}),
        "progressive.jpg": (color, {"progressive": True}), "cmyk.jpg": (color.convert("CMYK"), {}),
        "low.jpg": (color, {"quality": 20}), "jpeg.png": (color, {"format": "JPEG"}),
    }
    for turn in range(1, 9):
        for ending in ("jpg", "png"):
            files[f"turned-{turn}.{ending}"] = (color, {"exif": {0x0112: turn}})
    for name, (image, options) in files.items():
        if "exif" in options:
            exif[0x0112] = options["exif"][0x0112]
            options = {"exif": exif}
        image.save(tool.folder / name, **options)
        # Behind the end, as some programs leave them.
        with open(tool.folder / name, "ab") as file:
            file.write(b"\0more")
        with Image.open(tool.folder / name) as saved:
            upright = ImageOps.exif_transpose(saved)
        # libjpeg-turbo decodes here and there, if not in the same version; PNG is the same to the bit.
        bound = 1 if saved.format == "JPEG" else 0
        size = (upright.height, upright.width)
        for mode, shape in (("L", size), ("RGB", (3, *size))):
            identity(tool, shape)
            error = apart(levels(tool, name, shape), np.asarray(upright.convert("RGB").convert(mode)))
            check(error <= bound, f"{name} as {mode} is {error} levels from Pillow's")
    deep = rng.integers(0, 65536, (height, width), dtype=np.uint16)
    Image.fromarray(deep).save(tool.folder / "deep.png")
    identity(tool, (height, width))
    check(np.array_equal(levels(tool, "deep.png", (height, width)), np.round(deep / 257)), "16 bits differ")
    for size in ((8, 6), (1, 1), (26, 34), (13, 5), (40, 9)):
        for mode, shape in (("L", size), ("RGB", (3, *size))):
            identity(tool, shape, resizes=True)
            expected = clear.convert("RGB").convert(mode).resize(size[::-1], Image.Resampling.BILINEAR)
            error = apart(levels(tool, "RGBA.png", shape), np.asarray(expected))
            check(error <= 1, f"{size} as {mode} is {error} levels from Pillow's")


def class_folders(tool):
    """A folder of images in any size is learned as the array that Pillow and NumPy make of it."""
    rng = np.random.default_rng(5)
    pixels, labels = [], []
    for place in range(24):
        name = ["bird", "Ant", "cat"][place % 3]
        side = rng.integers(9, 40, 2)
        image = Image.fromarray(rng.integers(0, 256, (*side, 3), dtype=np.uint8))
        folder = tool.folder / "data" / ("train" if place < 18 else "test") / name
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{place:02}.{'png' if place % 2 else 'jpg'}"
        image.save(file)
        if place >= 18:
            with Image.open(file) as saved:
                pixels.append(np.asarray(saved.resize((6, 8), Image.Resampling.BILINEAR)).transpose(2, 0, 1))
            labels.append(["Ant", "bird", "cat"].index(name))
    (tool.folder / "data/train/cat/._x.png").write_bytes(b"no image")
    (tool.folder / "data/train/.DS_Store").write_bytes(b"no image")
    tool("train --data data --image-size 8x6 --hidden 5 --epochs 3 --batch-size 6 --save m.safetensors --quiet")
    with safetensors.safe_open(tool.folder / "m.safetensors", "numpy") as file:
        description = json.loads(file.metadata()["nngpu"])
        check(json.loads(file.metadata()["nngpu.classes"]) == ["Ant", "bird", "cat"], "other classes")
    check(description["sampleShape"] == [3, 8, 6] and description["resizesImages"], "the size is not remembered")
    weights = safetensors.numpy.load_file(tool.folder / "m.safetensors")
    x = np.stack(pixels).reshape(6, -1) / 255
    x = np.maximum(x @ weights["0.weight"].astype(np.float64).T + weights["0.bias"], 0)
    x = x @ weights["2.weight"].T + weights["2.bias"]
    loss = np.mean(np.log(np.sum(np.exp(x), axis=1)) - x[np.arange(6), labels])
    result = json.loads(tool("evaluate --model m.safetensors --data data --json"))
    check(result["samples"] == 6 and abs(result["loss"] - loss) < 2e-3, f"loss {result['loss']}, not {loss}")
    for split in ("x", "x_test"):
        np.savez(tool.folder / "data.npz", **{split: np.stack(pixels), split.replace("x", "y"): labels,
                                              "x_train": np.stack(pixels), "y_train": labels})
        again = json.loads(tool("evaluate --model m.safetensors --data data.npz --json"))
        check(abs(again["loss"] - result["loss"]) < 2e-3, "an array of the same pixels gives another loss")


def array_files(tool):
    """The same pixels in IDX, .npy and .npz, by Python's gzip in several members and filled up, predict the same."""
    rng = np.random.default_rng(6)
    pixels = rng.integers(0, 256, (5, 4, 6), dtype=np.uint8)
    identity(tool, (4, 6))

    def predicted(name):
        tool(f"predict --model i.safetensors --input {name} --output p.npy")
        return np.load(tool.folder / "p.npy").reshape(pixels.shape)

    def idx(array, kind):
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        return bytes([0, 0, kind, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()

    expected = (pixels / 255).astype(np.float32)
    (tool.folder / "x.idx").write_bytes(idx(pixels, 8))
    np.save(tool.folder / "x.npy", pixels)
    np.save(tool.folder / "f.npy", np.asfortranarray(pixels))
    packed = gzip.compress(idx(pixels, 8)[:50]) + gzip.compress(idx(pixels, 8)[50:]) + bytes(300)
    (tool.folder / "x.idx.gz").write_bytes(packed)
    check(gzip.decompress(packed) == idx(pixels, 8), "Python reads the members otherwise")
    (tool.folder / "x.raw").write_bytes(pixels.tobytes())
    for name in ("x.idx", "x.npy", "f.npy", "x.idx.gz", "x.raw"):
        check(apart(predicted(name), expected) < 1e-6, f"{name} is read differently")
    for place, one in enumerate(pixels):
        Image.fromarray(one).save(tool.folder / f"{place}.png")
    check(apart(predicted(" ".join(f"{place}.png" for place in range(5))), expected) < 1e-6, "PNG differs")
    for kind, type in {8: "u1", 9: "i1", 11: "i2", 12: "i4", 13: "f4", 14: "f8"}.items():
        numbers = (rng.standard_normal(pixels.shape) * 50).astype(type)
        (tool.folder / "x.idx").write_bytes(idx(numbers, kind))
        expected = numbers / 255 if type == "u1" else numbers
        check(apart(predicted("x.idx"), expected.astype(np.float32)) < 1e-5, f"IDX of {type} is read differently")
        np.save(tool.folder / "x.npy", numbers.astype(numbers.dtype.newbyteorder(">")))
        check(apart(predicted("x.npy"), expected.astype(np.float32)) < 1e-5, f"big-endian {type} is read differently")


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
    checks = [
        safetensors_files, numpy_archives, images, class_folders, array_files, predictions, json_outputs]
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
