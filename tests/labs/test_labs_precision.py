"""The lab *precision*: the packing is the ``gguf`` package's where it has the format, and by hand where not; on the real model what one
should see is seen; figures that break a claim are told.

A tuned model is trained with torch (the extra ``labs``) or taken from the file that *two-adapters* keeps; here it is made up.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs_runs import held

from greenroom.errors import ExtraMissingError, InputError
from greenroom.labs import precision, rounding
from greenroom.labs.adapter_file import Pair, Thin, keep
from greenroom.labs.few_shot import fingerprint
from greenroom.labs.lab import Bench, Result, Table, collect
from greenroom.labs.model import Model
from greenroom.labs.packing import Format, by_scale, matrices, packed, packed_table, size, squared_error, zeros
from greenroom.labs.precision import CARD, DESK, FORMATS, Precision
from greenroom.labs.rounding import EIGHT, FULL, UNPACKED, Course, Packed, Repacked
from greenroom.labs.swapping import FOLDER, TwoAdapters, note_of

TUNING = {"swallowed", "apart", "steps"}
TEXT = "hello world hello world 12 and more of the same"
ROWS = np.random.default_rng(1).standard_normal((6, 64)).astype(np.float32)
ROWS[2] = 0  # a block without anything in it


def parts(model: Model, home: Path, **given: Any) -> Result:
    values = CARD.read(given)
    return collect(CARD, values, list(Precision().parts(values, model, Bench(home, 1))))


def table(found: Result, name: str) -> Table:
    return next(part for part in found.parts if isinstance(part, Table) and part.name == name)


# --- The packing ---


def test_the_rule_written_out_is_q8_0_bit_for_bit() -> None:
    assert np.array_equal(by_scale(ROWS, 8, 32), Format("", kind="Q8_0").rounded(ROWS))


def test_the_rule_by_hand() -> None:
    """Three bits: whole numbers from -3 to 3; the largest, 6, is 3 of them, so a step is 2."""
    row = np.array([[6.0, 1.0, -0.9, -3.0, 2.9, 0.0, -6.0, 5.1]], np.float32)
    assert by_scale(row, 3, 8).tolist() == [[6.0, 2.0, 0.0, -4.0, 2.0, 0.0, -6.0, 6.0]]
    assert by_scale(row, 3, 4).tolist()[0][4:] == pytest.approx([2.0, 0.0, -6.0, 6.0], abs=1e-2)


def test_each_bit_less_doubles_the_step() -> None:
    many = np.random.default_rng(5).standard_normal((200, 64)).astype(np.float32)
    errors = [float(np.square(by_scale(many, bits, 32) - many).sum()) for bits in (8, 7, 6, 5)]
    assert all(3.5 < more / less < 5.5 for less, more in pairwise(errors))


def test_bits_a_weight_are_those_of_the_blocks() -> None:
    assert [Format("", kind=kind).bits_a_weight(64) for kind in ("Q8_0", "Q4_0", "Q4_1")] == [8.5, 4.5, 5.0]
    assert Format("", bits=8).bits_a_weight(64) == 8.5
    assert Format("", bits=4, block=0).bits_a_weight(64) == 4.25
    for kind in ("Q8_0", "Q4_0", "Q4_1"):
        how = Format("", kind=kind)
        assert 8 * how.bytes_of(ROWS).nbytes == how.bits_a_weight(64) * ROWS.size


def test_packing_again_in_the_same_format_changes_nothing() -> None:
    for kind in ("Q8_0", "Q4_1"):
        how = Format("", kind=kind)
        once = how.rounded(ROWS)
        assert np.abs(how.rounded(once) - once).max() < 1e-3, kind


def test_rows_that_are_no_whole_blocks_are_refused() -> None:
    with pytest.raises(InputError, match="no whole blocks"):
        Format("", kind="Q8_0").rounded(ROWS[:, :40])
    assert Format("", bits=4, block=0).rounded(ROWS[:, :40]).shape == (6, 40)


def test_the_model_is_left_as_it_is_and_nothing_is_taken_away(tiny: Model) -> None:
    base = tiny.transformer
    before, how = fingerprint(base), Format("", bits=3)
    found = packed(base, how, packed_table(base))
    assert fingerprint(base) == before != fingerprint(found)
    assert [each.shape for each in matrices(found)] == [each.shape for each in matrices(base)]
    assert found.unembedding is found.embedding
    assert squared_error(base, base) == 0 < squared_error(base, found)
    assert size(base, None) == 4 * sum(each.size for block in base.blocks for each in block) + 4 * base.embedding.size + 4 * 32


def test_formats_are_found_by_keys_of_their_own_and_zeros_are_counted(tiny: Model) -> None:
    assert len({how.key for how in FORMATS}) == len(FORMATS)
    assert {"2 bits", "4 bits", *rounding.FOURS, EIGHT} <= {how.key for how in FORMATS}
    base = tiny.transformer
    assert zeros(base) < 0.01
    few, many = (zeros(packed(base, Format("", bits=bits), packed_table(base))) for bits in (8, 2))
    assert few < 0.05 < 0.5 < many < 1


# --- On the tiny model ---


def test_twice_the_same_on_a_random_model(tiny: Model, tmp_path: Path) -> None:
    given = {"text": TEXT, "prompt": "hello", "timed": False}
    found = parts(tiny, tmp_path, **given)
    assert found.model_dump_json() == parts(tiny, tmp_path, **given).model_dump_json()
    assert all(each.found for each in found.seen)
    assert [row[0] for row in table(found, "figures").rows] == [UNPACKED, *(how.title for how in FORMATS)]
    assert held(found)["speed"] is held(found)["swallowed"] is None


def test_a_text_of_two_tokens_has_one_loss_and_is_refused(tiny: Model, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 tokens; this lab needs at least 3"):
        parts(tiny, tmp_path, text="hello world", timed=False)


def test_times_are_taken_of_what_is_kept(tiny: Model) -> None:
    found = list(precision.take_times(tiny.transformer))
    assert [kilobytes for _, kilobytes, _ in found] == pytest.approx([16.384, 4.352, 2.304])
    assert all(took > 0 for *_, took in found)


def adapter(tiny: Model) -> Thin:
    dice = np.random.default_rng(3)
    pairs = {
        (0, place): Pair(dice.standard_normal((2, x.shape[1])).astype(np.float32), dice.standard_normal((x.shape[0], 2)).astype(np.float32))
        for place, x in (("qkv", tiny.transformer.blocks[0].qkv), ("down", tiny.transformer.blocks[0].down))
    }
    return Thin(pairs, 2, 16.0, fingerprint(tiny.transformer), note_of(TwoAdapters.card.read({})))


def test_a_kept_adapter_is_taken_and_packed_again_without_torch(tiny: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "find_spec", lambda _: None)
    keep(adapter(tiny), tmp_path / FOLDER / DESK.file)
    found = parts(tiny, tmp_path, what="tuned", items=12)
    rows = table(found, "tuned").rows
    assert [row[0] for row in rows][:3] == [rounding.BASE, rounding.APART, rounding.MERGED]
    base, apart, merged = (row[1] for row in rows[:3])
    assert (apart, merged) == (pytest.approx(base + 4 * adapter(tiny).size / 1e6), base), "beside the base it takes room of its own"
    assert held(found)["apart"] is not None and held(found)["size"] is None
    assert held(found)["swallowed"] is None, "this base does not stand on the steps of Q4_1"


def test_without_a_kept_adapter_and_without_torch_it_says_so(tiny: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "find_spec", lambda _: None)
    with pytest.raises(ExtraMissingError):
        parts(tiny, tmp_path, what="tuned")


def test_what_is_left_of_the_learnt(tiny: Model) -> None:
    """All of it in the merged weights, nothing in the base; twice the change along it is twice as much and no noise."""
    base, thin = tiny.transformer, adapter(tiny)
    assert precision.still_there(thin, base, thin.merged(base)) == pytest.approx((1, 0), abs=1e-3)
    assert precision.still_there(thin, base, base) == (0, 0)
    assert precision.still_there(thin, base, thin.merged(base, share=2)) == pytest.approx((2, 0), abs=2e-3)


# --- On the real model ---


@pytest.mark.timeout(1800)
def test_what_one_should_see_is_seen_on_the_real_model(real: Model, tmp_path: Path) -> None:
    found = parts(real, tmp_path)
    seen = {name: value for name, value in held(found).items() if name not in TUNING}
    assert set(seen.values()) == {True}, [each.found for each in found.seen]


@pytest.mark.timeout(1800)
def test_what_becomes_of_a_tuned_model_on_the_real_model(real: Model, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="NOT RUN: what trains (pip install 'greenroom[labs]')")
    found = parts(real, tmp_path, what="tuned")
    assert {held(found)[name] for name in TUNING} == {True}, [each.found for each in found.seen]


def test_the_size_in_q4_1_is_that_of_the_tensors_in_the_file(real: Model, real_file: Path) -> None:
    from greenroom.labs.gguf_file import GgufFile

    in_file = sum(each.size for each in GgufFile(real_file).tensors.values())
    assert size(real.transformer, Format("", kind="Q4_1")) == in_file


# --- Each claim can be told otherwise ---


def one(key: str, bits: float, error: float, loss: float, others: int = 0, none: float = 0) -> Packed:
    """Of ten tokens; at so many another one is the likeliest."""
    likeliest = np.zeros(10, np.float32)
    likeliest[:others] = 1
    return Packed(key, f"in {key}", bits, bits, error, np.full(10, loss, np.float32), likeliest, "…", none)


GOOD = {each.key: each for each in (
    one(FULL, 32, 0, 4), one(EIGHT, 8.5, 1e-5, 4.001, 1, 0.01), one("6 bits", 6.5, 1e-4, 4.01), one("5 bits", 5.5, 4.3e-4, 4.02),
    one("4 bits", 4.5, 2e-3, 4.1), one("3 bits", 3.5, 1e-2, 4.8), one("2 bits", 2.5, 0.2, 9, none=0.75), one("4 bits a row", 4.03, 0.1, 6),
    one("Q4_0", 4.5, 15e-4, 4.1), one("Q4_1", 5, 1e-9, 4),
)}  # fmt: skip
TIMES = [(FULL, 100.0, 1.0), (EIGHT, 27.0, 9.0), ("4 bits, Q4_0", 14.0, 8.0)]


def told(change: dict[str, Packed] | None = None, times: list[tuple[str, float, float]] = TIMES) -> dict[str, bool | None]:
    course = Course(list((GOOD | (change or {})).values()), list(times))
    return {each.id: each.held for each in rounding.findings(course)}


def test_control_figures_that_keep_the_claims() -> None:
    assert {name for name, each in told().items() if each is not True} == TUNING


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("size", one("Q4_1", 9, 0, 4)), ("size", one("4 bits", 4.4, 2e-3, 4.1)), ("zeros", one(EIGHT, 8.5, 1e-5, 4, none=0.1)),
        ("zeros", one("2 bits", 2.5, 0.2, 9, none=0.3)), ("eight", one(EIGHT, 8.5, 1e-5, 4.2)),
        ("bits", one("4 bits", 4.5, 1e-3, 4.1)), ("bits", one("3 bits", 3.5, 2e-2, 4.8)), ("bits", one("2 bits", 2.5, 0.2, 4.9)),
        ("bits", one("3 bits", 3.5, 1e-2, 4.11)), ("scale", one("4 bits a row", 4, 2e-3, 4.1)),
        ("again", one("Q4_1", 5, 1e-9, 4.01)), ("again", one("Q4_1", 5, 1e-9, 4, 1)), ("again", one("Q4_0", 4.5, 1e-9, 4.1)),
        ("flips", one(EIGHT, 8.5, 1e-5, 4.001)),
    ],
)  # fmt: skip
def test_figures_that_break_a_claim_are_told(name: str, other: Packed) -> None:
    assert told({other.key: other})[name] is False


def test_what_cannot_be_told_is_not_told() -> None:
    """A file on other steps; a loss that differs from token to token more than it is off."""
    assert told({"Q4_1": one("Q4_1", 5, 1e-3, 4)})["again"] is None
    uneven = GOOD[EIGHT]._replace(losses=np.array([3.9, 4.12] * 5, np.float32))
    assert uneven.more(GOOD[FULL]) == pytest.approx((0.01, 0.11 * (10 / 9) ** 0.5 / 10**0.5), rel=1e-4)
    assert told({EIGHT: uneven})["eight"] is None


def test_a_packed_product_as_fast_as_the_plain_one_breaks_the_claim() -> None:
    assert told(times=[TIMES[0], (EIGHT, 27.0, 0.5), TIMES[2]])["speed"] is False
    assert told(times=[])["speed"] is None


TUNED = [
    Repacked(rounding.BASE, 538, 1, 1, 18, 6.0), Repacked(rounding.APART, 538, 15, 18, 18, 0.5),
    Repacked(rounding.MERGED, 538, 15, 18, 18, 0.5), Repacked("8", 143, 15, 18, 18, 0.5, 1.0, 0.1),
    Repacked("Q4_1", 96, 5, 6, 18, 3.0, 0.2, 1.0), Repacked("Q4_0", 90, 14, 17, 18, 0.6, 0.9, 15.0),
]  # fmt: skip


def tuned(n: int, **change: Any) -> dict[str, bool | None]:
    some = [*TUNED[:n], TUNED[n]._replace(**change), *TUNED[n + 1 :]]
    return {each.id: each.held for each in rounding.tuned_findings(some, stands=True)}


def test_control_a_tuned_model_that_keeps_the_claims() -> None:
    found = tuned(0)
    assert {found[name] for name in TUNING} == {True}
    assert {each for name, each in found.items() if name not in TUNING} == {None}


def test_of_a_base_on_other_steps_the_claims_on_steps_are_not_told() -> None:
    found = {each.id: each.held for each in rounding.tuned_findings(TUNED, stands=False)}
    assert found["swallowed"] is found["steps"] is None and found["apart"] is True


@pytest.mark.parametrize(
    ("name", "n", "change"),
    [
        ("swallowed", 4, {"right": 15}), ("swallowed", 4, {"left": 0.9}), ("swallowed", 3, {"right": 14}), ("apart", 1, {"right": 3}),
        ("apart", 1, {"loss": 4.0}), ("steps", 5, {"left": 0.3}), ("steps", 5, {"right": 5}),
    ],
)  # fmt: skip
def test_a_tuned_model_that_breaks_a_claim_is_told(name: str, n: int, change: dict[str, Any]) -> None:
    assert tuned(n, **change)[name] is False
