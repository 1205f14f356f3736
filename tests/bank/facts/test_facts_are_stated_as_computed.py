"""Figures that were once wrong in the bank: the pack says what the tests beside this one compute, and no longer what they refuted."""

import pytest
import yaml

from greenroom.builtin import PACKS


@pytest.mark.parametrize(
    ("question", "point", "said", "gone"),
    [
        ("applications/when-the-model-is-down", "breaker", ["18,000", "1,290", "34 calls"], ["750"]),
        ("training-challenges/energy-and-carbon", "carbon-by-grid", ["2.5 times", "18 times", "7.5 times"], ["more than ten"]),
        ("training-challenges/energy-and-carbon", "twenty-times", ["18 to 20 times"], ["22 times"]),
        ("architecture/normalisation", "pre-norm-price", ["angle", "45 degrees", "a sixth"], ["twentieth"]),
        ("generation/splitting-prefill-and-decode", "chunk-first", ["0.08", "0.16"], []),
        ("robustness/guardrails", "speed-up", ["457 ms"], []),
    ],
)
def test_the_pack_states_the_computed_figure(question, point, said, gone):
    text = (PACKS / f"core/{question}.yaml").read_text(encoding="utf-8")
    found = next(p for p in yaml.safe_load(text)["key_points"] if p["id"] == point)
    stated = f"{found['point']} {found['because']}"
    assert [figure for figure in said if figure not in stated] == []
    assert [figure for figure in gone if figure in " ".join(text.split())] == []
