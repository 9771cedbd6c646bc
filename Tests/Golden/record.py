"""Records what PyTorch computes, for the tests to compare with.

    python record.py [FOLDER]        # default: the folder of this script

Writes golden.json (the manifest: one entry per case, with kind, file and hyperparameters) and one
safetensors file per case. A second run with the same PyTorch on the same machine gives the same bytes.
Everything is computed in float64, except the cases whose name ends in `_f32`.

Tensors by kind:
  activation      x, y, dy (what arrives from above), dx
  reduction       x, y, dy, dx (over the last dimension, which y lacks)
  loss            x, target, loss, dx (mean over the batch; labels are int64)
  optimizer       x, labels, losses [steps] (each before its update), initial.NAME, final.NAME,
                  state.NAME.KEY as PyTorch calls it (exp_avg, exp_avg_sq, momentum_buffer, square_avg, step);
                  with clipping also norms [steps], before clipping.
                  NAME is torch.nn.Sequential's: 0.weight, 0.bias, 2.weight, ...
  training        x, target, initial.NAME, final.NAME and losses [steps] as above; the manifest has the loss's options
                  under PyTorch's names
  metric          x (the outputs), target, value; matrix for a confusion
  schedule        rates [steps]: the learning rate in use at step 0, 1, ...
  initialization  no file: the bound of the uniform distribution, in the manifest
  format          dtypes.safetensors, one tensor of every element type
"""

import copy
import json
import math
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

STEPS = 10
SIZES = [5, 7, 6, 3]
BATCH = 16

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
cases = []


def record(name, kind, tensors=None, **details):
    """Adds a case to the manifest and writes its tensors, if it has any."""
    case = {"name": name, "kind": kind, **details}
    if tensors is not None:
        case["file"] = f"{name}.safetensors"
        tensors = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
        save_file(tensors, folder / case["file"], metadata={"case": name})
    cases.append(case)


def generator(seed):
    return torch.Generator().manual_seed(seed)


# Elementwise and row-wise functions


def record_function(name, kind, function, **details):
    g = generator(1)
    x = torch.randn(7, 13, generator=g, dtype=torch.float64) * 3
    x[0, 0], x[1, 3], x[6, 12] = 30, -30, 0
    x[2, 5], x[2, 6], x[3, 0] = 30, -30, 0
    x.requires_grad_()
    y = function(x)
    dy = torch.randn(y.shape, generator=g, dtype=torch.float64)
    y.backward(dy)
    record(name, kind, {"x": x, "y": y, "dy": dy, "dx": x.grad}, **details)


def record_functions():
    record_function("sigmoid", "activation", torch.sigmoid)
    record_function("tanh", "activation", torch.tanh)
    record_function("relu", "activation", F.relu)
    for slope in (0.1, 0.01):
        record_function(
            f"leaky_relu_{slope}", "activation", lambda x: F.leaky_relu(x, slope), slope=slope)
    record_function("gelu", "activation", F.gelu, approximate="none")
    # PyTorch turns linear above 20 by default; the threshold keeps log(1 + exp(x)) everywhere here.
    record_function("softplus", "activation", lambda x: F.softplus(x, threshold=50))
    record_function("softmax", "activation", lambda x: F.softmax(x, -1), axis=-1)
    record_function("log_softmax", "activation", lambda x: F.log_softmax(x, -1), axis=-1)
    record_function("logsumexp", "reduction", lambda x: torch.logsumexp(x, -1), axis=-1)
    record_function("sin", "activation", torch.sin)
    record_function("cos", "activation", torch.cos)
    record_function("pow_2", "activation", lambda x: torch.pow(x, 2))
    record_function("pow_3", "activation", lambda x: torch.pow(x, 3))
    record_function("clamp", "activation", lambda x: torch.clamp(x, -1, 2))
    record_function("layer_norm", "activation", lambda x: F.layer_norm(x, x.shape[-1:]))
    record_function("amin", "reduction", lambda x: torch.amin(x, -1), axis=-1)
    record_function("var", "reduction", lambda x: torch.var(x, -1), axis=-1)
    record_function("std", "reduction", lambda x: torch.std(x, -1), axis=-1)


