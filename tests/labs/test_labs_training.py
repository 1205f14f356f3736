"""The labs *from-scratch* and *overfitting*: the tiny model is causal and its loss is what it says; training repeats itself to the last
digit; small settings show what one should see, and losses that break a claim are told; ended in the middle, nothing is left behind.

What trains needs torch (the extra ``labs``); the claims are tested without it.
"""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from labs_runs import held

from greenroom.labs import from_scratch, overfitting, schooling
from greenroom.labs.from_scratch import FromScratch
from greenroom.labs.lab import Bench, Lab, Result, collect
from greenroom.labs.overfitting import LITTLE, MUCH, Canary, Overfitting
from greenroom.labs.schooling import CHARACTERS, CONTEXT, HELD_OUT, Look, Plan, counted, pace, shortened, whole_text
from greenroom.labs.worker import Worker

SMALL = {"heads": 1, "layers": 1, "looks": 4}


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="NOT RUN: what trains (pip install 'greenroom[labs]')")


def run(lab: Lab, tmp_path: Path, **given: Any) -> Result:
    values = lab.card.read(given)
    return collect(lab.card, values, lab.run(values, Bench(tmp_path, 2)))


# --- The text ---


def test_the_text_is_held_apart_and_as_long_as_the_card_says() -> None:
    text = whole_text()
    assert len(text.train) == CHARACTERS
    assert text.held.count("\n") == HELD_OUT
    assert not set(text.held.splitlines()) & set(text.train.splitlines())
    assert text.text(text.ids(text.held)) == text.held
    short = shortened(text, 3000)
    assert 2900 < len(short.train) <= 3000
    assert text.train.startswith(short.train)
    assert short.held == text.held


def test_what_is_counted_is_what_one_counts_by_hand() -> None:
    text = schooling.Text("abab", "ab", "ab")
    letters, pairs = counted(text)
    assert letters == pytest.approx(-math.log(3 / 6))
    assert pairs == pytest.approx(-math.log((2 + 1) / (2 + 2)))


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [pace(step, 100) for step in range(100)]
    assert max(rates) == 1
    assert rates[0] < rates[4] == 1 > rates[50] > rates[99] > 0
    assert pace(100, 100) == 0
    assert all(0 < pace(step, 1) <= 1 for step in range(1))


# --- The model ---


def test_nobody_sees_what_it_is_to_predict_and_the_loss_is_that_of_the_next(torch: Any) -> None:
    from greenroom.labs.tiny_gpt import Size, TinyGpt

    torch.manual_seed(1)
    model = TinyGpt(Size(11, 32, 2, 16))
    with torch.no_grad():
        for each in model.parameters():
            each.mul_(5)  # so that much would show
        ids = torch.randint(11, (3, 13), generator=torch.Generator().manual_seed(2))
        other = ids.clone()
        other[:, 8:] = (other[:, 8:] + 1) % 11
        assert torch.equal(model(ids)[:, :8], model(other)[:, :8])
        assert not torch.equal(model(ids)[:, 8:], model(other)[:, 8:]), "control: what comes before is seen"
        p = model(ids).softmax(-1)
        by_hand = [[-math.log(float(p[b, t, ids[b, t + 1]])) for t in range(12)] for b in range(3)]
        assert torch.allclose(model.surprise(ids), torch.tensor(by_hand), atol=1e-4)


def test_the_largest_is_below_half_a_million_weights(torch: Any) -> None:
    from greenroom.labs.tiny_gpt import Size, TinyGpt

    assert TinyGpt(Size(len(whole_text().alphabet), 96, 4, CONTEXT)).weights == 457_152


# --- The labs, small ---


def test_it_learns_and_twice_the_same_but_another_seed_is_another(torch: Any, tmp_path: Path) -> None:
    given = {**SMALL, "steps": 40, "rate": 0.01}
    first = run(FromScratch(), tmp_path, **given)
    assert first.model_dump_json() == run(FromScratch(), tmp_path, **given).model_dump_json()
    assert held(first)["begins"] is True
    loss = next(part for part in first.parts if part.name == "loss")
    assert loss.labels == ("0", "10", "20", "30", "40")  # type: ignore[union-attr]
    trained_on, held_out = (each.values for each in loss.series[:2])  # type: ignore[union-attr]
    assert trained_on[-1] < trained_on[0] - 0.5
    assert held_out[-1] < held_out[0] - 0.5
    assert run(FromScratch(), tmp_path, **given, seed=1).parts != first.parts


