"""The arithmetic of what a model costs, against figures published by its makers and numbers worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.errors import InputError
from greenroom.labs.cost import GPT_3, LLAMA_2, SMOLLM, Cost
from greenroom.labs.lab import Bench, Picture, Result, Table, collect
from greenroom.labs.reckoning import Sum, activation_bytes, bytes_per_parameter, cache_bytes, training_operations


def reckon(**given: object) -> Sum:
    return Sum(Cost.card.read(given))  # type: ignore[arg-type]


def run(**given: object) -> Result:
    values = Cost.card.read(given)  # type: ignore[arg-type]
    return collect(Cost.card, values, Cost().run(values, Bench(Path(), 1)))


@pytest.mark.parametrize(
    ("shape", "parameters"),
    [({}, 8_030_261_248), (LLAMA_2, 6_738_415_616), (SMOLLM, 134_515_008)],
    ids=["Llama 3 8B", "Llama 2 7B", "SmolLM2-135M"],
)
def test_parameters_counted_from_the_shape_are_those_of_the_published_checkpoints(shape: dict[str, object], parameters: int) -> None:
    assert reckon(**shape).shape.parameters == parameters


def test_gpt_3_comes_to_its_published_operations() -> None:
    """Brown et al. 2020, appendix D: 174.6 billion parameters, 300 billion tokens, 3.14e23 operations."""
    found = reckon(**GPT_3)
    assert found.n == pytest.approx(174.6e9, rel=0.001)
    assert found.operations == pytest.approx(3.14e23, rel=0.002)


def test_a_tiny_model_by_hand() -> None:
    """1 layer, width 16, 2 heads of 8, 1 key-value head, an MLP of 2 × 16 × 32, 10 tokens, tied."""
    found = reckon(
        layers=1, width=16, heads=2, kv_heads=1, head_size=8, ff_width=32, ff_matrices=2, vocabulary=10, tied=True, tokens=1e-6, sequence=4
    )
    attention = 16 * 16 + 2 * 16 * 8 + 16 * 16  # queries, keys and values, output
    assert found.shape.in_layers == attention + 2 * 16 * 32 == 1792
    assert found.shape.parameters == 1792 + 160 + 3 * 16 == 2000
    assert found.shape.operations(4) == 2 * (1792 + 160) + 4 * 2 * 8 * 4 == 4160
    assert found.operations == pytest.approx(6 * 2000 * 1000)


@pytest.mark.parametrize(
    ("precision", "optimiser", "each"),
    [
        ("mixed", "adam", (2, 2, 4, 8)), ("full", "adam", (4, 4, 0, 8)), ("half", "adam", (2, 2, 0, 4)), ("mixed", "adam8", (2, 2, 4, 2)),
        ("full", "momentum", (4, 4, 0, 4)), ("half", "sgd", (2, 2, 0, 0)),
    ],
)  # fmt: skip
def test_bytes_of_a_parameter(precision: str, optimiser: str, each: tuple[float, ...]) -> None:
    assert bytes_per_parameter(precision, optimiser) == each


def test_seven_billion_need_14_gb_to_hold_and_112_to_train() -> None:
    memory = reckon(parameters=7).memory
    assert (memory.weights, memory.state) == (14e9, 112e9)
    assert reckon(parameters=7, own_bytes=20).memory.state == 140e9


def test_activations_are_those_of_the_paper() -> None:
    """Korthikanti et al. 2022, equation 2, for GPT-3's shape (a = 96, h = 12288, L = 96, s = 2048), b = 1: 5·a·s/h = 80."""
    each = {name: reckon(**GPT_3, recompute=name) for name in ("none", "selective", "full")}
    sbh_layers = 2048 * 12288 * 96
    found = {name: activation_bytes(it.values, it.shape) for name, it in each.items()}
    assert found == {"none": sbh_layers * (34 + 80), "selective": sbh_layers * 34, "full": sbh_layers * 2}


def test_the_cache_by_hand() -> None:
    """Llama 3 8B: 2 · 32 layers · 8 heads · 128 · 8192 tokens · 2 bytes = 1 GiB; Llama 2 7B with all its 32 heads four times that."""
    assert cache_bytes(reckon().shape, 8192, 2, 8) == 2**30
    assert reckon(**LLAMA_2).cache(8192) == 4 * 2**30