# Losses


def record_loss(name, loss, function, x, target):
    x = x.clone().requires_grad_()
    value = function(x, target)
    value.backward()
    record(name, "loss", {"x": x, "target": target, "loss": value, "dx": x.grad}, loss=loss)


def record_losses():
    g = generator(2)
    logits = torch.randn(9, 11, generator=g, dtype=torch.float64) * 2
    labels = torch.randint(11, (9,), generator=g)
    extreme = logits.clone()
    extreme[0], extreme[0, labels[0]] = -1e4, 1e4  # certain and right
    extreme[1, (labels[1] + 1) % 11] = 1e4  # certain and wrong
    extreme[2], extreme[3] = 1e4, -1e4  # undecided, far from zero
    name = "softmax-cross-entropy"
    record_loss("cross_entropy", name, F.cross_entropy, logits, labels)
    record_loss("cross_entropy_extreme", name, F.cross_entropy, extreme, labels)

    logits = torch.randn(9, 1, generator=g, dtype=torch.float64) * 2
    labels = torch.randint(2, (9, 1), generator=g).double()
    extreme = logits.clone()
    extreme[:4, 0] = torch.tensor([1e4, -1e4, 1e4, -1e4], dtype=torch.float64)
    opposed = labels.clone()
    opposed[:4, 0] = torch.tensor([1, 0, 0, 1], dtype=torch.float64)
    name, function = "binary-cross-entropy", F.binary_cross_entropy_with_logits
    record_loss("bce_with_logits", name, function, logits, labels)
    record_loss("bce_with_logits_extreme", name, function, extreme, opposed)

    x = torch.randn(9, 4, generator=g, dtype=torch.float64)
    target = torch.randn(9, 4, generator=g, dtype=torch.float64)
    record_loss("mse", "mse", F.mse_loss, x, target)


# Optimizers


def problem(dtype):
    """A network, a batch and its labels: float32 values in either type, so both start alike."""
    g = generator(3)
    model = nn.Sequential(
        nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 3))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=g) * 1.2 - 0.6)
    x = torch.randn(BATCH, 5, generator=g)
    labels = (x @ torch.randn(5, 3, generator=g)).argmax(1)
    return model.to(dtype), x.to(dtype), labels


def record_optimizer(name, kind, make, clip=None, **hyperparameters):
    for dtype, suffix in ((torch.float64, ""), (torch.float32, "_f32")):
        model, x, labels = problem(dtype)
        optimizer = make(model.parameters(), foreach=False, **hyperparameters)
        tensors = {"x": x, "labels": labels}
        tensors |= {f"initial.{k}": v.clone() for k, v in model.state_dict().items()}
        losses, norms = [], []
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), labels)
            loss.backward()
            if clip is not None:
                norms.append(nn.utils.clip_grad_norm_(model.parameters(), clip, foreach=False))
            optimizer.step()
            losses.append(loss.detach())
        assert losses[-1] < 0.95 * losses[0], f"{name}: the loss hardly moves"
        tensors["losses"] = torch.stack(losses)
        if norms:
            tensors["norms"] = torch.stack(norms)
        for key, parameter in model.named_parameters():
            tensors[f"final.{key}"] = parameter
            for entry, value in optimizer.state[parameter].items():
                if value is not None:
                    tensors[f"state.{key}.{entry}"] = value
        recorded = {key: optimizer.defaults[key] for key in RECORDED[kind]}
        record(
            name + suffix, "optimizer", tensors, optimizer=kind, dtype=str(dtype).split(".")[1],
            steps=STEPS, batch=BATCH, sizes=SIZES, activations=["tanh", "relu"],
            loss="softmax-cross-entropy", **({} if clip is None else {"clip_norm": clip}),
            hyperparameters=recorded)


