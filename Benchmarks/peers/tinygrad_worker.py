"""tinygrad as a worker (see worker.py), on the device that the variable DEV names."""

import importlib.metadata

from tinygrad import Context, Device, Tensor, TinyJit, nn

from worker import MOMENTUM, RATES, SIZES, problem, serve, step_work

device = Device[Device.DEFAULT]


def step(model, batch, optimizer):
    data, labels, weights = problem(model, batch)
    sizes = SIZES[model]
    x, y = Tensor(data).realize(), Tensor(labels.astype("int32")).realize()
    layers = [nn.Linear(inputs, outputs) for inputs, outputs in zip(sizes, sizes[1:])]
    for layer, (weight, bias) in zip(layers, weights):
        layer.weight.assign(Tensor(weight)).realize()
        layer.bias.assign(Tensor(bias)).realize()
    parameters = nn.state.get_parameters(layers)
    if optimizer == "momentum":
        update = nn.optim.SGD(parameters, RATES[optimizer], momentum=MOMENTUM)
    else:
        update = nn.optim.Adam(parameters, RATES[optimizer])
    assert len(update.params) == 2 * len(layers)

    @TinyJit
    def train():
        update.zero_grad()
        h = x
        for layer in layers[:-1]:
            h = layer(h).relu()
        loss = layers[-1](h).sparse_categorical_crossentropy(y).backward()
        return loss.realize(*update.schedule_step())

    return step_work(lambda: train().item, device.synchronize)


with Context(TRAINING=1):
    serve(
        {"step": step}, name="tinygrad", version=importlib.metadata.version("tinygrad"),
        form=f"TinyJit, {Device.DEFAULT}: {getattr(device, 'device_name', 'no name')}")
