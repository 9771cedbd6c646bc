"""MLX on the CPU, compiled, as a worker (see worker.py)."""

from functools import partial

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim

from worker import MOMENTUM, RATES, SIZES, Work, as_multiplied, check_product, matrices, problem, serve, step_work

mx.set_default_device(mx.cpu)


def matmul(m, n, k, layout):
    a, b = matrices(m, n, k, layout)
    left, right = as_multiplied(mx.array(a), mx.array(b), layout)
    mx.eval(left, right)

    def run(count):
        for _ in range(count):
            mx.eval(left @ right)

    return Work(run, lambda: check_product(left @ right, a, b, layout))


def step(model, batch, optimizer):
    data, labels, weights = problem(model, batch)
    x, y = mx.array(data), mx.array(labels.astype("int32"))
    layers = []
    for inputs, outputs in zip(SIZES[model], SIZES[model][1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    for layer, (weight, bias) in zip(network.layers[::2], weights):
        layer.weight, layer.bias = mx.array(weight), mx.array(bias)
    if optimizer == "momentum":
        update = optim.SGD(RATES[optimizer], momentum=MOMENTUM)
    else:
        update = optim.Adam(RATES[optimizer], bias_correction=True)
    state = [network.state, update.state]
    mx.eval(x, y, state)
    gradient_of = nn.value_and_grad(network, lambda x, y: nn.losses.cross_entropy(network(x), y, reduction="mean"))

    @partial(mx.compile, inputs=state, outputs=state)
    def train(x, y):
        loss, gradients = gradient_of(x, y)
        update.update(network, gradients)
        return loss

    def one_step():
        loss = train(x, y)
        mx.eval(loss, state)
        return loss.item

    return step_work(one_step)


serve({"matmul": matmul, "step": step}, name="MLX", version=mx.__version__, form="CPU, mx.compile")
