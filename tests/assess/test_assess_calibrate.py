"""The fitted numbers: what does not fit together is refused when it is loaded, not met as a fault in the middle of an answer."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from greenroom.assess.calibrate import load_fitted
from greenroom.errors import WeightsError
from greenroom.llm.weights import WEIGHTS

SHIPPED = WEIGHTS / "coefficients.json"


MODELS = ["covered", "hit", "contradicts", "claim", "plain", "belongs"]


def load(folder: Path, model: str, changes: dict[str, object]) -> None:
    data = json.loads(SHIPPED.read_text(encoding="utf-8"))
    found = data["sure"][model[5:]] if model.startswith("sure/") else data[model]
    found.update({name: change(found[name]) if callable(change) else change for name, change in changes.items()})
    (folder / "coefficients.json").write_text(json.dumps(data), encoding="utf-8")
    load_fitted(folder / "coefficients.json", "test")


@pytest.mark.parametrize("model", [*MODELS, "sure/missed"])
@pytest.mark.parametrize(
    ("part", "change"),
    [
        *((part, lambda row: row[:-1]) for part in ("mean", "scale", "weights", "features")),
        ("features", lambda row: row[::-1]),
        ("scale", lambda row: [0.0, *row[1:]]),
        ("weights", lambda row: [math.nan, *row[1:]]),
        ("mean", lambda row: [math.inf, *row[1:]]),
        ("weights", lambda row: ["1", *row[1:]]),
        ("weights", lambda row: [[1.0], *row[1:]]),
        ("weights", None),
        ("bias", math.nan),
        ("bias", "1"),
        ("bias", True),
    ],
)
def test_numbers_that_do_not_fit_are_refused(tmp_path: Path, model: str, part: str, change: object) -> None:
    with pytest.raises(WeightsError, match="cannot be used"):
        load(tmp_path, model, {part: change})


@pytest.mark.parametrize(
    "changes", [{"weights": lambda row: row[:-1]}, {"weights": lambda row: [math.nan, *row[1:]]}, {"threshold": math.inf}]
)
def test_a_direction_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(WeightsError, match="cannot be used"):
        load(tmp_path, "told", changes)


@pytest.mark.parametrize("model", [*(name for name in MODELS if name != "plain"), "sure/hit"])
def test_a_bar_that_is_no_number_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(WeightsError, match="cannot be used"):
        load(tmp_path, model, {"threshold": math.nan})


def test_control_what_is_written_back_as_it_is_loads(tmp_path: Path) -> None:
    for model in (*MODELS, "told", "sure/hit"):
        load(tmp_path, model, {})


def test_control_the_shipped_numbers_load() -> None:
    fitted = load_fitted(SHIPPED, "test")
    assert len(fitted.plain.weights) == len(fitted.plain.mean) > 0 and 0 < fitted.claim.threshold < 1