RECORDED = {
    "sgd": ["lr", "momentum", "dampening", "nesterov", "weight_decay"],
    "adam": ["lr", "betas", "eps", "weight_decay"],
    "adamw": ["lr", "betas", "eps", "weight_decay"],
    "rmsprop": ["lr", "alpha", "eps", "momentum", "centered", "weight_decay"],
}


def record_optimizers():
    sgd, adam, adamw, rmsprop = (
        torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop)
    record_optimizer("sgd", "sgd", sgd, lr=0.3)
    record_optimizer("sgd_decay", "sgd", sgd, lr=0.3, weight_decay=0.01)
    record_optimizer("momentum", "sgd", sgd, lr=0.1, momentum=0.9)
    record_optimizer("momentum_decay", "sgd", sgd, lr=0.1, momentum=0.9, weight_decay=0.01)
    record_optimizer("nesterov", "sgd", sgd, lr=0.1, momentum=0.9, nesterov=True)
    record_optimizer("momentum_half", "sgd", sgd, lr=0.1, momentum=0.5)
    record_optimizer(
        "nesterov_decay", "sgd", sgd, lr=0.1, momentum=0.7, nesterov=True, weight_decay=0.01)
    record_optimizer("adam", "adam", adam, lr=0.03)
    record_optimizer("adam_decay", "adam", adam, lr=0.03, weight_decay=0.01)
    record_optimizer("adam_betas", "adam", adam, lr=0.03, betas=(0.8, 0.95), eps=1e-6)
    record_optimizer("adamw", "adamw", adamw, lr=0.03)
    record_optimizer("adamw_decay", "adamw", adamw, lr=0.03, weight_decay=0.1)
    record_optimizer("adamw_betas", "adamw", adamw, lr=0.03, betas=(0.7, 0.9), eps=1e-3)
    record_optimizer("rmsprop", "rmsprop", rmsprop, lr=0.01)
    record_optimizer("rmsprop_alpha", "rmsprop", rmsprop, lr=0.01, alpha=0.8, eps=1e-4)
    record_optimizer(
        "rmsprop_momentum", "rmsprop", rmsprop, lr=0.003, momentum=0.9, weight_decay=0.01)
    record_optimizer("sgd_clip", "sgd", sgd, clip=0.1, lr=2.0)


# Trainings with every option of every loss

TRAINING_STEPS = 50
SAMPLES = 24
STEPS_OF_SEQUENCE = 3
trained = {}


def train_fully(model, optimizer, function, x, y):
    """Takes the steps on a full batch in the model's precision; returns the losses and the rule."""
    make, settings = {
        "sgd": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}),
        "adam": (torch.optim.Adam, {"lr": 0.01}),
    }[optimizer]
    rule = make(model.parameters(), foreach=False, **settings)
    dtype = next(model.parameters()).dtype
    x, y = x.to(dtype), y.to(dtype) if y.is_floating_point() else y
    losses = []
    for _ in range(TRAINING_STEPS):
        rule.zero_grad()
        value = function(model(x), y)
        value.backward()
        rule.step()
        losses.append(value.detach())
    return torch.stack(losses), rule


def weights(model):
    return {name: value.double() for name, value in model.state_dict().items()}


