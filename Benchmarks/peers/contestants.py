"""Contestants: processes that warm up, wait, and run one window of work when asked (see worker.py)."""

import dataclasses
import json
import os
import pathlib
import random
import select
import signal
import statistics
import subprocess
import tempfile
import time

FOLDER = pathlib.Path(__file__).resolve().parent
# What a contestant leaves behind, such as writes to files, settles in between.
PAUSE = 0.05
PREPARE_LIMIT, WINDOW_LIMIT = 240, 60  # seconds


def pinned(threads):
    """The environment in which all of them run: the same number of threads, each on a core of its own."""
    return {
        "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads),
        "OMP_PROC_BIND": "true", "OMP_PLACES": "cores",
        "POCL_AFFINITY": "1", "POCL_MAX_PTHREAD_COUNT": str(threads), "POCL_CPU_MAX_CU_COUNT": str(threads),
        "DPCPP_CPU_CU_AFFINITY": "close", "DPCPP_CPU_PLACES": "cores", "DPCPP_CPU_NUM_CUS": str(threads),
    }


class Failure(Exception):
    """Why a contestant has no figure."""


@dataclasses.dataclass
class Contestant:
    key: str
    command: list
    environment: dict
    takes: object = lambda case: True  # whether it takes part in a case
    about: dict = dataclasses.field(default_factory=dict)
    process: subprocess.Popen = None
    errors: object = None
    pending: bytes = b""

    def ask(self, request, limit):
        """The reply to a request; starts the process if it does not run."""
        if self.process is None:
            self.errors = tempfile.TemporaryFile()
            self.pending = b""
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, cwd=FOLDER,
                env={**os.environ, **self.environment}, bufsize=0)
        else:
            self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            reply = json.loads(self.line(limit))
            # Threads that wait for work by spinning would take the next contestant's cores.
            self.process.send_signal(signal.SIGSTOP)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            reason = str(error) if isinstance(error, TimeoutError) else self.last_words() or "it ended"
            self.stop(at_once=True)
            raise Failure(reason) from None
        if reply.get("error"):
            raise Failure(reply["error"])
        return reply

    def line(self, limit):
        end = time.monotonic() + limit
        while b"\n" not in self.pending:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(f"no answer within {limit} s")
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                raise EOFError
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return line

    def last_words(self):
        """The last line on stderr, which names the error in Python and in nngpu."""
        self.process.wait(timeout=10)
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else None

    def stop(self, at_once=False):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGCONT)
        if at_once:
            self.process.kill()
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        self.process = None


def present(contestants, say):
    """Those that start, each with what it says about itself; the others are named with the reason."""
    found, missing = [], {}
    for contestant in contestants:
        try:
            contestant.about = contestant.ask({"subject": "hello"}, PREPARE_LIMIT)
            found.append(contestant)
        except Failure as failure:
            missing[contestant.key] = str(failure)
            say(f"{contestant.key}: not available ({failure})")
    return found, missing


def interleaved(contestants, case, window, rounds):
    """Rows of figures of one case, and the reasons of those who have none.

    After each contestant has prepared and warmed up, all of them run one window a round, one after the other in
    random order, so that a busy minute of the machine hits all alike.
    """
    request = {**case, "window": window}
    replies, failures = {}, {}

    def ask(contestant, limit):
        try:
            return contestant.ask(request, limit)
        except Failure as failure:
            failures[contestant.key] = str(failure)
            replies.pop(contestant.key, None)

    # One at a time: compilers and tuners want the machine to themselves. The first window is thrown away.
    for contestant in contestants:
        if contestant.takes(case) and ask(contestant, PREPARE_LIMIT):
            replies[contestant.key] = []
    for _ in range(rounds):
        alive = [contestant for contestant in contestants if contestant.key in replies]
        for contestant in random.sample(alive, len(alive)):
            time.sleep(PAUSE)
            reply = ask(contestant, WINDOW_LIMIT)
            if reply:
                replies[contestant.key].append(reply)
    return {key: summary(windows) for key, windows in replies.items() if len(windows) >= 2}, failures


def summary(replies):
    """Medians over the windows, and whatever else the last of them says."""
    seconds = [reply["seconds"] for reply in replies]
    low, median, high = statistics.quantiles(seconds, n=4, method="inclusive")
    row = {"seconds": median, "lowerQuartile": low, "upperQuartile": high, "windows": len(seconds)}
    for key in ("losses", "launches", "peakResidentBytes"):
        if replies[-1].get(key) is not None:
            row[key] = replies[-1][key]
    if all("hostSeconds" in reply for reply in replies):
        row["hostSeconds"] = statistics.median(reply["hostSeconds"] for reply in replies)
    return row