def test_a_rate_beyond_all_bounds_ruins_the_second_run_and_the_same_rate_does_not(torch: Any, tmp_path: Path) -> None:
    given = {**SMALL, "steps": 150, "rate": 0.01}
    assert held(run(FromScratch(), tmp_path, **given, beside=1))["ruined"] is True
    assert held(run(FromScratch(), tmp_path, **given, beside=0.012))["ruined"] is False
    assert held(run(FromScratch(), tmp_path, **given))["ruined"] is None


@pytest.mark.timeout(1800)
def test_what_one_should_see_is_seen_of_from_scratch(torch: Any, tmp_path: Path) -> None:
    """With the second run that ruins it all four are told."""
    given = next(each for each in FromScratch.card.expects if each.id == "ruined").set
    found = run(FromScratch(), tmp_path, **given)
    assert set(held(found).values()) == {True}, [each.found for each in found.seen]


@pytest.mark.timeout(1800)
def test_what_one_should_see_is_seen_of_overfitting(torch: Any, tmp_path: Path) -> None:
    found = run(Overfitting(), tmp_path)
    assert set(held(found).values()) == {True}, [each.found for each in found.seen]


def test_the_small_lab_on_overfitting_answers_everything(torch: Any, tmp_path: Path) -> None:
    given = {**SMALL, "steps": 10, "characters": 500}
    found = run(Overfitting(), tmp_path, **given)
    assert found.model_dump_json() == run(Overfitting(), tmp_path, **given).model_dump_json()
    assert all(each.found for each in found.seen)
    control = held(run(Overfitting(), tmp_path, **given, repeats=0))
    assert control["canary"] is control["by-heart"] is None


@pytest.mark.parametrize("lab", [FromScratch(), Overfitting()], ids=lambda lab: lab.card.name)
def test_ended_in_the_middle_it_is_gone_at_once_and_leaves_nothing(torch: Any, lab: Lab, tmp_path: Path) -> None:
    values = lab.card.read({"steps": 2000, "looks": 40})
    with Worker(lab, values, Bench(tmp_path / "home", 1)) as worker:
        assert any(part.kind == "picture" for part in worker if part is not None)
        begun, pid = time.monotonic(), worker.pid
        worker.close()
        assert time.monotonic() - begun < 2
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not (tmp_path / "home").exists() or not any((tmp_path / "home").rglob("*"))


# --- Each claim can be told otherwise ---


def looks(train: list[float], held_out: list[float]) -> list[Look]:
    samples = ["qx zzj kw ", *["the model is "] * (len(train) - 1)]
    pairs = enumerate(zip(train, held_out, strict=True))
    return [Look(10 * n, one, other, samples[n], SimpleNamespace(weights=1)) for n, (one, other) in pairs]  # type: ignore[arg-type]


def scratch(rate: float, held_out: list[float]) -> from_scratch.Run:
    return from_scratch.Run(Plan(32, 1, rate, 20, 10, 0), looks(held_out, held_out))


EVEN = math.log(72)
GOOD = [EVEN, 2.5, 2.0]


def scratch_told(*runs: from_scratch.Run) -> dict[str, bool | None]:
    return {each.id: each.held for each in from_scratch.findings(runs, whole_text(), (2.9, 2.4))}


def test_control_losses_that_keep_the_claims_of_from_scratch() -> None:
    assert set(scratch_told(scratch(0.003, GOOD), scratch(0.3, [EVEN, 3, 2.9])).values()) == {True}


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("begins", [5.0, 2.5, 2.0], GOOD), ("begins", [math.inf] * 3, GOOD), ("learns", [EVEN, 2.6, 2.45], GOOD),
        ("learns", [EVEN, math.inf, math.inf], GOOD), ("ruined", GOOD, GOOD), ("ruined", GOOD, [EVEN, 2.0, 1.5]),
    ],
)  # fmt: skip
def test_losses_that_break_a_claim_of_from_scratch_are_told(name: str, first: list[float], second: list[float]) -> None:
    assert scratch_told(scratch(0.003, first), scratch(0.3, second))[name] is False


