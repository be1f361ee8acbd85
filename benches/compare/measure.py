"""Whole processes, timed against each other in turn.

This process stays small and imports nothing large: what it holds itself is the least that it can see others hold.
"""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field


@dataclass
class Contender:
    """Somebody doing the work: one command, or several run one after the other."""

    name: str
    commands: list
    seconds: list = field(default_factory=list)
    peak_bytes: int = 0

    def run(self, keep=True):
        """Runs once; keeps the time and the memory unless it is a warm-up."""
        start = time.perf_counter()
        peaks = [peak_of(command) for command in self.commands]
        elapsed = time.perf_counter() - start
        if keep:
            self.seconds.append(elapsed)
            self.peak_bytes = max(self.peak_bytes, *peaks)


def peak_of(command):
    """Runs a command and gives the most memory it held, mapped files included."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    messages = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}:\n{messages}")
    return usage.ru_maxrss * 1024


def race(contenders, repeats):
    """A B C A B C …, so that what else the machine does falls on all alike; a first round only warms up."""
    for contender in contenders:
        contender.run(keep=False)
    for _ in range(repeats):
        for contender in contenders:
            contender.run()


def spread(values, unit=""):
    """Median, with the least and the most: `0.71 s (0.69–0.74)`."""
    middle, low, high = statistics.median(values), min(values), max(values)
    digits = 4 if unit == " s" and middle < 0.1 else 2 if middle < 10 else 1
    return f"{middle:.{digits}f}{unit} ({low:.{digits}f}–{high:.{digits}f})"


def report(title, contenders):
    """A Markdown table; ratios are to the first contender, round by round."""
    ours = contenders[0].seconds
    print(f"\n### {title}\n\n| | wall | peak memory | times the first |\n|---|---|---|---|")
    for contender in contenders:
        ratio = "" if contender is contenders[0] else spread([theirs / own for theirs, own in zip(contender.seconds, ours)])
        print(f"| {contender.name} | {spread(contender.seconds, ' s')} | {contender.peak_bytes / 2**20:,.0f} MiB | {ratio} |")
    print(flush=True)
