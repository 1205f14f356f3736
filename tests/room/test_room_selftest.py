"""The self-test goes on from what an earlier run found; the file of it is lost by nothing but a change of what is held."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from greenroom.assess.assessment import Assessment, Grader
from greenroom.assess.assessor import Verbatim
from greenroom.assess.selftest import trial
from greenroom.assess.selftest.trial import Outcome
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question, Rubric
from greenroom.errors import InputError
from greenroom.room import selftest
from greenroom.room.selftest import HEADER, run

PACK = Path(__file__).parents[2] / "src/greenroom/packs/core"


OTHER = Grader(name="verbatim", version="without its judge")


class Counting(Verbatim):
    """``away``: the assessments, by number, that somebody else than it says makes."""

    def __init__(self, version: str = "1", away: Collection[int] = ()) -> None:
        self.asked: list[tuple[str, str]] = []
        self._away = away
        self.GRADER = self.grader = Grader(name="verbatim", version=version)

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        self.asked.append((rubric.question_id, answer))
        found = super().assess(rubric, answer)
        return found.model_copy(update={"grader": OTHER}) if len(self.asked) - 1 in self._away else found


@pytest.fixture(scope="module")
def bank() -> tuple[Question, ...]:
    return load_bank([PACK]).questions()


def go(bank: Sequence[Question], kept: Path | None, assessor: Counting, others: int = 3) -> list[Outcome]:
    return [outcome for outcomes in run(bank[:2], bank, others, assessor, kept).results for outcome in outcomes]


def test_nothing_is_held_twice_and_the_outcomes_are_the_same(bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept, first, second = tmp_path / "kept.jsonl", Counting(), Counting()
    plain = go(bank, None, Counting())
    assert go(bank, kept, first) == plain == go(bank, kept, second)
    assert not second.asked and first.asked
    before = kept.read_bytes()
    go(bank, kept, Counting())
    assert kept.read_bytes() == before
    more = Counting()
    assert len(go(bank, kept, more, others=5)) == len(plain) + 4 and len(more.asked) == 4, "the first three are the same"


def test_what_a_run_that_is_broken_off_had_found_is_on_the_disk(bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept, second = tmp_path / "kept.jsonl", Counting()
    going = run(bank[:2], bank, 3, Counting(), kept)
    for number in range(1, 6):
        given = next(going.results)
        lines = [json.loads(line) for line in kept.read_bytes().splitlines()]
        assert len(lines) == 1 + number and [outcome["about"] for outcome in lines[-1]["outcomes"]] == [each.about for each in given]
    assert go(bank, kept, second) == go(bank, None, Counting()) and len(second.asked) == going.trials - 5


def test_a_changed_question_is_held_again_and_no_more(bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept, second = tmp_path / "kept.jsonl", Counting()
    go(bank, kept, Counting())
    changed = bank[1].model_copy(update={"model_answers": bank[1].model_answers.model_copy(update={"plain": "It is so, I should say."})})
    list(run([bank[0], changed], bank, 3, second, kept).results)
    assert second.asked == [(bank[1].id, "It is so, I should say.")]


@pytest.mark.parametrize("change", [{"version": "2"}, {"name": "verbatim+judge"}])
def test_another_grader_holds_all_again(change: dict[str, str], bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept, first, second, third = tmp_path / "kept.jsonl", Counting(), Counting(), Counting()
    second.GRADER = second.grader = third.GRADER = third.grader = first.grader.model_copy(update=change)
    for each in (first, second, third):
        go(bank, kept, each)
    assert len(second.asked) == len(first.asked) and not third.asked, "the later line counts"


def test_what_somebody_else_decided_is_held_again(bank: tuple[Question, ...], tmp_path: Path) -> None:
    """A judge that is away at the first answer and in the middle; nothing is taken from a run without it either."""
    kept, alone, second = tmp_path / "kept.jsonl", Counting(), Counting(version="2")
    alone.GRADER = alone.grader = OTHER
    go(bank, kept, alone)
    judged = Counting(version="2", away={0, 20})
    go(bank, kept, judged)
    assert len(judged.asked) == len(alone.asked)
    go(bank, kept, second)
    assert second.asked == [judged.asked[0], judged.asked[20]]


def test_an_assessor_that_does_not_say_who_it_is_has_nothing_taken(bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept, nameless = tmp_path / "kept.jsonl", Counting()
    go(bank, kept, Counting())
    del nameless.grader
    go(bank, kept, nameless)
    assert nameless.asked


@pytest.mark.parametrize("bar", ["OWN_AT_LEAST", "OTHER_AT_MOST"])
def test_another_bar_holds_all_again(bar: str, bank: tuple[Question, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, first, second = tmp_path / "kept.jsonl", Counting(), Counting()
    go(bank, kept, first)
    monkeypatch.setattr(trial, bar, 33.0)
    go(bank, kept, second)
    assert len(second.asked) == len(first.asked)


@pytest.mark.parametrize("left", [0, 10, 34])
def test_a_torn_header_is_mended(left: int, bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept, second = tmp_path / "kept.jsonl", Counting()
    kept.write_bytes(HEADER[:left])
    assert go(bank, kept, Counting()) == go(bank, kept, second) and not second.asked
    assert kept.read_bytes().startswith(HEADER)


@pytest.mark.parametrize("left", [1, 5, 9, 40, -2, -1])
def test_a_torn_last_line_costs_its_trial_only(left: int, bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept, second, third = tmp_path / "kept.jsonl", Counting(), Counting()
    plain = go(bank, kept, Counting())
    *whole, last = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(b"".join([*whole, last[:left]]))
    assert go(bank, kept, second) == plain and len(second.asked) == (0 if left == -1 else 1), "only its end of line is missing at -1"
    assert go(bank, kept, third) == plain and not third.asked


@pytest.mark.parametrize("text", ["# A report\n", "# A report", "{}\n", '{"seal": "1", "grader": "me", "outcomes": []}\n', "\n", "\x00"])
def test_a_file_of_something_else_is_left_alone(text: str, bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept = tmp_path / "report.md"
    kept.write_text(text)
    with pytest.raises(InputError, match="no file of a self-test") as raised:
        go(bank, kept, Counting())
    assert "new file" in raised.value.hint and kept.read_text() == text


def test_a_line_for_another_question_is_not_believed(bank: tuple[Question, ...], tmp_path: Path) -> None:
    kept, second = tmp_path / "kept.jsonl", Counting()
    plain = go(bank, kept, Counting())
    header, first, *rest = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join([header, first.replace(f'"question_id":"{bank[0].id}"', '"question_id":"another"'), *rest]))
    assert go(bank, kept, second) == plain and len(second.asked) == 1


@pytest.mark.parametrize("kind", ["pipe", "zero", "link", "loop"])
def test_only_a_plain_file_is_opened(kind: str, bank: tuple[Question, ...], tmp_path: Path) -> None:
    place, mine = tmp_path / "kept.jsonl", tmp_path / "mine"
    mine.touch()
    {
        "pipe": lambda: os.mkfifo(place),
        "zero": lambda: place.symlink_to("/dev/zero"),
        "link": lambda: place.symlink_to(mine),
        "loop": lambda: place.symlink_to(place),
    }[kind]()
    with pytest.raises(InputError, match="cannot be read or written"):
        go(bank, place, Counting())
    assert mine.read_bytes() == b""


def test_a_file_beyond_the_limit_is_not_read(bank: tuple[Question, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept.jsonl"
    go(bank, kept, Counting())
    monkeypatch.setattr(selftest, "SIZE_LIMIT", kept.stat().st_size)
    go(bank, kept, Counting())
    monkeypatch.setattr(selftest, "SIZE_LIMIT", kept.stat().st_size - 1)
    with pytest.raises(InputError, match="no file of a self-test"):
        go(bank, kept, Counting())


def test_a_place_where_nothing_can_be_written_is_said_before_anything_is_held(bank: tuple[Question, ...], tmp_path: Path) -> None:
    for place in (tmp_path / "none" / "kept.jsonl", tmp_path):
        asked = Counting()
        with pytest.raises(InputError, match="cannot be read or written"):
            go(bank, place, asked)
        assert not asked.asked
