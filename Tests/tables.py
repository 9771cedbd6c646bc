"""Shows that nngpu reads tables of text as those meant them who wrote them.

    python tables.py NNGPU

pandas, Python's csv module and NumPy write tables with many of their options. A linear model of random weights is
evaluated on each, and its loss is compared with NumPy's from the numbers that were written: other features, another order
of them, another target or another number of rows would give another one. Others have to be refused, with words that are
looked for. Exits 1 if anything misses.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

# The file onnx.py beside this one must not stand for a package.
sys.path = [folder for folder in sys.path if pathlib.Path(folder or ".").resolve() != pathlib.Path(__file__).parent]

import numpy as np
import pandas as pd
import safetensors.numpy

FEATURES = ["a", "b", "c"]


class Tables:
    """The binary and a folder in which tables are written and read."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.count, self.misses = 0, []
        generator = np.random.default_rng(7)
        self.frame = pd.DataFrame({
            "a": generator.standard_normal(60), "b": generator.uniform(-1e3, 1e3, 60).round(2),
            "c": generator.integers(-50, 50, 60), "y": generator.standard_normal(60).round(4)})

    def run(self, line):
        return subprocess.run(
            [self.binary, *line.split(), "--device", "reference"], capture_output=True, cwd=self.folder, text=True)

    def model(self, outputs, loss, names=None, classes=None):
        """Weights of a linear model, which lie in m.safetensors."""
        weight = np.random.default_rng(1).standard_normal((outputs, 3)).astype(np.float32)
        layer = {"type": "linear", "inputs": 3, "outputs": outputs, "bias": False, "initializer": "standard"}
        description = {"inputShape": [3], "loss": loss, "model": {"type": "sequential", "layers": [layer]}}
        metadata = {"nngpu": json.dumps(description | ({"columns": names} if names else {}))}
        if classes:
            metadata["nngpu.classes"] = json.dumps(classes)
        safetensors.numpy.save_file({"0.weight": weight}, self.folder / "m.safetensors", metadata=metadata)
        return weight.astype(np.float64)

    def miss(self, name, why):
        self.misses.append(name)
        print(f"MISS {name}: {why.strip()}", flush=True)

    def expect(self, name, loss, count, flags=""):
        """Evaluates the model on t.csv."""
        self.count += 1
        result = self.run(f"evaluate --model m.safetensors --data t.csv --json {flags}")
        if result.returncode != 0:
            return self.miss(name, result.stderr)
        found = json.loads(result.stdout)
        if found["samples"] != count or not np.isclose(found["loss"], loss, rtol=2e-5):
            self.miss(name, f"{found['samples']} samples and loss {found['loss']}, not {count} and {loss}")

    def numbers(self, name, frame=None, flags="", names=None, truth=None, **options):
        """Writes a frame by pandas; what it holds is the truth unless another frame is."""
        frame = self.frame if frame is None else frame
        frame.to_csv(self.folder / "t.csv", **options)
        self.written(name, frame if truth is None else truth, flags, names)

    def written(self, name, truth, flags="", names=None):
        weight = self.model(1, "mse", names)
        x = truth[FEATURES].astype(float).to_numpy(np.float32).astype(np.float64)
        y = truth["y"].to_numpy(np.float32).astype(np.float64)
        self.expect(name, np.mean((x @ weight[0] - y) ** 2), len(truth), flags)

    def refused(self, name, words, frame=None, flags="", names=None, **options):
        self.count += 1
        (self.frame if frame is None else frame).to_csv(self.folder / "t.csv", **options)
        self.model(1, "mse", names)
        result = self.run(f"evaluate --model m.safetensors --data t.csv {flags}")
        if result.returncode != 66 or words not in result.stderr:
            self.miss(name, f"exit {result.returncode}: {result.stderr}")