def record_training(
        name, loss, function, target, outputs, optimizer="sgd", seed=5, **options):
    """Trains on a full batch; `target` makes from scores [.., outputs] what can be learned.

    The layers are those of `problem`, on samples [5], or on sequences [3, 5] if the name says so.
    """
    g = generator(seed)
    model = nn.Sequential(
        nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, outputs))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=g) * 1.2 - 0.6)
    leading = (STEPS_OF_SEQUENCE,) if "sequence" in name else ()
    x = torch.randn(SAMPLES, *leading, 5, generator=g)
    scores = x @ torch.randn(5, outputs, generator=g)
    scores = scores + 0.3 * torch.randn(scores.shape, generator=g)
    y = target(scores)
    tensors = {"x": x, "target": y}
    tensors |= {f"initial.{k}": v.clone() for k, v in model.state_dict().items()}
    start, single = weights(model), copy.deepcopy(model)
    model = model.double()
    losses, rule = train_fully(model, optimizer, function, x, y)
    assert losses[-1] < 0.95 * losses[0], f"{name}: the loss hardly moves"
    final = weights(model)
    tensors["losses"] = losses
    tensors |= {f"final.{key}": value for key, value in final.items()}
    # Where an error passes so close by 0 that PyTorch's own float32 has it on the other side, nobody can follow.
    train_fully(single, optimizer, function, x, y)
    for key, value in weights(single).items():
        deviation = (value - final[key]).norm() / (final[key] - start[key]).norm()
        assert deviation < 1e-4, f"{name} {key}: float32 is {deviation} from float64"
    # An option that changes nothing would test nothing.
    start, final = (torch.cat([v.flatten() for v in w.values()]) for w in (start, final))
    for other, (was, end) in trained.items():
        if was.shape == start.shape:
            distance = (final - end).norm() / (final - start).norm()
            assert distance > 0.02, f"{name} ends where {other} does: {distance}"
    trained[name] = (start, final)
    record(
        name, "training", tensors, loss=loss, options=options, outputs=outputs,
        steps=TRAINING_STEPS, optimizer=optimizer,
        hyperparameters={key: rule.defaults[key] for key in RECORDED[optimizer]})


def record_trainings():
    for case in cross_entropy_cases() + binary_cases() + regression_cases():
        record_training(*case[:-1], **case[-1])


def cross_entropy_cases():
    name, classes = "softmax-cross-entropy", 4
    weights = [0.5, 2.0, 0.25, 3.0]

    def function(soft_targets=False, weight=None, **rest):
        weight = weight and torch.tensor(weight, dtype=torch.float64)

        def loss(z, y):
            # PyTorch wants the classes behind the batch.
            return F.cross_entropy(
                z.movedim(-1, 1), y.movedim(-1, 1) if soft_targets else y,
                weight=None if weight is None else weight.to(z.dtype), **rest)
        return loss

    def labels(ignored=None):
        def make(scores):
            y = scores.argmax(-1)
            if ignored is not None:
                y.flatten()[::3] = ignored
            return y
        return make

    def soft(scores):
        return torch.softmax(scores, -1)

    def case(suffix, optimizer="sgd", **options):
        target = (
            soft if options.get("soft_targets")
            else labels(options.get("ignore_index")))
        return (f"train_ce{suffix}", name, function(**options), target, classes,
                {"optimizer": optimizer, **options})

    smooth, ignore, weigh = (
        {"label_smoothing": 0.2}, {"ignore_index": -100}, {"weight": weights})
    soften = {"soft_targets": True}
    return [
        case(""), case("_adam", "adam"), case("_sequence"),
        case("_weight", **weigh), case("_weight_zero", weight=[0.0, 1.0, 2.0, 1.0]),
        case("_smoothing", **smooth),
        case("_ignore", **ignore), case("_ignore_class", ignore_index=2),
        case("_weight_smoothing", **weigh, **smooth), case("_weight_ignore", **weigh, **ignore),
        case("_smoothing_ignore", **smooth, **ignore),
        case("_weight_smoothing_ignore", **weigh, **smooth, **ignore),
        case("_weight_smoothing_ignore_class", **weigh, **smooth, ignore_index=1),
        case("_weight_smoothing_ignore_adam", "adam", **weigh, **smooth, **ignore),
        case("_sequence_weight_smoothing_ignore", **weigh, **smooth, **ignore),
        case("_soft", **soften), case("_soft_weight", **soften, **weigh),
        case("_soft_smoothing", **soften, **smooth),
        case("_soft_weight_smoothing", **soften, **weigh, **smooth),
        case("_sequence_soft_weight_smoothing", **soften, **weigh, **smooth),
    ]


