"""Trains a small GPT in nngpu and in PyTorch, from the same weights on the same text, and compares the results.

    python interchange_text.py NNGPU [DEVICE]    # the binary; a device number, `auto` or `reference`

20 steps of nngpu against 20 in float64 (AdamW with decay of matrices alone, warm-up and cosine, clipping), from a
safetensors file that PyTorch wrote. Passes when every tensor's distance is below a thousandth of the way it moved,

    |w_nngpu - w_torch| / |w_torch - w_initial| < 1e-3;

when PyTorch loads nngpu's file with strict=True and finds the loss of the held-out text that `nngpu evaluate` does, to
1e-5; and when both write the same 60 likeliest tokens. Exits 1 if anything misses.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

LAYERS, WIDTH, HEADS, CONTEXT, VOCABULARY = 3, 48, 4, 32, 256
STEPS, BATCH, RATE, DECAY, WARMUP, CLIP, HELD_OUT = 20, 8, 1e-3, 0.1, 5, 1.0, 0.1
BAR, LOSS_BAR, WRITTEN = 1e-3, 1e-5, 60


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.attn = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(WIDTH, 4 * WIDTH), "c_proj": nn.Linear(4 * WIDTH, WIDTH)})

    def forward(self, x):
        future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, attn_mask=future, need_weights=False)[0]
        hidden = F.gelu(self.mlp["c_fc"](self.ln_2(x)), approximate="tanh")
        return x + self.mlp["c_proj"](hidden)


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(VOCABULARY, WIDTH), "wpe": nn.Embedding(CONTEXT, WIDTH),
            "h": nn.ModuleList(Block() for _ in range(LAYERS)), "ln_f": nn.LayerNorm(WIDTH)})
        self.lm_head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight
        for parameter in self.parameters():
            # Larger than GPT-2's, so that attention has something to choose from at once.
            nn.init.normal_(parameter, std=0.1)

    def forward(self, tokens):
        parts = self.transformer
        x = parts["wte"](tokens) + parts["wpe"].weight[: tokens.shape[1]]
        for block in parts["h"]:
            x = block(x)
        return self.lm_head(parts["ln_f"](x))


def loss(model, inputs, targets):
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def rate(step):
    """The learning rate of a step, counted from 1."""
    if step <= WARMUP:
        return RATE * step / (WARMUP + 1)
    return RATE * (1 + math.cos(math.pi * (step - 1 - WARMUP) / (STEPS - WARMUP))) / 2


def train(model, inputs, targets):
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    rule = torch.optim.AdamW([
        {"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0}], RATE)
    for step in range(1, STEPS + 1):
        for group in rule.param_groups:
            group["lr"] = rate(step)
        rule.zero_grad()
        rows = slice((step - 1) * BATCH, step * BATCH)
        loss(model, inputs[rows], targets[rows]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        rule.step()


def written(model, prompt):
    tokens = list(prompt)
    with torch.no_grad():
        for _ in range(WRITTEN):
            tokens.append(model(torch.tensor([tokens[-CONTEXT:]]))[0, -1].argmax().item())
    return tokens[len(prompt):]


def call(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True)
    if result.returncode != 0:
        sys.exit(f"nngpu {command[1]} failed: {result.stderr.decode()[-2000:]}")
    return result.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="path of nngpu")
    parser.add_argument("device", nargs="?", default="auto", help="as nngpu's --device")
    arguments = parser.parse_args()
    torch.manual_seed(20)
    text = (pathlib.Path(__file__).parents[2] / "README.md").read_bytes().replace(b"\xc2", b" ")[:8000]
    tokens = torch.tensor(list(text))
    count = (len(text) - 1) // CONTEXT
    inputs = tokens[: count * CONTEXT].view(count, CONTEXT)
    targets = tokens[1 : count * CONTEXT + 1].view(count, CONTEXT)
    held = round(HELD_OUT * count)
    assert count - held >= STEPS * BATCH
    model = GPT()
    initial = {name: value.clone() for name, value in model.state_dict().items() if name != "lm_head.weight"}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "text.txt").write_bytes(text)
        save_file(initial, folder / "initial.safetensors")
        trained = folder / "trained.safetensors"
        summary = json.loads(call(
            arguments.binary, "train", "--data", f"text:{folder}/text.txt", "--model",
            f"gpt:layers={LAYERS},width={WIDTH},heads={HEADS},context={CONTEXT}", "--init",
            folder / "initial.safetensors", "--steps", STEPS, "--batch-size", BATCH, "--no-shuffle",
            "--optimizer", "adamw", "--learning-rate", RATE, "--weight-decay", DECAY, "--decay", "matrices",
            "--schedule", f"warmup:{WARMUP}+cosine", "--clip-norm", CLIP, "--validation", HELD_OUT,
            "--save", trained, "--device", arguments.device, "--quiet", "--json", "--no-tune"))
        ours = load_file(trained)
        prompt = text[100:110]
        mine = call(
            arguments.binary, "generate", "--model", trained, "--prompt", prompt.decode(), "--tokens", WRITTEN,
            "--temperature", 0, "--device", arguments.device)

    def moved(precision):
        reference = GPT().to(precision)
        reference.load_state_dict(initial | {"lm_head.weight": initial["transformer.wte.weight"]})
        train(reference, inputs, targets)
        return {name: value.double() for name, value in reference.state_dict().items()}

    exact, single = moved(torch.double), moved(torch.float)

    def error(found, name):
        start = initial[name].double()
        return ((found[name].double() - exact[name]).norm() / (exact[name] - start).norm()).item()

    loaded = GPT()
    loaded.load_state_dict(ours, strict=True)
    loaded = loaded.double().eval()
    with torch.no_grad():
        expected = loss(loaded, inputs[count - held :], targets[count - held :]).item()
    worst = max(initial, key=lambda name: error(ours, name))
    difference = abs(summary["loss"] - expected)
    # What is no text of its own is written as U+FFFD.
    same = mine.decode() == (prompt + bytes(written(loaded, prompt))).decode(errors="replace") + "\n"
    passed = error(ours, worst) < BAR and difference < LOSS_BAR and same
    print(
        f"{worst}: {error(ours, worst):.1e} of the way (float32: {max(error(single, name) for name in initial):.1e}), "
        f"loss {summary['loss']:.6f} and {expected:.6f}, text {'equal' if same else 'different'}"
        f"{'' if passed else '  MISS'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