def pandas_writes(tables):
    frame = tables.frame
    tables.numbers("index")
    tables.numbers("index in another order", frame.sample(frac=1, random_state=1))
    tables.numbers("index that repeats", pd.concat([frame[:30], frame[10:40]]))
    tables.numbers("two indices", frame.set_index(pd.MultiIndex.from_product([range(6), range(10)])))
    tables.numbers("byte order mark", index=False, encoding="utf-8-sig")
    tables.numbers("carriage returns", index=False, lineterminator="\r")
    for place, quoting in enumerate([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE]):
        tables.numbers(f"quoting {place}", index=False, quoting=quoting)
    for separator in ";\t|":
        tables.numbers(f"separator {separator!r}", index=False, sep=separator)
    tables.numbers("padded in quotes", frame.map(lambda value: f"{value!s:>25}"), index=False,
                   quoting=csv.QUOTE_ALL, truth=frame)
    for form in ("%.10e", "%.17g", "%+.4f", "%12.5f"):
        rounded = frame.map(lambda value: float(form % value) if isinstance(value, float) else value)
        tables.numbers(form, index=False, float_format=form, truth=rounded)
    holes = frame.assign(c=frame["c"].astype("Int64"))
    holes.loc[3, "c"] = pd.NA
    for missing in ("", "NA", "<NA>", "NULL"):
        tables.numbers(
            f"missing as {missing!r}", holes, "--missing drop", index=False, na_rep=missing, truth=holes.dropna())
    tables.numbers("truth", frame.assign(c=frame["c"] > 0), index=False)
    unnamed = frame.set_axis(range(4), axis=1)
    tables.numbers("numbers as names", unnamed, truth=frame)
    tables.numbers("numbers as names, no index", unnamed, index=False, truth=frame)
    for names in ([0, 1, 2, 0], [2019, 2020, 2021, 2022], [1, 2, 3, 4]):
        other = frame.astype({"c": float}).set_axis(names, axis=1)
        tables.refused(f"names {names}", "may be names or a sample", other, index=False)
        tables.numbers(f"names {names}, told", other, "--header yes", index=False, truth=frame)
    tables.refused("decimal commas", "is not a number", index=False, sep=";", decimal=",")
    tables.refused("UTF-16", "UTF-16", index=False, encoding="utf-16")


def columns_move(tables):
    frame = tables.frame
    for names in (["c", "a", "b", "y"], ["y", "c", "b", "a"]):
        tables.numbers(f"columns {names}", frame[names], "--target y", FEATURES, index=False)
    more = frame.assign(id=[f"row {row}" for row in range(len(frame))])
    tables.numbers("a column more", more[["id", "c", "y", "b", "a"]], "--target y", FEATURES)
    tables.refused("a column less", 'lacks "b"', frame.drop(columns="b"), "--target y", FEATURES, index=False)


def others_write(tables):
    frame = tables.frame
    for dialect in ("excel", "excel-tab", "unix"):
        with open(tables.folder / "t.csv", "w", newline="") as file:
            writer = csv.writer(file, dialect)
            writer.writerow(frame.columns)
            writer.writerows(frame.itertuples(index=False, name=None))
        tables.written(f"csv, {dialect}", frame)
    for options in ({"header": "a,b,c,y"}, {"fmt": "%.9g"}, {"fmt": ["%.6f", "%10.2f", "%d", "%g"]}):
        np.savetxt(tables.folder / "t.csv", frame.to_numpy(), delimiter=",", **options)
        read = pd.DataFrame(np.loadtxt(tables.folder / "t.csv", delimiter=","), columns=frame.columns)
        tables.written(f"numpy.savetxt, {options}", read, names=FEATURES)
    (tables.folder / "t.csv").write_text("sep=;\n" + frame.to_csv(index=False, sep=";"))
    tables.written("Excel's line", frame)


def words(tables):
    names = sorted(['say "hi"', '"', "a, b", "line\nbreak", "Ünï", "x;y"])
    label = np.random.default_rng(2).integers(0, 6, 60)
    frame = tables.frame[FEATURES].assign(kind=np.array(names)[label])
    for options in ({}, {"quoting": csv.QUOTE_ALL}, {"sep": ";"}, {"sep": "\t"}):
        frame.to_csv(tables.folder / "t.csv", index=False, **options)
        logits = frame[FEATURES].to_numpy(np.float32) @ tables.model(6, "softmax-cross-entropy", classes=names).T
        top = logits.max(axis=1)
        loss = np.mean(top + np.log(np.exp(logits - top[:, None]).sum(axis=1)) - logits[np.arange(60), label])
        tables.expect(f"words, {options}", loss, 60)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="path of nngpu")
    binary = pathlib.Path(parser.parse_args().binary).resolve()
    with tempfile.TemporaryDirectory() as folder:
        tables = Tables(binary, folder)
        for one in (pandas_writes, columns_move, others_write, words):
            one(tables)
    print(f"{tables.count - len(tables.misses)} of {tables.count} tables are read, or refused, as they should be")
    return 1 if tables.misses else 0


if __name__ == "__main__":
    sys.exit(main())