def binary_cases():
    name = "binary-cross-entropy"

    def function(pos_weight=None):
        weight = pos_weight and torch.tensor(pos_weight, dtype=torch.float64)
        return lambda z, y: F.binary_cross_entropy_with_logits(
            z, y, pos_weight=None if weight is None else weight.to(z.dtype))

    def sure(scores):
        return (scores > 0).float()

    def unsure(scores):
        return torch.sigmoid(scores)

    def case(suffix, outputs, target=sure, optimizer="sgd", **options):
        return (f"train_bce{suffix}", name, function(**options), target, outputs,
                {"optimizer": optimizer, **options})

    each = {"pos_weight": [0.5, 4.0, 1.5]}
    return [
        case("", 1), case("_weight", 1, pos_weight=[3.0]), case("_soft", 1, unsure),
        case("_multi", 3), case("_multi_weight", 3, pos_weight=[3.0]),
        case("_multi_weights", 3, **each), case("_multi_soft_weights", 3, unsure, **each),
        case("_multi_weights_adam", 3, optimizer="adam", **each),
        case("_sequence_multi_weights", 3, **each),
    ]


def regression_cases():
    def numbers(scores):
        return scores

    functions = {
        "mse": F.mse_loss, "mae": F.l1_loss,
        "huber": lambda z, y, delta=1.0: F.huber_loss(z, y, delta=delta),
    }

    def case(kind, suffix="", outputs=3, optimizer="sgd", seed=5, **options):
        function = functions[kind]
        return (f"train_{kind}{suffix}", kind, lambda z, y: function(z, y, **options), numbers,
                outputs, {"optimizer": optimizer, "seed": seed, **options})

    cases = []
    for kind in functions:
        cases += [
            case(kind), case(kind, "_single", 1), case(kind, "_sequence"),
            # The usual numbers are such that one error of the mae passes too close by 0.
            case(kind, "_adam", optimizer="adam", seed=6 if kind == "mae" else 5)]
    return cases + [case("huber", f"_{delta}", delta=delta) for delta in (0.25, 2.5)] + [
        case("huber", "_0.25_adam", optimizer="adam", delta=0.25)]


# Metrics


def record_metric(name, metric, x, target, value, matrix=None, **options):
    tensors = {"x": x, "target": target, "value": torch.as_tensor(value, dtype=torch.float64)}
    if matrix is not None:
        tensors["matrix"] = torch.as_tensor(matrix, dtype=torch.float64)
    record(name, "metric", tensors, metric=metric, options=options)


