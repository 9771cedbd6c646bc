"""The models over space that onnx.py compares: model files of nngpu's, networks of PyTorch, graphs by hand, of Keras."""

import numpy as np
import onnx
from onnx import TensorProto, helper


def model_files():
    """Name, the layers of a model file, and the shape of a sample."""
    head = ["flatten", {"linear": 5}]
    image, row = [2, 9, 8], [3, 12]

    def conv(**options):
        return {"conv2d": {"channels": 4, "kernel": 3, **options}}

    for name, layer in {
        "conv": conv(), "conv, stride": conv(stride=2, padding=1), "conv, axes": conv(kernel=[3, 2], stride=[1, 2], padding=[1, 0]),
        "conv, dilation": conv(dilation=2, padding=2), "conv, groups": conv(groups=2, bias=False),
        "conv, same": conv(padding="same"), "conv, same, even": conv(kernel=[4, 2], padding="same"),
        "conv, reflect": conv(padding=2, **{"padding-mode": "reflect"}),
        "conv, replicate": conv(padding=[2, 1], **{"padding-mode": "replicate"}),
        "conv, circular": conv(padding=1, stride=2, **{"padding-mode": "circular"}),
        "conv, circular, same": conv(kernel=4, padding="same", **{"padding-mode": "circular"}),
        "transposed": {"convtranspose2d": {"channels": 3, "kernel": 3, "stride": 2, "padding": 1, "output-padding": 1}},
        "transposed, groups": {"convtranspose2d": {"channels": 4, "kernel": [2, 3], "groups": 2, "dilation": 2, "bias": False}},
        "max pool": {"maxpool2d": {"size": 3, "stride": 2, "padding": 1}},
        "max pool, up": {"maxpool2d": {"size": [2, 3], "stride": 3, "padding": [1, 0], "rounds-up": True}},
        "max pool, dilation": {"maxpool2d": {"size": 2, "stride": 1, "dilation": 2}},
        "mean pool": {"avgpool2d": {"size": 2}}, "mean pool, padded": {"avgpool2d": {"size": 3, "stride": 2, "padding": 1}},
        "mean pool, not counted": {"avgpool2d": {"size": 3, "stride": 2, "padding": 1, "counts-padding": False}},
        "mean pool, up": {"avgpool2d": {"size": 3, "stride": 2, "rounds-up": True}},
        "mean pool, padded, up": {"avgpool2d": {"size": 3, "stride": 2, "padding": 1, "rounds-up": True}},
        "mean pool, not counted, up": {"avgpool2d": {"size": 3, "stride": 2, "padding": 1, "rounds-up": True, "counts-padding": False}},
        "adaptive": "adaptiveavgpool2d", "adaptive, equal": {"adaptiveavgpool2d": [3, 4]},
        "adaptive, overlapping": {"adaptiveavgpool2d": [4, 3]}, "adaptive, more": {"adaptiveavgpool2d": [9, 11]},
        "upsample": {"upsample": [2, 3]}, "dropout2d": {"dropout2d": 0.3},
    }.items():
        yield name, [layer] + head, image
    norms = {
        "batch norm": "batchnorm", "batch norm, bare": {"batchnorm": {"affine": False, "epsilon": 1e-3}},
        "batch norm, mean of all": {"batchnorm": {"momentum": "none"}}, "group norm": {"groupnorm": 2},
        "group norm, bare": {"groupnorm": {"groups": 2, "affine": False}}, "group norm, channels": {"groupnorm": 4},
        "instance norm": "instancenorm", "instance norm, affine": {"instancenorm": {"affine": True}},
        "rms norm": "rmsnorm", "layer norm": "layernorm", "prelu": "prelu", "prelu, channels": {"prelu": 4},
    }
    for name, layer in norms.items():
        yield f"{name} of images", [conv(), layer, "relu"] + head, image
        if "instance" not in name:
            yield f"{name} of rows", [{"linear": 4}, layer, {"linear": 5}], [12]
        yield f"{name} of lengths", [{"conv1d": {"channels": 4, "kernel": 3}}, layer] + head, row
    yield "norm first", ["batchnorm", conv(), {"groupnorm": 4}, "batchnorm", "rmsnorm"] + head, image
    for name, layer in {
        "silu": "silu", "mish": "mish", "hardswish": "hardswish", "elu": {"elu": 0.5}, "relu6": "relu6",
    }.items():
        yield name, [conv(), layer] + head, image
        yield f"{name} of rows", [{"linear": 12}, layer, {"linear": 5}], [12]
    for name, layer in {
        "conv1d": {"conv1d": {"channels": 4, "kernel": 4, "padding": "same", "groups": 3, "bias": False}} | {},
        "conv1d, reflect": {"conv1d": {"channels": 4, "kernel": 3, "padding": 2, "padding-mode": "reflect", "stride": 2}},
        "max pool 1d": {"maxpool1d": {"size": 3, "stride": 2, "padding": 1, "rounds-up": True}},
        "mean pool 1d": {"avgpool1d": {"size": 3, "padding": 1}}, "adaptive 1d": "adaptiveavgpool1d",
        "adaptive 1d, overlapping": {"adaptiveavgpool1d": 5},
    }.items():
        if name == "conv1d":
            layer["conv1d"]["channels"] = 6
        yield name, [layer] + head, row
    shortcut = [{"conv2d": {"channels": 4, "kernel": 1, "stride": 2}}, "batchnorm"]
    block = {"residual": {"layers": [conv(stride=2, padding=1), "batchnorm", "silu"], "downsample": shortcut}}
    yield "residual of images", [block, "relu", {"residual": [conv(padding="same"), "relu6"]}] + head, image
    yield "graph of images", [
        {"name": "a", **conv(padding="same")}, {"name": "b", "maxpool2d": 2, "from": "a"},
        {"name": "c", "upsample": [2, 2], "from": "b"}, {"name": "d", "avgpool2d": [2, 1], "from": "a"},
        {"name": "e", "upsample": [2, 1], "from": "d"}, {"name": "f", "concatenate": 1, "from": ["c", "e"]},
        {"name": "g", "batchnorm": {}, "from": "f"}, {"name": "h", "flatten": None, "from": "g"}, {"name": "i", "linear": 5, "from": "h"},
    ], [2, 8, 8]


