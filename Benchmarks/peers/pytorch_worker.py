"""PyTorch as a worker (see worker.py): eager with fused optimizers, or compiled with --compile.

With --channels-last images and the weights of convolutions have their channels innermost.
"""

import os
import sys

import torch
from torch import nn
from torch.nn import functional

from image_models import CLASSES, SHAPES, image_model
from worker import MOMENTUM, RATES, SIZES, Unsupported, Work, as_multiplied, check_product, kernel_data, matrices, \
    problem, serve, step_work

IS_COMPILED = "--compile" in sys.argv[1:]
IS_CHANNELS_LAST = "--channels-last" in sys.argv[1:]
# Thousands of steps on one batch shrink moments to subnormal numbers, which JAX and nngpu take for 0. Threads that start
# later do as this one does.
torch.set_flush_denormal(True)
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))


def compiled(function):
    return torch.compile(function, dynamic=False) if IS_COMPILED else function


def fresh():
    """Forgets what was compiled for the case before: its guards would be tried first."""
    if IS_COMPILED:
        torch._dynamo.reset()


def matmul(m, n, k, layout):
    a, b = matrices(m, n, k, layout)
    left, right = as_multiplied(torch.from_numpy(a), torch.from_numpy(b), layout)
    c = torch.empty(m, n)

    def run(count):
        for _ in range(count):
            torch.mm(left, right, out=c)

    def check():
        run(1)
        check_product(c.numpy(), a, b, layout)

    return Work(run, check)


def make_optimizer(name, parameters):
    if name == "momentum":
        return torch.optim.SGD(parameters, RATES[name], momentum=MOMENTUM, fused=True)
    return torch.optim.Adam(parameters, RATES[name], fused=True)


def step(model, batch, optimizer):
    fresh()
    if model in SHAPES:
        return image_step(model, batch, optimizer)
    data, labels, weights = problem(model, batch)
    x, y = torch.from_numpy(data), torch.from_numpy(labels)
    layers = []
    for inputs, outputs in zip(SIZES[model], SIZES[model][1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for layer, (weight, bias) in zip(network[::2], weights):
            layer.weight.copy_(torch.from_numpy(weight))
            layer.bias.copy_(torch.from_numpy(bias))
    return network_step(network, x, y, optimizer)


def image_step(model, batch, optimizer):
    torch.manual_seed(0)
    network, x = image_model(model), torch.rand(batch, *SHAPES[model])
    if IS_CHANNELS_LAST:
        network, x = (item.to(memory_format=torch.channels_last) for item in (network, x))
    return network_step(network, x, torch.randint(CLASSES, (batch,)), optimizer)


def network_step(network, x, y, optimizer):
    update = make_optimizer(optimizer, network.parameters())

    @compiled
    def loss_of(x, y):
        return functional.cross_entropy(network(x), y)

    def one_step():
        update.zero_grad()
        loss = loss_of(x, y)
        loss.backward()
        update.step()
        return loss.item

    return step_work(one_step)


def convolutions(convolution):
    """One of the three products of a convolution, in the memory format of this worker."""
    sides = convolution
    options = sides["stride"], sides["padding"], sides["dilation"]
    x = torch.rand(sides["batch"], sides["inputs"], sides["size"], sides["size"]) - 0.5
    w = torch.rand(sides["outputs"], sides["inputs"] // sides["groups"], sides["kernel"], sides["kernel"]) - 0.5
    if IS_CHANNELS_LAST:
        x, w = (item.to(memory_format=torch.channels_last) for item in (x, w))
    with torch.no_grad():
        y = functional.conv2d(x, w, None, *options, sides["groups"])
        g = torch.rand_like(y)
    wanted = [sides["part"] == "input", sides["part"] == "weight", False]
    axes = [[value] * 2 for value in options]

    def once():
        if sides["part"] == "forward":
            return functional.conv2d(x, w, None, *options, sides["groups"])
        return torch.ops.aten.convolution_backward(g, x, w, None, *axes, False, [0, 0], sides["groups"], wanted)

    @torch.no_grad()
    def run(count):
        for _ in range(count):
            once()

    return Work(run)


def kernels(name, rows, columns):
    fresh()
    data = {key: torch.from_numpy(value) for key, value in kernel_data(name, rows, columns).items()}
    if name in RATES:
        if IS_COMPILED:
            raise Unsupported("the fused optimizers are eager ones")
        parameters = nn.Parameter(data["parameters"])
        parameters.grad = data["gradient"]
        once = make_optimizer(name, [parameters]).step
    elif name == "softmax-cross-entropy":
        logits, labels = data["logits"].requires_grad_(), data["labels"]
        loss_of = compiled(functional.cross_entropy)

        def once():
            return torch.autograd.grad(loss_of(logits, labels), logits)
    else:
        once = with_result(name, rows, columns, data)

    def run(count):
        for _ in range(count):
            once()

    return Work(run)


def with_result(name, rows, columns, data):
    """A function that leaves its result in memory that was there before."""
    shape = {"column-sum": (columns,), "row-sum": (rows,)}.get(name, (rows, columns))
    out = torch.empty(shape)
    if IS_COMPILED:
        plain = {
            "bias-relu": lambda: torch.relu(data["x"] + data["bias"]),
            "column-sum": lambda: data["x"].sum(0),
            "row-sum": lambda: data["x"].sum(1),
            "gather": lambda: data["table"][data["indices"]],
        }[name]
        return torch.no_grad()(compiled(lambda: out.copy_(plain())))
    return torch.no_grad()({
        "bias-relu": lambda: torch.add(data["x"], data["bias"], out=out).relu_(),
        "column-sum": lambda: torch.sum(data["x"], 0, out=out),
        "row-sum": lambda: torch.sum(data["x"], 1, out=out),
        "gather": lambda: torch.index_select(data["table"], 0, data["indices"], out=out),
    }[name])


if IS_COMPILED:
    subjects = {"step": step, "kernels": kernels}
else:
    subjects = {"matmul": matmul, "step": step, "kernels": kernels, "convolutions": convolutions}
serve(
    subjects, name="PyTorch" + " compiled" * IS_COMPILED + " channels_last" * IS_CHANNELS_LAST,
    version=torch.__version__,
    form="torch.compile, fused optimizers" if IS_COMPILED else "eager, fused optimizers")
