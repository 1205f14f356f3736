"""The lab *lora*: the pass in torch is the one in numpy; adapters start as nothing, train nothing but themselves and can be merged; all
weights trained are all weights, in a copy; on the real model what one should see is seen; figures that break a claim are told; ended in
the middle, nothing is left behind.

What trains needs torch (the extra ``labs``); the claims are tested without it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs_runs import held, run

from greenroom.labs import asked, tuning
from greenroom.labs.asked import RAW, TRAINED, Asked
from greenroom.labs.few_shot import fingerprint
from greenroom.labs.lab import Bench, Expect
from greenroom.labs.lora import CARD, Lora
from greenroom.labs.model import Model
from greenroom.labs.tuning import ALL, Course, Look, Way
from greenroom.labs.worker import Worker


def test_the_reviews_are_half_and_half_and_none_is_asked() -> None:
    train = tuning.shipped().train
    others = {each.text for some in asked.shipped() for each in some}
    assert len({each.text for each in train}) == 40
    assert not others & {each.text for each in train}
    for count in (2, 10, 40):
        assert sum(each.label == "positive" for each in train[:count]) == count / 2


# --- The adapters ---


@pytest.fixture
def texts(tiny: Model) -> list[list[int]]:
    return [tiny.tokenizer.prompt(text) for text in ("hello world, hello", "world 12", "he")]


def test_the_pass_in_torch_is_the_pass_in_numpy_and_filling_up_changes_nothing(torch: Any, tiny: Model, texts: list[list[int]]) -> None:
    from greenroom.labs.adapters import PLACES, Tuned

    tuned = Tuned(tiny.transformer, 4, PLACES["all"], 0)
    found = tuned(texts).detach().numpy()
    for row, text in zip(found, texts, strict=True):
        assert row == pytest.approx(tiny.transformer.forward(text, last=True)[0], abs=2e-4)
    assert not np.allclose(found[0], tiny.transformer.forward(texts[0][:-1], last=True)[0], atol=0.01), "control: another text"


def test_an_adapter_has_rank_times_rows_and_columns(torch: Any, tiny: Model) -> None:
    """Two layers, rank 4: qkv 32 → 64, output 32 → 32, gate and up 32 → 128, down 64 → 32."""
    from greenroom.labs.adapters import PLACES, Tuned

    expected = {"all": 2 * 4 * ((32 + 64) + (32 + 32) + (32 + 128) + (64 + 32)), "attention": 2 * 4 * ((32 + 64) + (32 + 32))}
    assert {name: Tuned(tiny.transformer, 4, places, 0).trained for name, places in PLACES.items()} == expected


def test_only_the_adapters_learn_in_the_memory_that_is_hashed(torch: Any, tiny: Model, texts: list[list[int]]) -> None:
    from greenroom.labs.adapters import PLACES, Tuned

    before, block = fingerprint(tiny.transformer), tiny.transformer.blocks[0]
    tuned = Tuned(tiny.transformer, 4, PLACES["all"], 0)
    assert np.shares_memory(tuned.layers[0]["qkv"].frozen.numpy(), block.qkv)
    start = tuned(texts).detach().numpy()
    tuned.switch(False)
    assert (tuned(texts).numpy() == start).all(), "at the start the adapters are nothing"
    tuned.switch(True)
    optimizer = torch.optim.AdamW(tuned.parameters(), lr=0.05)
    for _ in range(3):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(tuned(texts), torch.tensor([5, 6, 7])).backward()
        optimizer.step()
    assert fingerprint(tiny.transformer) == before
    after, other = tuned(texts).detach().numpy(), tuned.merged()
    assert np.abs(after - start).max() > 0.1
    assert fingerprint(other) != before
    for row, text in zip(after, texts, strict=True):
        assert row == pytest.approx(other.forward(text, last=True)[0], abs=1e-3)
    tuned.switch(False)
    assert (tuned(texts).numpy() == start).all(), "taken off, the model is what it was"


def test_all_weights_are_trained_in_a_copy(torch: Any, tiny: Model, texts: list[list[int]]) -> None:
    from greenroom.labs.adapters import Full

    base, before = tiny.transformer, fingerprint(tiny.transformer)
    full = Full(base)
    assert full.trained == asked.size(base)
    for row, text in zip(full(texts).detach().numpy(), texts, strict=True):
        assert row == pytest.approx(base.forward(text, last=True)[0], abs=2e-4)
    optimizer = torch.optim.AdamW(full.parameters(), lr=0.01)
    torch.nn.functional.cross_entropy(full(texts), torch.tensor([5, 6, 7])).backward()
    assert all(each.grad is not None for each in full.parameters()), "none is left out"
    optimizer.step()
    assert fingerprint(base) == before
    found = full.merged()
    assert asked.size(found) == asked.size(base)
    assert fingerprint(found) != before
    for row, text in zip(full(texts).detach().numpy(), texts, strict=True):
        assert row == pytest.approx(found.forward(text, last=True)[0], abs=1e-3)


# --- The lab ---


def test_on_a_random_model_twice_the_same_but_for_the_clock(torch: Any, tiny: Model) -> None:
    given = {"items": 4, "steps": 4, "rate": 0.01, "rank": 2, "reviews": 5}
    found, again = ([part for part in run(Lora(), tiny, **given).parts if part.name != "figures"] for _ in range(2))
    assert found == again
    assert {"answers", "loss", "hashes", "items"} == {part.name for part in found}
    seen = held(run(Lora(), tiny, **given))
    assert seen["base"] is seen["start"] is seen["merged"] is True
    assert seen["full"] is seen["ranks"] is None


@pytest.mark.parametrize(
    ("given", "titles"),
    [
        ({"beside": "full"}, ["LoRA, rank 2", "All weights"]), ({"beside": "ranks"}, ["LoRA, rank 2", "LoRA, rank 1", "LoRA, rank 32"]),
        ({"beside": "ranks", "rank": 32}, ["LoRA, rank 32", "LoRA, rank 1"]),
    ],
)  # fmt: skip
def test_what_is_set_beside_it_stands_beside_it(torch: Any, tiny: Model, given: dict[str, Any], titles: list[str]) -> None:
    found = run(Lora(), tiny, **{"items": 4, "steps": 2, "rank": 2, **given})
    table = next(part for part in found.parts if part.name == "figures")
    assert [row[0] for row in table.rows[2:]] == titles  # type: ignore[union-attr]
    seen = held(found)
    assert seen["base"] is True, "whatever else is trained, the base is what it was"
    assert seen["full" if given["beside"] == "full" else "ranks"] is not None


@pytest.mark.timeout(1800)
def test_what_one_should_see_is_seen_on_the_real_model(torch: Any, real: Model) -> None:
    found = run(Lora(), real)
    assert {name for name, each in held(found).items() if each} == {"base", "share", "start", "learns", "merged"}, [
        x.found for x in found.seen
    ]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("expect", [each for each in CARD.expects if each.set], ids=lambda each: each.id)
def test_what_other_values_show_is_seen_on_the_real_model(torch: Any, real: Model, expect: Expect) -> None:
    found = run(Lora(), real, **expect.set)
    assert held(found)[expect.id] is True, [each.found for each in found.seen]


def test_control_a_rate_that_moves_nothing_teaches_nothing_on_the_real_model(torch: Any, real: Model) -> None:
    seen = held(run(Lora(), real, steps=1, items=4, rate=0.000001))
    assert seen["base"] is seen["start"] is True
    assert seen["learns"] is seen["forgets"] is False


def test_ended_in_the_middle_of_training_it_is_gone_at_once_and_leaves_nothing(torch: Any, tiny_file: Path, tmp_path: Path) -> None:
    values = CARD.read({"steps": 200, "items": 4})
    home = tmp_path / "home"
    with Worker(Lora(), values, Bench(home, 1, tiny_file)) as worker:
        assert any(part.kind == "picture" and part.name == "loss" for part in worker)
        begun, pid = time.monotonic(), worker.pid
        worker.close()
        assert time.monotonic() - begun < 2
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not home.exists() or not any(home.rglob("*"))


# --- Each claim can be told otherwise ---

ITEMS = asked.shipped()[1][:4]


def answers(how: str, p: float, right: int) -> Asked:
    """``p``: of the right label."""
    rows = tuple((p, 0.1) if each.label == asked.labels()[0] else (0.1, p) for each in ITEMS)
    return Asked(how, 0, rows, right)


def way(title: str, trained: int, seconds: float = 1, right: int = 4, general: float = 3.3) -> Way:
    return Way(title, trained, [Look(1, 1.0, seconds)], answers(TRAINED, 0.9, right), general)


LORA = way("LoRA, rank 8", 10)


def course(tiny: Model, **other: Any) -> Course:
    good: dict[str, Any] = {
        "asked": [answers(RAW, 0.05, 2), answers(TRAINED, 0.9, 4)], "start": 0.0, "apart": 1e-6, "general": 3.0,
        "ways": [LORA, way("LoRA, rank 32", 40), way(ALL, 300, 2)],
        "hashes": {"before": "a", "prompted": "a", "tuned": "a", "merged": "b"}, "merged": tiny.transformer,
    }  # fmt: skip
    return Course(base=tiny.transformer, **{**good, **other})


def told(found: Course) -> dict[str, bool | None]:
    return held(tuning.findings(found, ITEMS))


def test_control_figures_that_keep_the_claims(tiny: Model) -> None:
    assert set(told(course(tiny)).values()) == {True}
    alone = told(course(tiny, ways=[LORA]))
    assert alone["full"] is alone["ranks"] is None


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("base", {"hashes": {"before": "a", "prompted": "c", "tuned": "a", "merged": "b"}}),
        ("base", {"hashes": {"before": "a", "prompted": "a", "tuned": "c", "merged": "b"}}),
        ("base", {"hashes": {"before": "a", "prompted": "a", "tuned": "a", "merged": "a"}}),
        ("share", {"ways": [way("LoRA, rank 8", 10**9)]}), ("share", {"merged": None}), ("start", {"start": 1e-9}),
        ("merged", {"apart": 0.01}), ("learns", {"asked": [answers(RAW, 0.5, 2), answers(TRAINED, 0.9, 4)]}),
        ("learns", {"asked": [answers(RAW, 0.5, 2), answers(TRAINED, 0.1, 4)]}), ("forgets", {"general": 3.29}),
        ("full", {"ways": [LORA, way(ALL, 300, 6)]}), ("full", {"ways": [LORA, way(ALL, 20, 3)]}),
        ("ranks", {"ways": [LORA, way("LoRA, rank 1", 1, right=3)]}),
    ],
)  # fmt: skip
def test_figures_that_break_a_claim_are_told(tiny: Model, name: str, other: dict[str, Any]) -> None:
    assert told(course(tiny, **other))[name] is False
