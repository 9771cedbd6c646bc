"""A training step of the 784-512-512-10 network in tinygrad on OpenCL, as a worker (see worker.py).

The device comes from the environment: DEV=CL, unless it says otherwise.
"""

import importlib.metadata
import os

os.environ.setdefault("DEV", "CL")

from tinygrad import Context, Device, Tensor, TinyJit, nn
from worker import RATES, SIZES, arguments, problem, serve

options = arguments(__doc__)
data, labels, weights = problem(options.batch_size)
x, y = Tensor(data).realize(), Tensor(labels.astype("int32")).realize()
layers = [nn.Linear(inputs, outputs) for inputs, outputs in zip(SIZES, SIZES[1:])]
for layer, (weight, bias) in zip(layers, weights):
    layer.weight.assign(Tensor(weight)).realize()
    layer.bias.assign(Tensor(bias)).realize()
parameters = nn.state.get_parameters(layers)
rate = RATES[options.optimizer]
if options.optimizer == "momentum":
    optimizer = nn.optim.SGD(parameters, rate, momentum=0.9)
else:
    optimizer = nn.optim.Adam(parameters, rate)
assert len(optimizer.params) == 2 * len(layers)


@TinyJit
def train():
    optimizer.zero_grad()
    h = layers[1](layers[0](x).relu()).relu()
    loss = layers[2](h).sparse_categorical_crossentropy(y).backward()
    return loss.realize(*optimizer.schedule_step())


def step():
    return train().item


device = Device[Device.DEFAULT]
with Context(TRAINING=1):
    serve(
        step, device.synchronize, options.batch_size, options.window,
        version=importlib.metadata.version("tinygrad"),
        device=f"{Device.DEFAULT}: {getattr(device, 'device_name', 'unknown')}", form="TinyJit")
