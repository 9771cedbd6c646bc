"""Writes the JPEG files beside this one and `pillow.npz`, what Pillow 13.0.0 (libjpeg-turbo 3.2.0) reads from them.

    python record.py        # numpy==2.4.6 pillow==13.0.0

`NAME.jpg` there is the upright image in red, green and blue; `sizes` are images of those heights and widths that
Pillow's bilinear filter makes of `source`, and `gray` is its `convert("L")`.
"""

import pathlib

import numpy as np
from PIL import Image, ImageOps

folder = pathlib.Path(__file__).parent
height, width = 14, 22
rng = np.random.default_rng(7)
y, x = np.mgrid[0:height, 0:width]
pixels = np.stack([9 * x + 3 * y, 250 - 14 * y, 100 + 6 * x - 7 * y], -1) + rng.integers(0, 25, (height, width, 3))
image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
kinds = {
    "gray": (image.convert("L"), {}), "444": (image, {"subsampling": 0, "quality": 92}), "420": (image, {}),
    "progressive": (image, {"progressive": True}), "cmyk": (image.convert("CMYK"), {}),
}
recorded = {"source": np.asarray(image), "gray": np.asarray(image.convert("L"))}
for turn in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = turn
    kinds[f"turned-{turn}"] = (image, {"exif": exif, "quality": 50})
for name, (one, options) in kinds.items():
    one.save(folder / f"{name}.jpg", **options)
    with Image.open(folder / f"{name}.jpg") as saved:
        recorded[f"{name}.jpg"] = np.asarray(ImageOps.exif_transpose(saved).convert("RGB"))
for size in ((7, 11), (5, 3), (1, 1), (14, 9), (4, 22), (30, 41)):
    recorded[f"{size[0]}x{size[1]}"] = np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR))
np.savez_compressed(folder / "pillow.npz", **recorded)
