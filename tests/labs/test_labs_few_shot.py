"""The lab *few-shot*: on the real model what one should see is seen; the hash sees a single bit; the gradient is held against differences;
each finding is told otherwise by answers that break its claim."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs_runs import held, run

from greenroom.errors import ModelMissingError
from greenroom.labs import asked, few_shot
from greenroom.labs.asked import AGAIN, CHAT, RAW, TRAINED, Asked
from greenroom.labs.few_shot import CARD, FewShot
from greenroom.labs.lab import Bench, Result
from greenroom.labs.model import Model


def parts(model: Model, **given: Any) -> Result:
    return run(FewShot(), model, **given)


def test_what_one_should_see_is_seen_on_the_real_model(real: Model) -> None:
    found = parts(real, items=12)
    assert set(held(found).values()) == {True}, [each.found for each in found.seen]
    rows = next(part for part in found.parts if part.name == "hashes").rows  # type: ignore[union-attr]
    assert rows[0][1] == rows[1][1] != rows[2][1]


def test_twice_the_same_on_a_random_model(tiny: Model) -> None:
    given = {"items": 4, "shots": 1, "steps": 2}
    found = parts(tiny, **given)
    assert found.model_dump_json() == parts(tiny, **given).model_dump_json()
    assert held(found)["unchanged"] is True
    assert held(found)["gone"] is True


def test_the_hash_sees_a_single_bit(tiny: Model) -> None:
    before = few_shot.fingerprint(tiny.transformer)
    assert before == few_shot.fingerprint(tiny.transformer)
    for layer in (0, len(tiny.transformer.blocks) - 1):
        changed = copy(tiny.transformer)
        down = changed.blocks[layer].down.copy()
        down[3, 5] = np.nextafter(down[3, 5], np.float32(9))
        changed.blocks = [*tiny.transformer.blocks]
        changed.blocks[layer] = changed.blocks[layer]._replace(down=down)
        assert few_shot.fingerprint(changed) != before


def test_a_training_step_goes_down_the_slope(tiny: Model) -> None:
    """The gradient, by moving each of the last norm's weights a little; and the model itself is left as it was."""
    examples = asked.shipped()[0][:2]

    def loss(norm: np.ndarray) -> float:
        moved = copy(tiny.transformer)
        moved.final_norm = norm.astype(np.float32)
        found = []
        for each in examples:
            ids = [*tiny.tokenizer.prompt(few_shot.text_of((), each.text)), tiny.tokenizer.encode(f" {each.label}")[0]]
            found.append(float(moved.surprise(ids)[-1]))
        return sum(found) / len(found)

    norm, rate, step = tiny.transformer.final_norm.copy(), 0.01, 1e-2
    trained = few_shot.train(tiny, examples, 1, rate)
    slope = (norm - trained.final_norm) / rate
    for n in (0, 7, 31):
        by = np.zeros_like(norm)
        by[n] = step
        assert slope[n] == pytest.approx((loss(norm + by) - loss(norm - by)) / (2 * step), abs=2e-3)
    assert loss(few_shot.train(tiny, examples, 20, 0.1).final_norm) < loss(norm)
    assert (tiny.transformer.final_norm == norm).all()


def test_the_reviews_are_half_and_half_and_none_is_among_the_examples() -> None:
    examples, items = asked.shipped()
    assert len(items) == 24
    assert len({each.text for each in (*examples, *items)}) == len(examples) + len(items)
    for count in (4, 10, 24):
        assert sum(each.label == "positive" for each in items[:count]) == count / 2
    swapped = few_shot.chosen(CARD.read({"labels": "swapped"}))
    assert all(one.label != other.label and one.text == other.text for one, other in zip(examples, swapped, strict=True))
    assert few_shot.chosen(CARD.read({"seed": 3})) != few_shot.chosen(CARD.read({})) == examples


def test_without_the_model_it_says_how_to_get_it_after_the_examples_were_shown(tmp_path: Path) -> None:
    run = FewShot().run(CARD.read({}), Bench(tmp_path, 1))
    assert next(run).kind == "table"
    with pytest.raises(ModelMissingError):
        list(run)


# --- Each claim can be told otherwise ---


def answers(how: str, shots: int, p: float, right: int) -> Asked:
    return Asked(how, shots, ((p, p),) * 4, right)


GOOD = [answers(RAW, 0, 0.1, 2), answers(RAW, 5, 0.4, 4), answers(CHAT, 5, 0.05, 3), answers(AGAIN, 0, 0.1, 2), answers(TRAINED, 0, 0.3, 3)]
HASHES = ("a", "a", "b")


def told(found: list[Asked], hashes: tuple[str, str, str] = HASHES) -> dict[str, bool | None]:
    return {each.id: each.held for each in asked.findings(found, hashes)}


def test_control_answers_that_keep_the_claims() -> None:
    assert set(told(GOOD).values()) == {True}
    assert told([each for each in GOOD if each.how != CHAT])["chat"] is None


@pytest.mark.parametrize(
    ("name", "place", "other"),
    [
        ("examples", 1, answers(RAW, 5, 0.1, 4)), ("examples", 1, answers(RAW, 5, 0.15, 4)), ("chat", 2, answers(CHAT, 5, 0.4, 4)),
        ("gone", 3, answers(AGAIN, 0, 0.1000001, 2)), ("stays", 4, answers(TRAINED, 0, 0.1, 2)),
    ],
)  # fmt: skip
def test_answers_that_break_a_claim_are_told(name: str, place: int, other: Asked) -> None:
    assert told([other if n == place else each for n, each in enumerate(GOOD)])[name] is False


@pytest.mark.parametrize("hashes", [("a", "b", "c"), ("a", "a", "a")])
def test_hashes_that_break_the_claim_are_told(hashes: tuple[str, str, str]) -> None:
    assert told(GOOD, hashes)["unchanged"] is False