PRESETS = {
    "lenet": [1, 28, 28], "cnn:height=12,width=12": [1, 12, 12], "resnet20:channels=3,height=16,width=16": [3, 16, 16],
    "mobilenet-small:channels=3,height=16,width=16,filters=4": [3, 16, 16],
    "resnet18:channels=3,height=32,width=32,filters=4": [3, 32, 32],
}


# What PyTorch's older exporter cannot write.
NEW_ONLY = {"adaptive, overlapping", "rms norm"}
# What it writes as parts of samples beside each other.
OLD_LACKS = {"conv, circular": "takes a part of something else"}
# What the newer one writes as a look-up of each window's places.
NEW_LACKS = {"adaptive, overlapping": "looks up something else than rows"}


def torch_models():
    """Name, network, examples of its inputs, what its last operator makes of logits, and what nngpu lacks."""
    import torch
    from torch import nn

    def head(features, *layers):
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 3))

    def trained(network, *shape):
        """With statistics and weights of norms that are not those of the start."""
        network.train()
        with torch.no_grad():
            for parameter in network.parameters():
                if parameter.ndim == 1:
                    parameter.add_(torch.randn_like(parameter) * 0.2)
            for _ in range(2):
                network(torch.randn(6, *shape) * 2 + 0.5)
        return network

    def block(inputs, outputs, stride=1):
        return nn.Sequential(
            nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False), nn.BatchNorm2d(inputs), nn.ReLU6(),
            nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6())

    class BasicBlock(nn.Module):
        def __init__(self, inputs, outputs, stride=1):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
            self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
            self.relu, self.downsample = nn.ReLU(inplace=True), None
            if stride > 1 or inputs != outputs:
                self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

        def forward(self, x):
            y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            return self.relu(y + (x if self.downsample is None else self.downsample(x)))

    def resnet(width, blocks, stem, classes=10):
        layers, inputs = stem, width
        for stage, count in enumerate(blocks):
            for place in range(count):
                layers.append(BasicBlock(inputs, width << stage, 2 if stage and not place else 1))
                inputs = width << stage
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))

    class Branches(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(2, 3, 1), nn.Linear(6, 3)

        def forward(self, x):
            return self.c(torch.cat([torch.relu(self.a(x)), self.b(x)], 1).mean((2, 3)))

    class Swishes(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(2, 4, 3), nn.Linear(4, 3)

        def forward(self, x):
            y = self.a(x)
            y = y * torch.sigmoid(y)
            y = y * (nn.functional.relu6(y + 3) / 6)
            return self.b((y * torch.tanh(nn.functional.softplus(y))).mean(dim=[-2, -1]))

    class Views(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(1, 2, 3), nn.Linear(2 * 4 * 6, 3)

        def forward(self, x):
            return self.b(torch.relu(self.a(x.view(-1, 1, 6, 8))).flatten(1))

    class Last(nn.Module):
        """Channels last, as NumPy's images are."""

        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 4, 3), nn.Linear(4 * 4 * 6, 3)

        def forward(self, x):
            y = torch.relu(self.a(x.permute(0, 3, 1, 2) * 0.5 - 1))
            return self.b(y.permute(0, 2, 3, 1).flatten(1))

    def row(*shape):
        return (torch.randn(3, *shape),)

    image = (2, 9, 8)
    yield "conv", head(4 * 7 * 6, nn.Conv2d(2, 4, 3)), row(*image), None, None
    yield "conv, stride, groups", head(4 * 5 * 7, nn.Conv2d(2, 4, (3, 2), (2, 1), (1, 0), groups=2, bias=False)), row(*image), None, None
    yield "conv, same, even", head(4 * 72, nn.Conv2d(2, 4, 4, padding="same")), row(*image), None, None
    for mode in ("reflect", "replicate", "circular"):
        yield f"conv, {mode}", head(4 * 72, nn.Conv2d(2, 4, 3, padding=1, padding_mode=mode)), row(*image), None, None
    yield "conv1d", head(4 * 10, nn.Conv1d(3, 4, 3), nn.ReLU()), row(3, 12), None, None
    yield "transposed", head(3 * 18 * 16, nn.ConvTranspose2d(2, 3, 3, 2, 1, 1)), row(*image), None, None
    yield "transposed, groups", head(4 * 10 * 11, nn.ConvTranspose2d(2, 4, (2, 4), groups=2), nn.ReLU()), row(*image), None, None
    yield "max pool", head(2 * 25 - 10, nn.MaxPool2d(3, 2, 1)), row(*image), None, None
    yield "max pool, up", head(2 * 5 * 4, nn.MaxPool2d(2, ceil_mode=True)), row(*image), None, None
    yield "max pool 1d", head(3 * 6, nn.MaxPool1d(2)), row(3, 12), None, None
    yield "mean pool", head(2 * 4 * 4, nn.AvgPool2d(2)), row(*image), None, None
    yield "mean pool, padded", head(2 * 5 * 4, nn.AvgPool2d(3, 2, 1)), row(*image), None, None
    yield "mean pool, not counted", head(2 * 5 * 4, nn.AvgPool2d(3, 2, 1, count_include_pad=False)), row(*image), None, None
    yield "mean pool 1d", head(3 * 6, nn.AvgPool1d(2)), row(3, 12), None, None
    yield "adaptive, equal", head(2 * 3 * 4, nn.AdaptiveAvgPool2d((3, 4))), row(*image), None, None
    yield "adaptive, 1", head(2, nn.AdaptiveAvgPool2d(1)), row(*image), None, None
    yield "adaptive, overlapping", head(2 * 4 * 3, nn.AdaptiveAvgPool2d((4, 3))), row(*image), None, '"GatherND"'
    yield "adaptive 1d", head(3, nn.AdaptiveAvgPool1d(1)), row(3, 12), None, None
    yield "batch norm of images", trained(head(4 * 42, nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU()), *image), row(*image), None, None
    yield "batch norm in front", trained(head(4 * 42, nn.BatchNorm2d(2), nn.ReLU(), nn.Conv2d(2, 4, 3), nn.Tanh(), nn.BatchNorm2d(4)), *image), row(*image), None, None
    yield "batch norm of lengths", trained(head(4 * 10, nn.Conv1d(3, 4, 3), nn.ReLU(), nn.BatchNorm1d(4)), 3, 12), row(3, 12), None, None
    yield "group norm", trained(head(4 * 42, nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4), nn.ReLU()), *image), row(*image), None, None
    yield "group norm, bare", head(4 * 42, nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4, affine=False), nn.ReLU()), row(*image), None, None
    yield "instance norm", head(4 * 42, nn.Conv2d(2, 4, 3), nn.InstanceNorm2d(4), nn.ReLU()), row(*image), None, None
    yield "instance norm, affine", trained(head(4 * 10, nn.Conv1d(3, 4, 3), nn.InstanceNorm1d(4, affine=True)), 3, 12), row(3, 12), None, None
    yield "rms norm", trained(nn.Sequential(nn.Linear(12, 9), nn.RMSNorm(9), nn.ReLU(), nn.Linear(9, 3)), 12), row(12), None, None
    yield "upsample", head(2 * 18 * 24, nn.Upsample(scale_factor=(2, 3), mode="nearest")), row(*image), None, None
    yield "upsample, linear", head(2 * 18 * 16, nn.Upsample(scale_factor=2, mode="bilinear")), row(*image), None, "resizes by"
    yield "dropout2d", head(4 * 42, nn.Conv2d(2, 4, 3), nn.Dropout2d(0.3)), row(*image), None, None
    for function in (nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.ELU(0.5), nn.ReLU6(), nn.PReLU(), nn.PReLU(4), nn.GELU(), nn.LeakyReLU(0.1)):
        name = str(function).lower().replace("num_parameters=", "")
        yield f"{name} of images", head(4 * 42, nn.Conv2d(2, 4, 3), function), row(*image), None, None
    yield "hard sigmoid", head(4 * 42, nn.Conv2d(2, 4, 3), nn.Hardsigmoid()), row(*image), None, '"HardSigmoid"'
    yield "swishes by formulas", Swishes(), row(*image), None, None
    yield "branches", Branches(), row(*image), None, None
    yield "views", Views(), row(48), None, None
    yield "channels last", Last(), row(6, 8, 3), None, None
    yield "lenet", nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10), nn.Softmax(-1)), row(1, 28, 28), "softmax", None
    yield "cnn", nn.Sequential(
        nn.Conv2d(1, 8, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(16 * 49, 10), nn.LogSoftmax(-1)), row(1, 28, 28), "log", None
    stem = [nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU()]
    yield "resnet20", trained(resnet(4, (3, 3, 3), stem), 3, 16, 16), row(3, 16, 16), None, None
    stem = [nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    yield "resnet18", trained(resnet(8, (2, 2, 2, 2), stem), 3, 64, 64), row(3, 64, 64), None, None
    yield "mobilenet", trained(nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), block(8, 16), block(16, 32, 2), block(32, 32),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(32, 10)), 3, 32, 32), row(3, 32, 32), None, None