def test_hours_and_money_by_hand() -> None:
    """8.4e22 operations at 40 % of 989e12: about 59,000 hours of one device (as the bank has it)."""
    found = reckon(parameters=7, tokens=2000, gpus=1000)
    assert training_operations(7e9, 2e12) == 8.4e22
    assert found.hours == pytest.approx(8.4e22 / (989e12 * 0.4) / 3600)
    assert found.hours == pytest.approx(59_000, rel=0.01)
    again = reckon(parameters=7, tokens=2000, recompute="full")
    assert again.executed == pytest.approx(8 / 6 * 8.4e22), "one forward pass more"
    table = next(part for part in run(parameters=7, tokens=2000, gpus=1000, price=3).parts if part.name == "training")
    figures = {row[0]: row[1] for row in table.rows} if isinstance(table, Table) else {}
    assert figures["Money"] == pytest.approx(3 * found.hours)
    assert figures["Time"] == pytest.approx(found.hours / 1000 / 24)


def test_the_claims_can_be_falsified() -> None:
    """With values that break them, the findings say so: they are measured, not printed."""
    seen = {each.id: each.held for each in run(sequence=400_000, operations=2, own_bytes=3).seen}
    assert seen == {"six": False, "state": False, "serving": False, "cache": True}


def test_heads_that_share_nothing_leave_the_cache_open() -> None:
    seen = {each.id: each.held for each in run(**LLAMA_2).seen}
    assert seen["cache"] is None


def test_what_is_split_is_all_but_the_activations() -> None:
    def needed(**given: object) -> str:
        table = next(part for part in run(**given).parts if part.name == "state")
        assert isinstance(table, Table)
        return table.note

    found = reckon(batch=8)
    assert found.memory.activations < 80e9 < found.memory.state
    assert f"it takes {math.ceil(found.memory.state / (80e9 - found.memory.activations))} devices of 80 GB at least" in needed(batch=8)
    assert "no number is enough of 80 GB" in needed(batch=16, recompute="none", sequence=8192)


def test_heads_that_cannot_be_shared_evenly_are_refused() -> None:
    with pytest.raises(InputError, match="32 heads cannot share 3"):
        run(kv_heads=3)


def test_the_memory_picture_marks_the_device_and_names_your_recipe() -> None:
    picture = next(part for part in run(precision="half", optimiser="momentum").parts if part.name == "memory")
    assert isinstance(picture, Picture)
    assert picture.labels[-1] == "16 bits only; SGD with momentum (yours)"
    assert picture.marks[0].value == 80
    yours = run(own_bytes=20)
    picture, table = (next(part for part in yours.parts if part.name == name) for name in ("memory", "state"))
    assert isinstance(picture, Picture)
    assert isinstance(table, Table)
    at = next(n for n, label in enumerate(picture.labels) if label.endswith("(yours)"))
    assert [series.values[at] for series in picture.series] == [row[1] for row in table.rows[:5]], "the bar is the table beside it"


@given(
    st.integers(1, 200), st.integers(16, 20_000), st.integers(1, 32), st.integers(1, 8), st.sampled_from(["none", "selective", "full"]),
    st.sampled_from(["mixed", "full", "half"]), st.sampled_from(["adam", "adam8", "momentum", "sgd"]),
)  # fmt: skip
def test_more_of_anything_never_costs_less(
    layers: int, width: int, kv_heads: int, group: int, recompute: str, precision: str, optimiser: str
) -> None:
    given = {
        "layers": layers, "width": width, "kv_heads": kv_heads, "heads": kv_heads * group, "recompute": recompute, "precision": precision,
        "optimiser": optimiser,
    }  # fmt: skip
    less, more = reckon(**given), reckon(**{**given, "layers": layers + 1, "width": width + 16})
    assert more.n > less.n
    assert sum(more.memory) > sum(less.memory)
    assert more.hours > less.hours
    assert more.cache(100) > less.cache(100)
    assert less.memory_of(precision, "sgd").state <= less.memory.state
