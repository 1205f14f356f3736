"""How long a cold start takes, as whole processes: the bare interpreter, ``import greenroom``, ``greenroom bank list``.

Aims: 0.1 s and 0.5 s.

The bare interpreter is the floor that every Python program pays; it is measured in the same rounds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import greenroom": ["-c", "import greenroom"],
    "greenroom bank list": ["-m", "greenroom", "bank", "list"],
    "greenroom --version": ["-m", "greenroom", "--version"],
}


def run() -> None:
    spent: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS + 1):  # round by round, so that a drift of the machine meets all alike; the first is a warm-up
        for name, args in COMMANDS.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, *args], check=True, capture_output=True)
            spent[name].append(time.perf_counter() - begun)
    floor = statistics.median(spent["python -c pass"][1:])
    for name, seconds in spent.items():
        median = statistics.median(seconds[1:])
        least = min(seconds[1:]) * 1000
        print(f"{name:24} median {median * 1000:7.0f} ms   {median / floor:5.1f}× the bare interpreter   (min {least:.0f})")