def graphs():
    """Name, a function that gives a graph, its sample, and what nngpu lacks: what no exporter above writes."""
    random = np.random.default_rng(4)

    def weights(*shape):
        return random.standard_normal(shape).astype(np.float32)

    def graph(nodes, shape, opset=20, batch="n", **arrays):
        """Nodes from x to y, behind a layer with a parameter, as a model has to have one."""
        nodes = [helper.make_node("PRelu", ["x", "slope"], ["first"]), *nodes]
        for node in nodes[1:]:
            node.input[:] = ["first" if name == "x" else name for name in node.input]
        arrays["slope"] = np.full([1], 0.5, np.float32)
        value = helper.make_tensor_value_info
        initializers = [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()]
        model = helper.make_model(
            helper.make_graph(
                nodes, "g", [value("x", TensorProto.FLOAT, [batch, *shape])], [value("y", TensorProto.FLOAT, None)], initializers),
            opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
        return model

    node = helper.make_node
    image, lengths, w, v = (2, 9, 8), (2, 9), weights(4, 2, 3, 2), weights(4, 2, 3)
    for kind in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        for stride in (1, 2):
            settings = {"auto_pad": kind, "strides": [stride, stride]}
            yield f"conv, {kind} {stride}", graph([node("Conv", ["x", "w"], ["y"], **settings)], image, w=w), image, None
            yield f"conv1d, {kind} {stride}", graph(
                [node("Conv", ["x", "v"], ["y"], auto_pad=kind, strides=[stride])], lengths, v=v), lengths, None
    for kind in ("SAME_UPPER", "VALID"):
        windows = {"auto_pad": kind, "kernel_shape": [3, 3], "strides": [2, 2]}
        yield f"max pool, {kind}", graph([node("MaxPool", ["x"], ["y"], **windows)], image), image, None
        yield f"mean pool, {kind}", graph([node("AveragePool", ["x"], ["y"], **windows)], image), image, None
    yield "max pool, SAME_UPPER 1", graph(
        [node("MaxPool", ["x"], ["y"], auto_pad="SAME_UPPER", kernel_shape=[2, 2])], image), image, "pads its windows otherwise"
    yield "conv, pads of all sides", graph(
        [node("Conv", ["x", "w"], ["y"], pads=[0, 2, 1, 0], dilations=[2, 1])], image, w=w), image, None
    pads = np.array([0, 0, 1, 0, 0, 0, 2, 1])
    yield "pad in front", graph([node("Pad", ["x", "p"], ["q"]), node("Conv", ["q", "w"], ["y"])], image, p=pads, w=w), image, None
    yield "pad with ones", graph(
        [node("Pad", ["x", "p", "c"], ["q"]), node("Conv", ["q", "w"], ["y"])], image, p=pads, c=np.float32(1), w=w), image, "padded in another way"
    yield "pad alone", graph([node("Pad", ["x", "p"], ["y"])], image, p=pads), image, "pads samples"
    yield "transposed, pads of all sides", graph(
        [node("ConvTranspose", ["x", "w"], ["y"], pads=[0, 1, 1, 0], strides=[2, 2])], image, w=weights(2, 3, 3, 3)), image, None
    yield "channel scale", graph(
        [node("Conv", ["x", "w"], ["c"]), node("Mul", ["c", "s"], ["d"]), node("Add", ["d", "t"], ["y"])], image, w=w,
        s=weights(4, 1, 1), t=weights(1, 4, 1, 1)), image, None
    yield "channel scale behind a function", graph(
        [node("Relu", ["x"], ["c"]), node("Mul", ["c", "s"], ["d"]), node("Add", ["d", "t"], ["e"]), node("Conv", ["e", "w"], ["y"])], image,
        w=w, s=weights(2, 1, 1), t=weights(2, 1, 1)), image, None
    yield "transposed scale", graph(
        [node("ConvTranspose", ["x", "w"], ["c"], group=2), node("Mul", ["c", "s"], ["y"])], image, w=weights(2, 3, 2, 2),
        s=weights(6, 1, 1)), image, None
    yield "global max", graph([node("Conv", ["x", "w"], ["c"]), node("GlobalMaxPool", ["c"], ["y"])], image, w=w), image, None
    yield "global mean", graph([node("Conv", ["x", "w"], ["c"]), node("GlobalAveragePool", ["c"], ["y"])], image, w=w), image, None
    yield "mean of lengths", graph(
        [node("Conv", ["x", "v"], ["c"]), node("ReduceMean", ["c", "a"], ["y"], keepdims=0)], lengths, v=v, a=np.array([2])), lengths, None
    yield "mean of channels", graph(
        [node("Conv", ["x", "w"], ["c"]), node("ReduceMean", ["c", "a"], ["y"])], image, w=w, a=np.array([1])), image, "takes a mean"
    scales = np.array([1, 1, 2, 3], np.float32)
    for mode, rounding in (("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"), ("pytorch_half_pixel", "round_prefer_ceil")):
        yield f"resize, {mode}", graph(
            [node("Resize", ["x", "", "s"], ["y"], coordinate_transformation_mode=mode, nearest_mode=rounding)], image, s=scales), image, None
    yield "resize to sizes", graph(
        [node("Resize", ["x", "", "", "s"], ["y"], coordinate_transformation_mode="asymmetric", nearest_mode="floor")], image,
        s=np.array([3, 2, 18, 16]), batch=3), image, None
    yield "group norm 21", graph(
        [node("GroupNormalization", ["x", "s", "t"], ["y"], num_groups=2)], (4, 5, 3), opset=21, s=weights(4), t=weights(4)), (4, 5, 3), None
    yield "instance norm", graph(
        [node("InstanceNormalization", ["x", "s", "t"], ["y"])], image, s=weights(2), t=weights(2)), image, None
    yield "prelu of places", graph([node("PRelu", ["x", "s"], ["y"])], image, s=weights(2, 9, 8)), image, "slopes"
    yield "celu", graph([node("Celu", ["x"], ["y"])], image), image, '"Celu"'
    yield "three axes of space", graph([node("Conv", ["x", "w"], ["y"])], (2, 5, 5, 5), w=weights(3, 2, 2, 2, 2)), (2, 5, 5, 5), "axes"


# Name: the shape of a sample, and what nngpu lacks by PyTorch and by TensorFlow.
# The shape of a sample; what nngpu lacks by PyTorch and by TensorFlow: largest
# elements of windows with padding on one side alone, lengths between images, and repetitions by sizes that are computed.
KERAS = {
    "images": ((12, 12, 3), None, None), "gray images": ((12, 10, 1), None, None), "flattened images": ((9, 8, 2), None, None),
    "depthwise": ((12, 12, 3), None, None), "residual of images": ((8, 8, 3), None, None), "stride, same": ((12, 12, 3), "pads samples", None),
    "lengths": ((12, 3), None, "transposes samples"), "upsampled": ((6, 5, 2), '"Expand"', '"Tile"'), "rescaled images": ((8, 8, 3), None, None),
}


def keras_networks(keras):
    """The networks of Keras, by name."""
    from keras import layers

    def sequence(name, *parts):
        return keras.Sequential([keras.Input(KERAS[name][0]), *parts])

    def residual():
        x = keras.Input((8, 8, 3))
        y = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        y = layers.Add()([layers.Conv2D(4, 1)(x), layers.BatchNormalization()(y)])
        return keras.Model(x, layers.Dense(3)(layers.GlobalAveragePooling2D()(layers.ReLU()(y))))

    dense, flat = layers.Dense(3), layers.Flatten()
    return {
        "images": sequence(
            "images", layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(), layers.BatchNormalization(),
            layers.Conv2D(6, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.GlobalAveragePooling2D(), dense),
        "gray images": sequence("gray images", layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(3)),
        "flattened images": sequence(
            "flattened images", layers.Conv2D(4, (3, 2), activation="tanh"), layers.AveragePooling2D(2), layers.Dropout(0.2), flat,
            layers.Dense(3)),
        "depthwise": sequence(
            "depthwise", layers.DepthwiseConv2D(3, padding="same"), layers.BatchNormalization(), layers.ReLU(6), layers.Conv2D(8, 1),
            layers.BatchNormalization(), layers.ReLU(6), layers.GlobalAveragePooling2D(), layers.Dense(3)),
        "residual of images": residual(),
        "stride, same": sequence(
            "stride, same", layers.Conv2D(4, 3, strides=2, padding="same"), layers.MaxPooling2D(3, strides=2, padding="same"), layers.Flatten(),
            layers.Dense(3)),
        "lengths": sequence(
            "lengths", layers.Conv1D(4, 3, padding="same", activation="relu"), layers.MaxPooling1D(2), layers.GlobalAveragePooling1D(),
            layers.Dense(3)),
        "upsampled": sequence("upsampled", layers.Conv2D(2, 3, padding="same"), layers.UpSampling2D(2), layers.Flatten(), layers.Dense(3)),
        "rescaled images": sequence(
            "rescaled images", layers.Rescaling(1 / 127.5, offset=-1), layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(),
            layers.Dense(3)),
    }
