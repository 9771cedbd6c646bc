"""The convolutional networks of subject `images` in PyTorch, as `nngpu model` lists them."""

from torch import nn

# What nngpu calls them: the shape of a sample.
SHAPES = {
    "cnn": (1, 28, 28),
    "resnet20:channels=3,height=32,width=32": (3, 32, 32),
    "resnet18:channels=3,height=64,width=64": (3, 64, 64),
}
CLASSES = 10


class Residual(nn.Sequential):
    """Two convolutions of 3 x 3 and what they are added to, with nngpu's names."""

    def __init__(self, inputs, outputs, stride):
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.body = tuple(self._modules)
        self.downsample = nn.Sequential()
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = x
        for name in self.body:
            y = self._modules[name](y)
        return y + self.downsample(x)


def residual(stem, widths, blocks):
    layers, channels = stem, widths[0]
    for group, width in enumerate(widths):
        for block in range(blocks):
            layers += [Residual(channels, width, 2 if group > 0 and block == 0 else 1), nn.ReLU()]
            channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


def image_model(name):
    channels, height, width = SHAPES[name]
    match name.split(":")[0]:
        case "cnn":
            return nn.Sequential(
                nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
                nn.MaxPool2d(2), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                nn.Linear(64 * (height // 4) * (width // 4), 128), nn.ReLU(), nn.Linear(128, CLASSES))
        case "resnet20":
            stem = [nn.Conv2d(channels, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
            return residual(stem, [16, 32, 64], 3)
        case "resnet18":
            stem = [nn.Conv2d(channels, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
                    nn.MaxPool2d(3, 2, 1)]
            return residual(stem, [64, 128, 256, 512], 2)
