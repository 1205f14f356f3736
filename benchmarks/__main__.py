"""``python -m benchmarks [NAME…] [--split dev|test] [--rows N] [--write]``: measure, and print tables.

Every table has what a user would pick instead beside it, from the same run. What cannot be run here (no data, no torch) is said loudly
and at the end. ``--write`` puts the tables into docs/measurements.md, or the page of the benchmark. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from datetime import UTC, datetime

from benchmarks.kernel import UNSET, kernel  # first: before numpy is imported
from benchmarks.public import DATA, Options
from benchmarks.tables import machine, write

NAMES = {
    "accuracy": "against people: public graded answers, beside blind baselines",
    "golden": "against authored labels: golden and labelled answers, calibration",
    "natural": "against authored labels: natural answers to questions kept out of every training",
    "stories": "parts of stories (STAR) against authored labels",
    "own": "one's own stories and questions, against authored labels",
    "attacks": "injections, probes and junk",
    "speed": "assess, grade and memory",
    "startup": "cold start",
    "progress": "the progress page of somebody with 5,000 answers",
    "report": "from submission to the report page, over loopback HTTP",
    "voice": "speech with known words: errors, fillers, certainty, the wait",
    "labs": "the labs' model beside transformers and llama.cpp",
}


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(f"{name}: {what}" for name, what in NAMES.items()))
    parser.add_argument(
        "--split",
        choices=("dev", "test", "sealed-a"),
        default="dev",
        help="accuracy, natural: which rows; test and sealed-a once a release",
    )
    parser.add_argument("--rows", type=int, help="a quick run over a sample of so many")
    parser.add_argument("--write", action="store_true", help="put the tables into the docs")
    chosen = parser.parse_args(words)
    unknown = [name for name in chosen.names if name not in NAMES]
    if unknown or (chosen.rows is not None and chosen.rows < 1):
        parser.error(f"no benchmark {', '.join(unknown)}; known: {', '.join(NAMES)}" if unknown else "--rows takes a number from 1")
    print(f"{machine()}; data: {DATA if DATA.exists() else 'none (set GREENROOM_BENCH_DATA)'}")
    print(f"matrix kernel: {kernel()}{'; unset: ' + ', '.join(UNSET) if UNSET else ''}")
    missing = [what for name in chosen.names or NAMES for what in _run(name, chosen)]
    if missing:
        print(f"\n!!! {len(missing)} parts were NOT RUN:", *(f"!!!   {what}" for what in missing), sep="\n", file=sys.stderr)


def _run(name: str, chosen: argparse.Namespace) -> list[str]:
    print(f"\n## {name}\n")
    report = importlib.import_module(f"benchmarks.{name}").run(Options(chosen.split, chosen.rows, chosen.write))
    if chosen.write and not report.parts:
        print(f"Nothing was measured: the section {report.name} stays as it is.", file=sys.stderr)
    elif chosen.write:
        split = f" --split {chosen.split}" if name in ("accuracy", "natural") else ""
        sampled = f" --rows {chosen.rows}" if chosen.rows else ""
        write(report, datetime.now(UTC), f"python -m benchmarks {name}{split}{sampled}")
    missing: list[str] = report.missing
    return missing


if __name__ == "__main__":
    main(sys.argv[1:])
