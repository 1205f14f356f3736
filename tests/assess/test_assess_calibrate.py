"""The fitted numbers: what does not fit together is refused when it is loaded, not met as a fault in the middle of an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from greenroom.assess.calibrate import load_fitted
from greenroom.errors import WeightsError
from greenroom.llm.weights import WEIGHTS

SHIPPED = WEIGHTS / "coefficients.json"


@pytest.mark.parametrize("model", ["covered", "hit", "contradicts", "claim", "plain"])
@pytest.mark.parametrize("part", ["mean", "scale", "weights", "features"])
def test_numbers_that_do_not_fit_their_features_are_refused(tmp_path: Path, model: str, part: str) -> None:
    data = json.loads(SHIPPED.read_text(encoding="utf-8"))
    data[model][part] = data[model][part][:-1]
    (tmp_path / "coefficients.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(WeightsError, match="cannot be used"):
        load_fitted(tmp_path / "coefficients.json", "test")


def test_control_the_shipped_numbers_load() -> None:
    fitted = load_fitted(SHIPPED, "test")
    assert len(fitted.plain.weights) == len(fitted.plain.mean) > 0 and 0 < fitted.claim.threshold < 1
