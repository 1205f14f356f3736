"""The ruler for one's own marks: figures pinned as numbers, bad rows named with their cure, and a ruler that measures nothing found out."""

from __future__ import annotations

import json
import random
import tracemalloc
from typing import Any

import numpy as np
import pytest

from greenroom.assess.assessor import Verbatim
from greenroom.assess.ruler import figures
from greenroom.assess.ruler.calibration import Calibration, calibrate
from greenroom.assess.ruler.rows import middle
from greenroom.bank.question import Question
from greenroom.errors import NotFoundError

POINTS = [{"id": i, "point": f"Point {i}.", "says": [f"this says {i}"]} for i in "abcd"]


def find(question_id: str) -> Question:
    raise NotFoundError("question", question_id, ["attention"])


def row(number: int, said: str, **more: Any) -> dict[str, Any]:
    """An answer that makes the points in ``said``, padded to a length that has nothing to do with them."""
    answer = ". ".join(f"this says {i}" for i in said) + " and so on" * (number * 7 % 5) + "."
    return {"id": f"r{number}", "key_points": POINTS, "answer": answer, **more}


def held(rows: list[Any], marks: Any = "0-1") -> Calibration:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in rows]
    return calibrate(lines, Verbatim(), find, marks, random.Random(0))


SAID = ["", "a", "ab", "abc", "abcd", "b", "cd", "bcd", "acd", "d", "abd", "c"]


def fair() -> list[dict[str, Any]]:
    return [row(n, said, score=len(said) / 4) for n, said in enumerate(SAID)]


def test_an_assessor_that_agrees_beats_both_blind_rulers() -> None:
    found = held(fair())
    assert found.n == 12 and not found.few and found.assessor and found.length and found.constant and found.lean
    assert (found.assessor.pearson, found.assessor.qwk, found.assessor.rmse, found.assessor.wrmse) == (1.0, 1.0, 0.0, 0.0)
    assert found.assessor.wrmse < min(found.length.wrmse, found.constant.wrmse)
    assert (found.lean.mean, found.lean.low, found.lean.high) == (0.0, 0.0, 0.0) and found.disagreements == ()


def test_marks_that_have_nothing_to_do_with_the_answer_show_it() -> None:
    """The control: the same answers with the marks dealt out anew."""
    marks = [len(said) / 4 for said in SAID]
    random.Random(3).shuffle(marks)
    found = held([row(n, said, score=mark) for n, (said, mark) in enumerate(zip(SAID, marks, strict=True))])
    assert found.assessor and found.constant and found.length
    assert found.assessor.wrmse >= min(found.length.wrmse, found.constant.wrmse)
    assert len(found.disagreements) <= 10
    gaps = [abs(d.own - d.given) for d in found.disagreements]
    assert gaps == sorted(gaps, reverse=True) and gaps[0] > 0.3


@pytest.mark.parametrize(("shift", "sign"), [(0.25, -1), (-0.25, 1)])
def test_too_kind_and_too_harsh_with_an_interval(shift: float, sign: int) -> None:
    found = held([{**each, "score": min(1, max(0, each["score"] + shift))} for each in fair()])
    assert found.lean and found.lean.low <= found.lean.mean <= found.lean.high
    assert found.lean.mean * sign > 0 and found.lean.low * found.lean.high > 0


def test_why_names_the_missed_points_and_what_was_credited() -> None:
    harsh = held([row(0, "a", score=1.0)]).disagreements[0]
    assert (harsh.own, harsh.given) == (1.0, 0.25) and "Missed: Point b." in harsh.why
    kind = held([row(0, "abcd", score=0.0)]).disagreements[0]
    assert "Credited “this says a” as: Point a." in kind.why
    one = held([row(0, "a", score=1.0, points={"b": "missed", "c": "hit"})]).disagreements[0]
    assert "Point b" not in one.why and "Point c" in one.why, "of points both see alike nothing is said"


def test_point_verdicts_are_compared_by_kappa() -> None:
    rows = [row(n, said, points={"a": "hit" if "a" in said else "missed", "b": "hit"}) for n, said in enumerate(SAID)]
    found = held(rows)
    assert found.n == 0 and found.assessor is None and found.points is not None and found.points.n == 24
    by = {each.id: each for each in found.points.each}
    assert by["a"].n == by["b"].n == 12 and by["a"].kappa == by["a"].same == 1.0
    assert by["b"].kappa == 0.0, "always the same mark agrees by chance only"
    few = held(rows[:4]).points
    assert few is not None and all(each.kappa is None for each in few.each)


def test_few_rows_are_reported_as_few() -> None:
    assert held(fair()[:9]).few and not held(fair()[:10]).few


def test_an_answer_that_is_not_judged_counts_for_nothing() -> None:
    found = held([*fair(), {**row(20, ""), "answer": "  ", "score": 1.0}])
    assert (found.n, found.abstained) == (12, 1)


@pytest.mark.parametrize(
    ("more", "marks", "mark"),
    [
        ({"score": 3, "max_score": 4}, "0-1", 0.75), ({"score": 75}, "0-100", 0.75), ({"score": 0.75}, "0-1", 0.75),
        ({"score": 75, "marks": "0-100"}, "0-1", 0.75), ({"band": 4}, "0-1", 0.74), ({"score": 4}, "1-5", 0.74),
    ],
)  # fmt: skip
def test_every_scale_comes_out_alike(more: dict[str, Any], marks: str, mark: float) -> None:
    assert held([row(0, "", **more)], marks).disagreements[0].own == mark


