"""The subject train: whole processes, from their start until the network is good enough."""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

from contestants import FOLDER, PAUSE

LIMIT = 400  # seconds


def run(command, request, environment):
    """Starts a process and reads its one line of answer: seconds until then, and the process's peak memory."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=FOLDER,
        env={**os.environ, **environment})
    try:
        answer, errors = process.communicate(request, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return {"error": f"no answer within {LIMIT} s"}
    seconds = time.perf_counter() - start
    try:
        reply = json.loads(answer.decode().splitlines()[0])
    except (ValueError, IndexError):
        lines = errors.decode(errors="replace").strip().splitlines()
        return {"error": lines[-1] if lines else f"it ended with code {process.returncode}"}
    return reply if reply.get("error") else {"seconds": seconds, **(reply.get("training") or reply)}


def measure(nngpu, device, peers, environment, rounds, say):
    """Trainings with seeds 0, 1, … of each contestant in random order, the first of nngpu with empty caches."""
    with tempfile.TemporaryDirectory() as caches:
        commands = {}
        if "pytorch" in peers:
            commands["pytorch"] = ([sys.executable, str(FOLDER / "pytorch_train.py")], environment)
        if nngpu:
            own = {
                "XDG_CACHE_HOME": f"{caches}/cache", "POCL_CACHE_DIR": f"{caches}/pocl", "NNGPU_CACHE": ""}
            os.makedirs(f"{caches}/pocl")
            commands["nngpu"] = ([nngpu, "bench", "--worker", "--device", device], {**environment, **own})
        report = {"runs": [], "firstRun": None}

        def train(key, seed):
            command, variables = commands[key]
            request = json.dumps({"subject": "train", "seed": seed}).encode() + b"\n"
            result = {"contestant": key, "seed": seed, **run(command, request, variables)}
            if "error" in result:
                say(f"train, {key}, seed {seed}: {result['error']}")
            else:
                say(
                    f"train, {key}, seed {seed}: {result['seconds']:.1f} s, {result['epochs']} epochs, "
                    f"{result['peakResidentBytes'] / 2**20:.0f} MiB")
            return result

        if "nngpu" in commands:
            say("train, with empty caches:")
            report["firstRun"] = train("nngpu", 0)
        for seed in range(rounds):
            for key in random.sample(list(commands), len(commands)):
                time.sleep(PAUSE)
                report["runs"].append(train(key, seed))
        return report


def of(report, key, member):
    """The median of a member over a contestant's runs that reached the target; None without any."""
    values = [
        run[member] for run in report["runs"]
        if run["contestant"] == key and "error" not in run and run["isReached"]]
    return statistics.median(values) if values else None
