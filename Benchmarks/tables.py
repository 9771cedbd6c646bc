"""Times how fast tables of text are read, beside pandas' C parser.

    python Benchmarks/tables.py NNGPU [--rows 500000] [--columns 20] [--rounds 7] [--device N] [--json FILE]

Two tables are made: fractions of 17 digits as `DataFrame.to_csv` writes them, with a column of numbers or of words to
predict. What reading takes is what `nngpu evaluate` takes of the whole table more than of its first 200 rows, so the
evaluation of the rows counts as well; of pandas it is `read_csv` and an array of 32-bit floats of the features, in a
process of its own, without its start. All run in turn, in random order; medians of the rounds. Peak memory is that of
the whole process, and beside it that of one that reads 200 rows. It takes pandas and NumPy.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

WORKER = """
import sys, time
import numpy, pandas
begin = time.perf_counter()
table = pandas.read_csv(sys.argv[1], engine="c")
read = time.perf_counter()
features = table.iloc[:, :-1].to_numpy(numpy.float32)
print(read - begin, time.perf_counter() - begin)
"""


# In a process of its own: a child's peak memory is not below what its parent holds when it starts.
WRITER = """
import sys
import numpy, pandas
folder, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
generator = numpy.random.default_rng(7)
features = pandas.DataFrame(
    generator.standard_normal((rows, columns)), columns=[f"x{column}" for column in range(columns)])
words = numpy.array(["setosa", "versicolor", "virginica"])
for name, target in (
    ("numbers", generator.standard_normal(rows)), ("words", words[numpy.arange(rows) % 3])):
    table = features.assign(target=target)
    table.to_csv(f"{folder}/{name}.csv", index=False)
    table.head(200).to_csv(f"{folder}/{name}-head.csv", index=False)
"""


def run(command):
    """Seconds and peak bytes of a process, and what it printed."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss * 1024, output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nngpu")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json")
    options = parser.parse_args()
    nngpu = os.path.abspath(options.nngpu)
    rows = []
    with tempfile.TemporaryDirectory(prefix="nngpu-tables-") as name:
        folder = pathlib.Path(name)
        run([sys.executable, "-c", WRITER, name, str(options.rows), str(options.columns)])
        for table in ("numbers", "words"):
            whole, head, model = (str(folder / f"{table}{end}") for end in (".csv", "-head.csv", ".safetensors"))
            tail = ["--device", options.device]
            run([nngpu, "train", "--data", head, "--hidden", "none", "--steps", "1", "--save", model, *tail])
            commands = {
                "nngpu": [nngpu, "evaluate", "--model", model, "--data", whole, *tail],
                "nngpuHead": [nngpu, "evaluate", "--model", model, "--data", head, *tail],
                "pandas": [sys.executable, "-c", WORKER, whole],
                "pandasHead": [sys.executable, "-c", WORKER, head],
            }
            for command in commands.values():
                run(command)
            measured = {contestant: [] for contestant in commands}
            for _ in range(options.rounds):
                for contestant in random.sample(list(commands), len(commands)):
                    measured[contestant].append(run(commands[contestant]))

            def seconds(contestant):
                return statistics.median(one[0] for one in measured[contestant])

            def peak(contestant):
                return statistics.median(one[1] for one in measured[contestant])

            parsing, total = (
                statistics.median(float(one[2].split()[place]) for one in measured["pandas"]) for place in (0, 1))
            reading = seconds("nngpu") - seconds("nngpuHead")
            size = os.path.getsize(whole)
            rows.append({
                "table": table, "rows": options.rows, "columns": options.columns + 1, "bytes": size,
                "nngpuSeconds": reading, "nngpuProcessSeconds": seconds("nngpu"),
                "pandasSeconds": total, "pandasParserSeconds": parsing, "ratio": parsing / reading,
                "nngpuPeakBytes": peak("nngpu"), "nngpuHeadPeakBytes": peak("nngpuHead"),
                "pandasPeakBytes": peak("pandas"), "pandasHeadPeakBytes": peak("pandasHead"),
            })
            print(
                f"{table:<8} {size / 2**20:.0f} MiB: nngpu {reading:.2f} s ({size / reading / 2**20:.0f} MiB/s), "
                f"pandas {parsing:.2f} s and {total:.2f} s with the array: {parsing / reading:.2f} times its speed; "
                f"peak {peak('nngpu') / 2**20:.0f} MiB ({peak('nngpuHead') / 2**20:.0f} of 200 rows), "
                f"pandas {peak('pandas') / 2**20:.0f} ({peak('pandasHead') / 2**20:.0f})", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(
            json.dumps({"rounds": options.rounds, "tables": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
