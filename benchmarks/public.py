"""The public graded answers: where they are, which rows are development and which are test, and samples of them with fixed seeds.

``GREENROOM_BENCH_DATA`` names the folder (default ../shared/data beside the checkout). The rows are not part of the project.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("GREENROOM_BENCH_DATA", ROOT.parent / "shared/data"))
Row = dict[str, Any]
SETS = {"SciEntsBank": "semeval2013_scientsbank", "Beetle": "semeval2013_beetle", "SAF": "saf_en", "ArgKP": "argkp"}
TEST = {"SciEntsBank": ("ua", "uq", "ud"), "Beetle": ("ua", "uq"), "SAF": ("ua", "uq")}


class Options(NamedTuple):
    """What the command line asked for. ``rows``: at most so many rows of each kind; None for all. ``write``: pictures too."""

    split: str = "dev"
    rows: int | None = None
    write: bool = False


def is_dev(name: str, question_id: str) -> bool:
    """Whether a question of a set's train split is kept for development: a fifth, by SHA-256; the same that training/pairs.py keeps."""
    return int(hashlib.sha256(f"{SETS[name]}/{question_id}".encode()).hexdigest()[:8], 16) % 5 == 0


def rows(name: str, split: str) -> list[Row]:
    """All rows of a file of the set. FileNotFoundError when it is not there."""
    with (DATA / "asag" / SETS[name] / f"{split}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_lines(path: str) -> list[Row] | None:
    """The rows of a file under the data folder; None when it is not there."""
    try:
        return [json.loads(line) for line in (DATA / path).open(encoding="utf-8")]
    except FileNotFoundError:
        return None


def fitting(name: str, split: str) -> list[Row]:
    """Rows that thresholds may be chosen on: the train split, less the development questions when those are measured."""
    keep: Callable[[Row], bool] = (lambda row: not is_dev(name, row["question_id"])) if split == "dev" else (lambda _: True)
    return [row for row in rows(name, "train") if keep(row)]


def measured(name: str, split: str) -> dict[str, list[Row]]:
    """Rows to measure on, by the label of their split."""
    if split == "dev":
        return {"dev": [row for row in rows(name, "train") if is_dev(name, row["question_id"])]}
    return {part.upper(): rows(name, f"test_{part}") for part in TEST[name]}


def sample(found: Sequence[Row], most: int | None, seed: str) -> list[Row]:
    """At most so many, in their order; which ones depends on the seed only."""
    if most is None or len(found) <= most:
        return list(found)
    chosen = sorted(random.Random(seed).sample(range(len(found)), most))
    return [found[k] for k in chosen]


def environment(home: Path) -> dict[str, str]:
    """For a greenroom process of this checkout with a folder of its own and no judge."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GREENROOM_JUDGE")}
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    return {**kept, "GREENROOM_HOME": str(home), "PYTHONPATH": path}


def references(row: Row) -> list[str]:
    """The reference answers of a row, the first one first."""
    return list(dict.fromkeys([row["reference"], *(row.get("references") or ())]))
