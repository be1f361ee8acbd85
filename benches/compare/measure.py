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
    processor_seconds: list = field(default_factory=list)
    peak_bytes: int = 0

    def run(self, keep=True):
        """Runs once; keeps the times and the memory unless it is a warm-up."""
        start = time.perf_counter()
        usages = [usage_of(command) for command in self.commands]
        elapsed = time.perf_counter() - start
        if keep:
            self.seconds.append(elapsed)
            self.processor_seconds.append(sum(usage.ru_utime + usage.ru_stime for usage in usages))
            self.peak_bytes = max(self.peak_bytes, *(usage.ru_maxrss * 1024 for usage in usages))


def usage_of(command):
    """Runs a command and gives what it used; its most memory counts mapped files as well."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    messages = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}:\n{messages}")
    return usage


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
    """A Markdown table; how many times the first one's are taken round by round."""
    ours = contenders[0]
    print(f"\n### {title}\n\n| | wall | times ours | processor | times ours | peak memory |\n|---|---|---|---|---|---|")
    for contender in contenders:
        cells = [contender.name]
        for theirs, own in ((contender.seconds, ours.seconds), (contender.processor_seconds, ours.processor_seconds)):
            ratio = "" if contender is ours else spread([one / other for one, other in zip(theirs, own)])
            cells += [spread(theirs, " s"), ratio]
        print(f"| {' | '.join(cells)} | {contender.peak_bytes / 2**20:,.0f} MiB |")
    print(flush=True)