def test_bands_are_the_middle_of_their_stretch() -> None:
    assert [middle(band) for band in range(1, 6)] == [0.1, 0.3, 0.515, 0.74, 0.925]


@pytest.mark.parametrize(
    ("bad", "fault", "cure"),
    [
        ("not json", "Not a JSON object", "one JSON object a line"),
        ('{"id": "x", "score": NaN}', "NaN", "JSON"),
        ("[]", "the row", "Correct"),
        (row(50, "a"), "neither a score", "score, band or points"),
        (row(50, "a", score=7), "not within 0 and 1", "--marks 0-100"),
        (row(50, "a", score=7, max_score=5), "not within 0 and 5", "max_score"),
        (row(50, "a", score=True), "score", "Correct"),
        (row(50, "a", band=6), "band", "Correct"),
        (row(50, "a", points={"z": "hit"}), "no key point", "a, b, c, d"),
        (row(50, "a", points={"a": "good"}), "points.a", "Correct"),
        ({"id": "r50", "answer": "x", "score": 1}, "right answer", "question_id, reference or key_points"),
        ({"id": "r50", "question_id": "attentoin", "answer": "x", "score": 1}, "attentoin", "attention"),
        (row(0, "a", score=1), "already used in line 1", "id of its own"),
        ("[" * 30_000, "Not a JSON object", "JSON"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_its_cure_and_the_others_go_on(bad: Any, fault: str, cure: str) -> None:
    found = held([*fair(), bad, "", row(99, "ab", score=0.5)])
    assert found.n == 13 and [each.line for each in found.bad] == [13]
    assert fault in found.bad[0].fault and cure in found.bad[0].fault + found.bad[0].cure


def test_figures_against_numbers_worked_out_by_hand() -> None:
    assert figures.cohen(["a", "a", "b", "b"], ["a", "a", "b", "a"]) == pytest.approx(0.5)
    assert figures.weighted_kappa([1, 2, 3], [1, 2, 3]) == 1.0 and figures.weighted_kappa([1, 1], [1, 1]) is None
    assert figures.pearson([1, 1, 1], [1, 2, 3]) is None
    assert figures.wrmse([0.05, 0.05, 0.05, 0.95], [0.05, 0.05, 0.05, 0.55]) == pytest.approx((0.4**2 / 2) ** 0.5)
    assert figures.rmse([0.05, 0.05, 0.05, 0.95], [0.05, 0.05, 0.05, 0.55]) == pytest.approx(0.2)
    assert figures.by_mean([0.0, 1.0, 0.5]) == [0.75, 0.25, 0.5]
    assert figures.interval([0.1, 0.3], random.Random(1)) == (0.1, 0.3)


@pytest.mark.parametrize(
    "lengths", [[3] * 8, [3] * 7 + [90], [3, 3, 90, 90, 3, 90, 3, 3], [1, 2, 40, 5, 80, 12, 7, 30], [5, 9], [5, 5], [4], []]
)
def test_the_length_baseline_is_a_line_fitted_on_the_other_rows(lengths: list[int]) -> None:
    rng = random.Random(len(set(lengths)))
    marks = [rng.random() for _ in lengths]
    x = np.log1p(np.asarray(lengths, float))
    for n, given in enumerate(figures.by_length(marks, lengths)):
        keep = [m for m in range(len(marks)) if m != n] or [n]
        sloped = len({lengths[m] for m in keep}) > 1
        line = np.polyfit(x[keep], np.asarray(marks)[keep], 1) if sloped else [0.0, float(np.mean(np.asarray(marks)[keep]))]
        assert given == pytest.approx(float(np.clip(line[1] + line[0] * x[n], 0, 1)))


def test_weighted_kappa_is_one_less_the_disagreement_over_that_of_all_pairs() -> None:
    rng = random.Random(5)
    a, b = ([rng.randrange(1, 6) for _ in range(50)] for _ in range(2))
    chance = sum((x - y) ** 2 for x in a for y in b) / 2500
    assert figures.weighted_kappa(a, b) == pytest.approx(1 - sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / 50 / chance)


def test_many_rows_take_room_in_proportion() -> None:
    """A calibration file may be long; all pairs of five thousand verdicts are 200 MB."""
    marks = [n % 5 for n in range(5000)]
    tracemalloc.start()
    figures.weighted_kappa(marks, marks[::-1])
    figures.by_length([mark / 5 for mark in marks], marks)
    peak, x = tracemalloc.get_traced_memory()[1], np.asarray(marks[:1000], float)
    tracemalloc.reset_peak()
    ((x[:, None] - x[None, :]) ** 2).mean()
    assert peak < 2e6 < 8e6 <= tracemalloc.get_traced_memory()[1], "the control is all pairs of a fifth of them"
    tracemalloc.stop()


def test_points_of_the_rows_own_are_told_apart_by_their_words() -> None:
    rows = [{**row(n, "a", points={"a": "hit"}), "key_points": [{**POINTS[0], "point": f"Point {n % 2}."}]} for n in range(10)]
    found = held(rows).points
    assert found is not None and [(each.id, each.n) for each in found.each] == [("a", 5), ("a", 5)]


def test_the_same_rows_give_the_same_figures() -> None:
    rows = [{**each, "score": 1 - each["score"]} for each in fair()]
    assert held(rows) == held(rows)
