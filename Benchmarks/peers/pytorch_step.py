"""A training step of the 784-512-512-10 network in PyTorch, eager, as a worker (see worker.py)."""

import torch
from torch import nn

from worker import RATES, SIZES, arguments, problem, serve

options = arguments(__doc__)
torch.set_num_threads(2)
data, labels, weights = problem(options.batch_size)
x, y = torch.from_numpy(data), torch.from_numpy(labels)
layers = []
for inputs, outputs in zip(SIZES, SIZES[1:]):
    layers += [nn.Linear(inputs, outputs), nn.ReLU()]
model = nn.Sequential(*layers[:-1])
with torch.no_grad():
    for layer, (weight, bias) in zip(model[::2], weights):
        layer.weight.copy_(torch.from_numpy(weight))
        layer.bias.copy_(torch.from_numpy(bias))


def make_optimizer(**form):
    rate = RATES[options.optimizer]
    if options.optimizer == "momentum":
        return torch.optim.SGD(model.parameters(), rate, momentum=0.9, **form)
    return torch.optim.Adam(model.parameters(), rate, **form)


try:
    optimizer, form = make_optimizer(fused=True), "fused"
except (RuntimeError, TypeError):  # not every version has it on every device
    optimizer, form = make_optimizer(), "default"


def step():
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item


serve(
    step, lambda: None, options.batch_size, options.window, version=torch.__version__,
    device="CPU, 2 threads", form=f"eager, {form} optimizer")