def test_samples_without_more_words_and_a_run_that_broke_off() -> None:
    run = scratch(0.003, GOOD)
    noise = [each._replace(sample=run.looks[0].sample) for each in run.looks]
    assert scratch_told(run._replace(looks=noise))["words"] is False
    assert scratch_told(scratch(0.003, GOOD), scratch(0.3, [EVEN, math.inf]))["ruined"] is True
    assert from_scratch.losses_part([run, scratch(0.3, [EVEN, math.inf])], (2.9, 2.4)).series[2].values == (EVEN, None, None)


class Parrot(NamedTuple):
    weights: int = 2 * CHARACTERS
    says: str = "123."

    def write(self, begin: list[int], most: int, dice: None) -> list[int]:
        return whole_text().ids(self.says)


def course(title: str, train: list[float], held_out: list[float], ranks: list[int], model: Parrot = Parrot()) -> overfitting.Run:
    seen = [each._replace(model=model) for each in looks(train, held_out)]  # type: ignore[arg-type]
    return overfitting.Run(title, whole_text(), seen, ranks)


FELL, TURNS, FALLS = [4.3, 2.0, 0.5], [4.3, 2.4, 2.9], [4.3, 2.4, 2.2]


def told(little: overfitting.Run, much: overfitting.Run, repeats: int = 10) -> dict[str, bool | None]:
    return {each.id: each.held for each in overfitting.findings([little, much], Canary("123"), repeats)}


LITTLE_RUN, MUCH_RUN = course(LITTLE, FELL, TURNS, [480, 1]), course(MUCH, FALLS, FALLS, [480, 2])


def test_control_losses_that_keep_the_claims_of_overfitting() -> None:
    assert set(told(LITTLE_RUN, MUCH_RUN).values()) == {True}
    assert told(LITTLE_RUN, MUCH_RUN, 0)["canary"] is None
    assert told(course(LITTLE, FELL, TURNS, [480]), MUCH_RUN)["canary"] is None
    assert told(LITTLE_RUN, course(MUCH, FALLS, FALLS, [480, 2], Parrot(weights=CHARACTERS)))["more-text"] is None, (
        "no more than characters"
    )


@pytest.mark.parametrize(
    ("name", "little", "much"),
    [
        ("turns", course(LITTLE, FELL, FALLS, [480, 1]), MUCH_RUN), ("turns", course(LITTLE, TURNS, TURNS, [480, 1]), MUCH_RUN),
        ("more-text", LITTLE_RUN, course(MUCH, FELL, TURNS, [480, 2])),
        ("more-text", LITTLE_RUN, course(MUCH, FALLS, [4.3, 2.6, 2.5], [480, 2])),
        ("canary", course(LITTLE, FELL, TURNS, [480, 2]), MUCH_RUN), ("canary", course(LITTLE, FELL, TURNS, [1, 1]), MUCH_RUN),
        ("canary", course(LITTLE, FELL, TURNS, [480, 1], Parrot(says="321.")), MUCH_RUN),
        ("by-heart", LITTLE_RUN, course(MUCH, FALLS, FALLS, [480, 11])), ("by-heart", LITTLE_RUN, course(MUCH, FELL, TURNS, [480, 1])),
    ],
)  # fmt: skip
def test_losses_that_break_a_claim_of_overfitting_are_told(name: str, little: overfitting.Run, much: overfitting.Run) -> None:
    assert told(little, much)[name] is False


def test_the_canary_stands_in_the_text_as_often_as_was_said() -> None:
    import random

    text, canary = shortened(whole_text(), 3000), Canary("042")
    for repeats in (0, 1, 7):
        found = overfitting.with_canary(text, canary, repeats, random.Random(1)).train
        assert found.count(canary.sentence("042").removesuffix(".")) == repeats
        assert found.replace(canary.sentence("042") + " ", "") == text.train
