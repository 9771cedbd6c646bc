"""JAX on the CPU, compiled, as a worker (see worker.py)."""

import jax
import jax.numpy as jnp

from worker import MOMENTUM, RATES, Work, check_product, matrices, problem, serve, step_work


def matmul(m, n, k, layout):
    a, b = matrices(m, n, k, layout)
    left, right = jax.device_put(a), jax.device_put(b)

    @jax.jit
    def product(left, right):
        return jnp.matmul(
            left.T if layout[0] == "T" else left, right.T if layout[1] == "T" else right,
            precision=jax.lax.Precision.HIGHEST)

    def run(count):
        for _ in range(count):
            c = product(left, right)
        c.block_until_ready()

    return Work(run, lambda: check_product(product(left, right), a, b, layout))


def loss_of(weights, x, y):
    for number, (weight, bias) in enumerate(weights):
        x = x @ weight.T + bias
        if number < len(weights) - 1:
            x = jax.nn.relu(x)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))


def momentum(weights, gradients, state, rate):
    buffers = jax.tree.map(lambda buffer, g: MOMENTUM * buffer + g, state["buffers"], gradients)
    return jax.tree.map(lambda w, buffer: w - rate * buffer, weights, buffers), {"buffers": buffers}


def adam(weights, gradients, state, rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    count = state["count"] + 1
    mean = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, state["mean"], gradients)
    square = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, state["square"], gradients)
    step = rate / (1 - beta1**count)
    root = jnp.sqrt(1 - beta2**count)
    weights = jax.tree.map(lambda w, m, v: w - step * m / (jnp.sqrt(v) / root + epsilon), weights, mean, square)
    return weights, {"count": count, "mean": mean, "square": square}


def step(model, batch, optimizer):
    data, labels, weights = problem(model, batch)
    x, y = jax.device_put(data), jax.device_put(labels.astype("int32"))
    weights = jax.tree.map(jnp.asarray, weights)
    # Each state has zeros of its own, as what is donated cannot be donated twice.
    zeros = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
    if optimizer == "momentum":
        rule, state = momentum, {"buffers": zeros[0]}
    else:
        rule, state = adam, {"count": jnp.zeros(()), "mean": zeros[0], "square": zeros[1]}

    def train(weights, state, x, y):
        loss, gradients = jax.value_and_grad(loss_of)(weights, x, y)
        return *rule(weights, gradients, state, RATES[optimizer]), loss

    train = jax.jit(train, donate_argnums=(0, 1))
    held = {"weights": weights, "state": state, "loss": None}

    def one_step():
        held["weights"], held["state"], held["loss"] = train(held["weights"], held["state"], x, y)
        return held["loss"].item

    return step_work(one_step, lambda: jax.block_until_ready(held))


serve({"matmul": matmul, "step": step}, name="JAX", version=jax.__version__, form="jit")