def record_metrics():
    g = generator(6)
    rows, classes = 40, 6
    # Quarters, so that there are many ties, and every number has the same value in every precision.
    x = torch.randint(-6, 7, (rows, classes), generator=g) / 4
    y = torch.randint(classes, (rows,), generator=g)
    ignoring = y.clone()
    ignoring[::5] = -100
    soft = torch.softmax(torch.randn(rows, classes, generator=g), -1)
    sequence, of_sequence = x.reshape(10, 4, classes), y.reshape(10, 4)
    assert (x == x.max(1, keepdim=True).values).sum(1).max() > 1, "no ties"

    def accuracy(x, y, ignored=None):
        counts = torch.ones_like(y, dtype=torch.bool) if ignored is None else y != ignored
        return (x.argmax(-1) == y)[counts].double().mean()

    record_metric("metric_accuracy", "accuracy", x, y, accuracy(x, y))
    record_metric(
        "metric_accuracy_sequence", "accuracy", sequence, of_sequence,
        accuracy(sequence, of_sequence))
    record_metric(
        "metric_accuracy_ignore", "accuracy", x, ignoring, accuracy(x, ignoring, -100),
        ignore_index=-100)
    record_metric(
        "metric_accuracy_ignore_class", "accuracy", x, y, accuracy(x, y, 3), ignore_index=3)
    record_metric(
        "metric_accuracy_soft", "accuracy", x, soft, accuracy(x, soft.argmax(1)),
        soft_targets=True)
    decisions = torch.randint(2, (rows, classes), generator=g).float()
    record_metric(
        "metric_accuracy_decisions", "accuracy", x, decisions,
        ((x > 0) == (decisions == 1)).double().mean(), decisions=True)

    def top(x, y, k, ignored=None):
        # `topk` may take any of equal logits, a stable sort takes the first; they differ in nothing else.
        values, places = x.sort(dim=-1, descending=True, stable=True)
        assert torch.equal(values[..., :k], x.topk(k, -1).values)
        counts = torch.ones_like(y, dtype=torch.bool) if ignored is None else y != ignored
        return (places[..., :k] == y[..., None]).any(-1)[counts].double().mean()

    def top_without_ties(x, y, k):
        return (x.topk(k, -1).indices == y[..., None]).any(-1).double().mean()

    distinct = torch.randn(rows, classes, generator=g)
    for k in (1, 2, 3, classes):
        record_metric(f"metric_top_{k}_ties", "top-k", x, y, top(x, y, k), k=k)
        assert top(distinct, y, k) == top_without_ties(distinct, y, k)
        record_metric(
            f"metric_top_{k}", "top-k", distinct, y, top_without_ties(distinct, y, k), k=k)
    record_metric(
        "metric_top_2_sequence", "top-k", sequence, of_sequence, top(sequence, of_sequence, 2),
        k=2)
    record_metric(
        "metric_top_2_ignore", "top-k", x, ignoring, top(x, ignoring, 2, -100), k=2,
        ignore_index=-100)
    record_metric(
        "metric_top_2_ignore_class", "top-k", x, y, top(x, y, 2, 3), k=2, ignore_index=3)
    record_metric(
        "metric_top_2_soft", "top-k", x, soft, top(x, soft.argmax(1), 2), k=2,
        soft_targets=True)

    def confusion(x, y, ignored=None):
        matrix = np.zeros((classes, classes))
        counts = np.ones(y.shape, bool) if ignored is None else y.numpy() != ignored
        np.add.at(matrix, (y.numpy()[counts], x.argmax(-1).numpy()[counts]), 1)
        occurring = matrix.sum(1) > 0
        return matrix, (matrix.diagonal()[occurring] / matrix.sum(1)[occurring]).mean()

    def record_confusion(suffix, x, y, of=None, **options):
        matrix, value = confusion(x, y if of is None else of, options.get("ignore_index"))
        record_metric(
            f"metric_confusion{suffix}", "confusion", x, y, value, matrix=matrix, **options)

    record_confusion("", x, y)
    record_confusion("_sequence", sequence, of_sequence)
    record_confusion("_missing", x, torch.where(y == 4, 1, y))
    record_confusion("_ignore", x, ignoring, ignore_index=-100)
    record_confusion("_ignore_class", x, y, ignore_index=3)
    record_confusion("_soft", x, soft, soft.argmax(1), soft_targets=True)

    def determination(x, y):
        x, y = x.double().flatten(), y.double().flatten()
        return 1 - ((y - x) ** 2).sum() / ((y - y.mean()) ** 2).sum()

    numbers = x + 0.7 * torch.randn(x.shape, generator=g)
    record_metric("metric_determination", "determination", x, numbers, determination(x, numbers))
    record_metric(
        "metric_determination_single", "determination", x[:, :1], numbers[:, :1],
        determination(x[:, :1], numbers[:, :1]))
    # The numbers' own rounding is the same on both sides, as they are recorded in single precision.
    far = numbers + 300
    record_metric(
        "metric_determination_center", "determination", x + 300, far,
        determination(x + 300, far), center=300.0)

    def perplexity(x, y, **options):
        return F.cross_entropy(x.double().movedim(-1, 1), y, **options).exp()

    record_metric("metric_perplexity", "perplexity", x, y, perplexity(x, y))
    record_metric(
        "metric_perplexity_sequence", "perplexity", sequence, of_sequence,
        perplexity(sequence, of_sequence))
    record_metric(
        "metric_perplexity_ignore", "perplexity", x, ignoring, perplexity(x, ignoring),
        ignore_index=-100)


# Learning-rate schedules


