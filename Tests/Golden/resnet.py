"""Compares the preset resnet18 with torchvision's, and records PyTorch's outputs for a narrow one.

    python resnet.py NNGPU [DEVICE]   # torchvision's resnet18 with its own first weights, by --init; exits 1 beyond 1e-4
    python resnet.py --record         # resnet18.safetensors beside this file: weights of a network of 2 filters, x and y

The comparison trains one step with a rate that changes nothing but the running means and variances, which PyTorch's
network does too: `nngpu predict` gives its outputs only if names, shapes, statistics and numbers are the same.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

BAR = 1e-4


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Narrow(nn.Module):
    """torchvision's network with other widths."""

    def __init__(self, filters, classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, filters, 7, 2, 3, bias=False), nn.BatchNorm2d(filters)
        for stage in range(4):
            width = filters << stage
            blocks = BasicBlock(width if stage == 0 else width // 2, width, 2 if stage else 1), BasicBlock(width, width, 1)
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(filters << 3, classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def record():
    torch.manual_seed(3)
    network = Narrow(2, 5)
    for _ in range(20):
        network(torch.randn(16, 3, 32, 32) + 0.5)
    network.eval()
    x = torch.randn(2, 3, 32, 32)
    tensors = {**network.state_dict(), "x": x, "y": network(x).detach()}
    save_file(tensors, pathlib.Path(__file__).with_name("resnet18.safetensors"))


def compare(binary, device):
    import torchvision

    torch.manual_seed(4)
    network = torchvision.models.resnet18(weights=None)
    x = torch.randn(8, 3, 64, 64)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        save_file(network.state_dict(), folder / "torch.safetensors")
        np.save(folder / "x.npy", x.numpy())
        np.save(folder / "y.npy", np.arange(8))
        flags = ["--device", device]
        for command in (
            ["train", "--data", f"{folder}/x.npy,{folder}/y.npy", "--model", "resnet18:outputs=1000", "--init", folder / "torch.safetensors",
             "--steps", 1, "--batch-size", 8, "--learning-rate", 1e-30, "--save", folder / "m.safetensors", "--quiet", *flags],
            ["predict", "--model", folder / "m.safetensors", "--input", folder / "x.npy", "--output", folder / "out.npy", *flags],
        ):
            subprocess.run([binary, *map(str, command)], check=True)
        found = np.load(folder / "out.npy")
    network.train()
    network(x)
    network.eval()
    with torch.no_grad():
        expected = network(x).numpy()
    error = np.abs(found - expected).max() / np.abs(expected).max()
    print(f"outputs differ by {error:.1e} of the largest")
    return 0 if error < BAR else 1


if __name__ == "__main__":
    sys.exit(record() if "--record" in sys.argv else compare(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "auto"))
