"""``grade``: every line gets its answer, in order; faults stay in their row; what is done is not done again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenroom.assess.assessment import Assessment, Grader
from greenroom.assess.coverage import Coverage
from greenroom.assess.grade import RowIn, grade, make_rubric
from greenroom.bank.question import Rubric


class Counting:
    """An assessor that gives half marks and counts its calls."""

    def __init__(self, version: str = "1") -> None:
        self.calls = 0
        self.grader = Grader(name="counting", version=version)

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        self.calls += 1
        return Assessment(
            question_id=rubric.question_id,
            status="assessed",
            rubric_hash=rubric.hash,
            grader=self.grader,
            overall=50.0,
        )


def line(id_: str, **fields: Any) -> str:
    return json.dumps({"id": id_, "reference": "The water evaporates.", "answer": "It evaporates."} | fields)


class Meeting(Counting):
    """An assessor whose rows wait for each other: it can only go on when two are assessed side by side."""

    def __init__(self, patience: float = 5) -> None:
        super().__init__()
        self.met = threading.Barrier(2, timeout=patience)

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        self.met.wait()
        return super().assess(rubric, answer)


def test_rows_are_assessed_side_by_side() -> None:
    lines = [line(str(n)) for n in range(6)]
    assert [row.id for row in grade(lines, Meeting(), at_once=2)] == ["0", "1", "2", "3", "4", "5"]


def test_control_one_at_a_time_nobody_meets() -> None:
    with pytest.raises(threading.BrokenBarrierError):
        list(grade([line("0"), line("1")], Meeting(patience=0.1)))


@pytest.mark.parametrize("at_once", [2, 5])
def test_side_by_side_every_line_gets_what_it_gets_alone(at_once: int, coverage: Coverage) -> None:
    said = ["The water evaporates in the sun.", "", "It freezes and never evaporates at all.", "water sun air", "It evaporates slowly."]
    points = [{"id": "p", "point": "Water evaporates.", "says": ["It turns into vapour in the sun.", "The sun dries it up."]}]
    lines = [*(line(str(n), answer=text) for n, text in enumerate(said)), "{nope", line("0"), "", line("8")]
    lines += [line(f"p{n}", answer=text, reference=None, key_points=points) for n, text in enumerate(said)]
    side_by_side = list(grade(lines, Coverage.load(), at_once=at_once))  # its own: what another has read it would remember
    assert side_by_side == list(grade(lines, coverage))


@pytest.mark.parametrize(("because", "files"), [("", 0), ("It comes again.", 1)])
def test_only_a_rubric_of_the_bank_leaves_its_vectors(because: str, files: int, tmp_path: Path) -> None:
    row = RowIn.model_validate_json(line("a", reference=None, key_points=[{"id": "p", "point": "It dries.", "says": ["It is dry."]}]))
    rubric = make_rubric(row)
    kept = rubric.model_copy(update={"points": tuple(point.model_copy(update={"because": because}) for point in rubric.points)})
    Coverage.load(cache=tmp_path).prepare(kept)
    assert len(list(tmp_path.glob("*.npy"))) == files


def test_what_was_read_is_graded_before_the_file_fails() -> None:
    def lines() -> Iterator[str]:
        yield line("0")
        yield line("1")
        raise OSError("gone")

    got = []
    with pytest.raises(OSError, match="gone"):
        for row in grade(lines(), Counting(), at_once=2):
            got.append(row.id)
    assert got == ["0", "1"]


def test_no_more_is_read_ahead_than_is_assessed_at_once() -> None:
    read: list[int] = []

    def lines() -> Iterator[str]:
        for n in range(50):
            read.append(n)
            yield line(str(n))

    results = grade(lines(), Counting(), at_once=3)
    next(results)
    assert len(read) == 4
    results.close()
    assert len(read) == 4


FAULTY = {
    "not json": "{nope",
    "a list": "[1]",
    "not a number": '{"id": "x", "answer": NaN, "reference": "r"}',
    "no answer": json.dumps({"id": "x", "reference": "r"}),
    "no reference": json.dumps({"id": "x", "answer": "a"}),
    "blank reference": json.dumps({"id": "x", "answer": "a", "reference": "  "}),
    "id of another kind": json.dumps({"id": 7.5, "answer": "a", "reference": "r"}),
    "two points with one id": json.dumps({"id": "x", "answer": "a", "key_points": [{"id": "p", "point": "1"}, {"id": "p", "point": "2"}]}),
    "deep": "[" * 100_000,
    "too long": json.dumps({"id": "x", "answer": "a" * 30_000, "reference": "r"}),
}


@pytest.mark.parametrize("bad", FAULTY.values(), ids=FAULTY)
def test_a_bad_row_is_reported_and_the_rest_go_on(bad: str) -> None:
    got = list(grade([line("a"), bad, line("b")], Counting()))
    assert [row.status for row in got] == ["graded", "error", "graded"] and got[1].reason and got[1].row == 2


@pytest.mark.parametrize("bad", [7.5, "", True, "x" * 201, "\ud800"])
def test_a_fault_is_placed_by_the_rows_own_names(bad: object) -> None:
    (got,) = grade([json.dumps({"id": bad, "answer": "a", "reference": "r"})], Counting())
    assert got.status == "error" and (got.reason or "").startswith("id: ") and got.model_dump_json()


def test_an_id_used_twice_is_an_error_of_the_later_row() -> None:
    got = list(grade([line("a"), line("b"), line("a", answer="other")], Counting()))
    assert [row.status for row in got] == ["graded", "graded", "error"] and "row 1" in (got[2].reason or "")


def test_resuming_grades_only_what_is_new_or_changed() -> None:
    lines = [line("a"), line("b"), line("c")]
    first = list(grade(lines[:2], Counting()))
    done = {(row.row, row.hash): row for row in first}
    again = Counting()
    assert list(grade(lines, again, done))[:2] == first and again.calls == 1
    changed = Counting()
    list(grade([line("a", answer="now other"), *lines[1:]], changed, done))
    assert changed.calls == 2


def test_another_grader_an_error_and_an_id_now_taken_are_graded_again() -> None:
    lines = [line("a"), line("b")]
    done = {(row.row, row.hash): row for row in grade(lines, Counting())}
    newer = Counting(version="2")
    assert [row.grader for row in grade(lines, newer, done)] == [newer.grader] * 2 and newer.calls == 2
    clash = list(grade([line("b"), lines[1]], Counting(), done))
    assert [row.status for row in clash] == ["graded", "error"]
    faulty = {key: row.model_copy(update={"status": "error"}) for key, row in done.items()}
    assert [row.status for row in grade(lines, Counting(), faulty)] == ["graded", "graded"]


def test_an_id_comes_back_as_it_came() -> None:
    got = list(grade([json.dumps({"id": 7, "answer": "a", "reference": "r"}), line("7"), json.dumps({"id": 9})], Counting()))
    assert [row.id for row in got] == [7, "7", 9] and json.loads(got[0].model_dump_json())["id"] == 7


ASK, REFERENCE = "How was the salt separated from the water?", "The sun warmed it until it evaporated and left the salt behind."


def test_the_question_again_is_not_judged_and_a_choice_from_it_is(coverage: Coverage) -> None:
    echo, choice = grade(
        [
            line("a", question=ASK, reference=REFERENCE, answer="The salt was separated from the water."),
            line("b", question="Is the water warm or cold?", reference="The water is cold.", answer="The water is cold."),
        ],
        coverage,
    )
    assert echo.status == "abstained" and "repeats the question" in (echo.reason or "")
    assert choice.status == "graded" and (choice.score or 0) > 0.5


def test_a_bare_list_of_keywords_scores_low(coverage: Coverage) -> None:
    said = ("sun, warm, water, evaporated, salt, left, behind", "The sun warmed it, it evaporated and the salt was left behind.")
    words, sentence = grade([line(str(n), question=ASK, reference=REFERENCE, answer=text) for n, text in enumerate(said)], coverage)
    assert (words.score or 0) <= 0.2 < 0.6 < (sentence.score or 0)


def test_blank_lines_have_no_result_but_keep_the_count() -> None:
    assert [row.row for row in grade(["\n", line("a"), "", line("b")], Counting())] == [2, 4]


def test_a_reference_becomes_points_and_key_points_are_kept() -> None:
    assert len(make_rubric(RowIn(id="x", reference="One thing. Another thing.", answer="a")).points) == 2
    row = RowIn.model_validate({"id": "x", "answer": "a", "key_points": [{"id": "K 1", "point": "One", "says": ["Uno"]}]})
    assert [(p.id, p.says) for p in make_rubric(row).points] == [("K 1", ("Uno",))]


WHERE = (
    (
        "What is a hash table good for?",
        "An entry is found at once, because its place is computed from the key.",
        "You find things at once.",
    ),
    (ASK, REFERENCE, "The sun warmed it, it evaporated and the salt was left behind."),
    (ASK, REFERENCE, "I do not know."),
    (ASK, REFERENCE, "The salt was picked out by hand."),
    (ASK, REFERENCE, ""),
)


@pytest.mark.parametrize(("question", "reference", "answer"), WHERE)
def test_of_a_reference_alone_nothing_but_the_mark_is_made(coverage: Coverage, question: str, reference: str, answer: str) -> None:
    """Control: asked for verdicts as well, it reads more and gives the same mark."""
    rubric = make_rubric(RowIn(id="x", question=question, reference=reference, answer=answer))
    mark, both = (coverage.assess(rubric.model_copy(update={"whole": whole}), answer) for whole in (True, False))
    assert rubric.whole and mark.overall == both.overall and mark.status == both.status and mark.rubric_hash == both.rubric_hash
    assert mark.status == "abstained" or (mark.points == () and len(both.points) == len(rubric.points))


def test_key_points_are_asked_for() -> None:
    row = RowIn.model_validate({"id": "x", "answer": "a", "key_points": [{"id": "k", "point": "One"}]})
    assert not make_rubric(row).whole


def test_the_real_assessor_ranks_answers_of_another_subject(coverage: Coverage) -> None:
    reference = "The water evaporated because the sun warmed it, leaving the salt behind in the dish."
    ask = "How was the salt separated from the water?"
    answers = [
        "The sun heated the water until it evaporated and the salt stayed in the dish.",
        "The salt was picked out by hand.",
        "dinosaurs",
        "",
    ]
    got = list(grade([line(str(n), question=ask, reference=reference, answer=text) for n, text in enumerate(answers)], coverage))
    assert [row.status for row in got] == ["graded", "graded", "graded", "abstained"]
    assert got[0].score is not None and got[1].score is not None and got[2].score is not None
    assert got[0].score > max(got[1].score, got[2].score) + 0.4 and got[3].score is None and got[0].points is None


def test_key_points_come_back_as_verdicts_with_quotes(coverage: Coverage) -> None:
    points = [{"id": "heat", "point": "The sun warms the water."}, {"id": "rest", "point": "The salt is left behind."}]
    answer = "The sun warms up the water in the dish."
    (got,) = grade([line("a", reference=None, key_points=points, answer=answer)], coverage)
    assert got.points is not None and [p.id for p in got.points] == ["heat", "rest"]
    assert all(p.span is None or answer[slice(*p.span)] == p.quote for p in got.points)
