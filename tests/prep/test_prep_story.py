"""A story's sentences in their parts, what is lacking, whose steps they are; each beside a control that lacks what is looked for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.assess.reading.clauses import sentences
from greenroom.assess.ruler.figures import cohen
from greenroom.assess.star.telling import read_line
from greenroom.errors import InputError, NotFoundError
from greenroom.prep.story import GAP_ASKS, ORDER, Story, filled, in_order, place, read_story, steps_back, with_move, with_text

HERE = Path(__file__).parent
STORIES = HERE.parent / "assess/stories"
LETTERS = {part[0].upper(): part for part in ORDER} | {"R": "result", "L": "reflection"}
NOON, LATER = datetime(2025, 3, 1, 12, tzinfo=UTC), datetime(2025, 3, 2, 12, tzinfo=UTC)
SCENE = "Last spring I worked on a claims assistant at an insurer, and two weeks after release it quoted clauses that did not exist."
DUTY = "It was my job to find out how often that happened and to stop it."
STEPS = "I pulled four hundred answers, read them with a handler, and added a check that every clause stands in the retrieved text."
END = "Within a month invented clauses fell from nine percent to under one."
LESSON = "I learned to sample real answers every week, instead of waiting for a complaint."
WHOLE = (SCENE, DUTY, STEPS, END, LESSON)


def story(*lines: str, **more: object) -> Story:
    return Story.model_validate({"story_id": "s1", "title": "T", "text": " ".join(lines), "made_at": NOON, "changed_at": NOON, **more})


def placed(name: str) -> tuple[list[str], list[str]]:
    """Labels of the sentences of one set, and where they were put."""
    rows = yaml.safe_load((STORIES / f"{name}.yaml").read_text(encoding="utf-8"))
    wanted: list[str] = []
    given_: list[str] = []
    for entry in yaml.safe_load((HERE / "placed.yaml").read_text(encoding="utf-8"))[name]:
        found = place([read_line(piece) for piece in sentences(rows[entry["story"]]["answer"])])
        assert len(found) == len(entry["parts"]), "as many labels as sentences"
        pairs = [(LETTERS[label], part) for label, part in zip(entry["parts"], found, strict=True) if label != "?"]
        wanted += [label for label, _ in pairs]
        given_ += [part for _, part in pairs]
    return wanted, given_


@pytest.mark.parametrize(("name", "bar"), [("made", 0.9), ("aside", 0.85), ("fresh", 0.5)])
def test_sentences_go_where_their_author_put_them(name: str, bar: float) -> None:
    assert cohen(*placed(name)) >= bar


def test_control_by_place_alone_they_do_not() -> None:
    rows = yaml.safe_load((STORIES / "aside.yaml").read_text(encoding="utf-8"))
    wanted, blind = [], []
    for entry in yaml.safe_load((HERE / "placed.yaml").read_text(encoding="utf-8"))["aside"]:
        count = len(sentences(rows[entry["story"]]["answer"]))
        wanted += [LETTERS.get(label, "situation") for label in entry["parts"]]
        blind += [ORDER[min(4, round(4 * n / max(count - 1, 1)))] for n in range(count)]
    assert cohen(wanted, blind) < cohen(*placed("aside")) - 0.1


def test_a_whole_story_lacks_nothing() -> None:
    found = read_story(story(*WHOLE))
    assert [each.part for each in found.placed] == list(ORDER)
    assert found.complete and found.share == 1.0 and found.figure == END and steps_back(found) == 0


@pytest.mark.parametrize(
    ("left", "gap"), [(0, "situation"), (1, "task"), (2, "action"), (2, "own-part"), (3, "result"), (3, "proof"), (4, "reflection")]
)
def test_what_is_left_out_is_named_with_its_question(left: int, gap: str) -> None:
    lines = [line for n, line in enumerate(WHOLE) if n != left]
    gaps = {each.name: each for each in read_story(story(*lines)).gaps}
    assert gap in gaps and gaps[gap].ask.endswith(("?", ".")), gaps


def test_we_is_counted_and_asked_about() -> None:
    found = read_story(story(SCENE, "We had to stop it.", "We pulled the answers, we read them, and we added a check.", END))
    assert found.own == () and len(found.ours) >= 3 and found.share == 0.0
    assert "own-part" in {gap.name for gap in found.gaps}


def test_a_length_of_time_is_no_proof() -> None:
    found = read_story(story(SCENE, DUTY, STEPS, "In the end it was fixed within a month."))
    assert found.figure is None and "proof" in {gap.name for gap in found.gaps}


def test_a_move_is_kept_and_fills_the_gap() -> None:
    quiet = "The desk was mine."
    before = story(SCENE, quiet, STEPS, END)
    assert "task" in {gap.name for gap in read_story(before).gaps}
    after = with_move(before, quiet, "task", LATER)
    found = read_story(after)
    assert [(each.part, each.by_hand) for each in found.placed if each.text == quiet] == [("task", True)]
    assert "task" not in {gap.name for gap in found.gaps} and after.changed_at == LATER
    assert read_story(with_move(after, quiet, "result", LATER)).of("result")[0].text == quiet, "the last move counts"


def test_a_move_goes_with_its_sentence() -> None:
    moved = with_move(story(SCENE, DUTY, STEPS), DUTY, "situation", NOON)
    assert with_text(moved, f"{SCENE} {DUTY} {END}", LATER).moved == moved.moved
    assert with_text(moved, f"{SCENE} {STEPS}", LATER).moved == ()
    with pytest.raises(NotFoundError, match="Never said"):
        with_move(moved, "Never said.", "task", LATER)


@pytest.mark.parametrize("left", range(5))
def test_an_answer_to_the_gaps_question_goes_where_it_belongs(left: int) -> None:
    lines = [line for n, line in enumerate(WHOLE) if n != left]
    grown = filled(story(*lines), ORDER[left], WHOLE[left], LATER)
    assert grown.text == " ".join(WHOLE)
    assert ORDER[left] not in {gap.name for gap in read_story(grown).gaps}


def test_an_odd_answer_is_put_there_by_hand() -> None:
    grown = filled(story(SCENE, STEPS, END), "task", "mine to sort out", LATER)
    found = read_story(grown).of("task")
    assert [each.text for each in found] == ["mine to sort out."] and grown.text.index("mine") < grown.text.index(STEPS[:9])
    with pytest.raises(InputError) as caught:
        filled(story(SCENE), "task", "  ", LATER)
    assert caught.value.hint == GAP_ASKS["task"], "the question is asked again"
    with pytest.raises(InputError) as caught:
        filled(story(SCENE), "moral", "x", LATER)
    assert "situation" in caught.value.hint


def test_told_out_of_order_it_can_be_read_in_order() -> None:
    found = read_story(story(END, SCENE, DUTY, STEPS, LESSON))
    assert steps_back(found) == 1 and in_order(found).splitlines()[0] == SCENE


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_every_sentence_has_a_part_whatever_it_says(text: str) -> None:
    told = story(text)
    found = read_story(told)
    assert all(told.text[each.start : each.end] == each.text for each in found.placed)
    assert len(found.placed) == len(sentences(text))


def test_a_part_that_is_told_beside_another_says_where() -> None:
    """Neither a gap nor a sentence of its own: else the page would say "told" and show nothing."""
    duty = "Last spring I was the only engineer at the bank and had to halve the bill by Easter."
    reading = read_story(with_move(story(duty, STEPS, END), duty, "task", LATER))
    assert not reading.of("situation") and not any(gap.part == "situation" for gap in reading.gaps)
    assert reading.along == {"situation": duty}
    assert read_story(story(SCENE, duty, STEPS, END)).along == {}, "each has sentences of its own, or is missing"


def test_a_result_told_with_the_lesson_is_no_gap() -> None:
    both = END.rstrip(". ") + ", and I learned to measure before I cut anything."
    reading = read_story(story(SCENE, STEPS, both))
    assert not {"result", "proof", "reflection"} & {gap.name for gap in reading.gaps}
    assert both in (reading.along.get("result"), reading.along.get("reflection"))
