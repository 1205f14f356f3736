"""How long a cold start takes, as whole processes: the bare interpreter, ``import greenroom``, ``greenroom bank list``.

The bare interpreter is the floor that every Python program pays; it is measured in the same rounds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.public import Options, environment
from benchmarks.tables import Report

ROUNDS = 15
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import greenroom": ["-c", "import greenroom"],
    "greenroom bank list": ["-m", "greenroom", "bank", "list"],
    "greenroom --version": ["-m", "greenroom", "--version"],
}

AIMS = {"import greenroom": "≤ 100 ms", "greenroom bank list": "≤ 500 ms"}


def run(options: Options) -> Report:
    report = Report("startup")
    spent: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as home:
        env = environment(Path(home))
        for _ in range(ROUNDS + 1):  # round by round, so that a drift of the machine meets all alike; the first is a warm-up
            for name, args in COMMANDS.items():
                begun = time.perf_counter()
                subprocess.run([sys.executable, *args], check=True, capture_output=True, env=env)
                spent[name].append(time.perf_counter() - begun)
    floor = statistics.median(spent["python -c pass"][1:])
    rows = [
        [f"`{name}`", 1000 * statistics.median(warm), statistics.median(warm) / floor, 1000 * min(warm), AIMS.get(name)]
        for name, (_, *warm) in spent.items()
    ]
    report.table(["whole process, cold", "median, ms", "times the bare interpreter", "least, ms", "aim"], rows)
    return report