def record_schedule(name, make, rate_at, steps=30, base=0.1, **parameters):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=base)
    schedule = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    for t, rate in enumerate(rates):
        assert math.isclose(rate, rate_at(t) * base, rel_tol=1e-9, abs_tol=1e-15), (name, t)
    record(
        name, "schedule", {"rates": torch.tensor(rates, dtype=torch.float64)},
        base_rate=base, steps=steps, **parameters)


def record_schedules():
    s = torch.optim.lr_scheduler
    record_schedule(
        "schedule_step", lambda o: s.StepLR(o, step_size=7, gamma=0.3),
        lambda t: 0.3 ** (t // 7),
        schedule="step", step_size=7, gamma=0.3, formula="base * gamma^floor(t / step_size)")
    record_schedule(
        "schedule_cosine", lambda o: s.CosineAnnealingLR(o, T_max=30, eta_min=0),
        lambda t: (1 + math.cos(math.pi * t / 30)) / 2,
        schedule="cosine", period=30, minimum=0, formula="base * (1 + cos(pi t / period)) / 2")
    record_schedule(
        "schedule_warmup_cosine",
        lambda o: s.SequentialLR(
            o, [s.LinearLR(o, start_factor=1 / 6, total_iters=5),
                s.CosineAnnealingLR(o, T_max=25, eta_min=0)], milestones=[5]),
        lambda t: (t + 1) / 6 if t < 5 else (1 + math.cos(math.pi * (t - 5) / 25)) / 2,
        schedule="warmup-cosine", warmup=5, start_factor=1 / 6, period=25, minimum=0,
        formula="t < warmup: base * (start + (1 - start) t / warmup); "
        "else base * (1 + cos(pi (t - warmup) / period)) / 2")


# Initialization and the file format


def record_initialization():
    torch.manual_seed(4)
    layer, bound = nn.Linear(784, 512), 1 / math.sqrt(784)
    for parameter in layer.parameters():
        assert 0.98 * bound < parameter.abs().max().item() <= bound * (1 + 1e-6)
    record(
        "linear_initialization", "initialization", inputs=784, outputs=512,
        distribution="uniform", weight_bound=bound, bias_bound=bound, formula="1 / sqrt(inputs)")


def record_format():
    values = torch.tensor([0.0, -0.0, 1.5, -2.25, math.inf, -math.inf])
    bits = torch.tensor([0x7FC00000, 0x7FC01234, -0x003FFFFF, 1], dtype=torch.int32)
    integers = torch.tensor([[0, 1, -1], [100, -128, 127]])
    record("dtypes", "format", {
        "f64": torch.tensor([math.pi, -0.0, 1e300, 5e-324, math.inf, math.nan], dtype=torch.float64),
        "f32": values.reshape(2, 3),
        "f32.bits": bits.view(torch.float32),  # NaNs with a payload, and the smallest number
        "f16": torch.cat([values, torch.tensor([65504, 6e-8, math.nan])]).half(),
        "bf16": torch.cat([values, torch.tensor([3.3895e38, 1e-40, math.nan])]).bfloat16(),
        "i64": torch.tensor([2**31 - 1, -(2**31), 0, 7]),
        "i64.wide": torch.tensor([2**62, -(2**63)]),
        "i32": torch.tensor([2**31 - 1, -(2**31), 3], dtype=torch.int32),
        "i16": torch.tensor([32767, -32768, 5], dtype=torch.int16),
        "i8": integers.to(torch.int8),
        "u8": torch.tensor([0, 1, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(42.5),
        "empty": torch.zeros(0, 3),
        'naïve "name" / 0.weight\\': torch.tensor([1.0, 2.0]),
    })


torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
record_functions()
record_losses()
record_optimizers()
record_trainings()
record_metrics()
record_schedules()
record_initialization()
record_format()
manifest = {"torch": torch.__version__, "cases": cases}
(folder / "golden.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
size = sum(f.stat().st_size for f in folder.iterdir() if f.suffix in (".safetensors", ".json"))
print(f"{len(cases)} cases, {size} bytes, PyTorch {torch.__version__}")
