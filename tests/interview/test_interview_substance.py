"""A line of the CV given back: with one plain fact it is an answer, with a long sentence about how important it was it is none."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from greenroom.assess.assessment import Verdict
from greenroom.assess.assessor import Verbatim
from greenroom.bank.load import load_bank
from greenroom.bank.question import CV_LINE
from greenroom.interview.course.substance import NOTHING_OWN, TOO_LITTLE_OWN, adds_nothing, own_part
from greenroom.prep.claims import TRIED
from greenroom.room.answer import hold

LED = (
    "I led a team of three in 2023 because complaints rose, rebuilt the search index myself and cut latency by 40 percent from "
    "900 ms to 540 ms"
)
LINES = (
    LED,
    "Built a RAG search over 40,000 contracts and cut the time to find a clause from 12 minutes to 40 seconds",
    "Fine-tuned Llama 3 with LoRA on 2,000 tickets; accuracy rose by 13%",
    "Mentored two juniors and introduced code review",
)
PACKS = Path(__file__).parents[2] / "src/greenroom/packs"
QUESTION = "How was that measured, and against what?"
EMPTY = (
    "I really think that this was a very important and interesting experience for me.",
    "It was a great time, and I learned an awful lot from it that I can use every day.",
    "This is something I am extremely proud of, and it shows what kind of person I am and how I work with others.",
    "To be honest, it was one of the most challenging things that I have ever done, but also one of the most rewarding.",
    "That is what I did, that is what I stand for, and I would love to do the same for you and your company.",
    "Everybody was happy with the outcome and my manager told me that I did a really good job there.",
    "I believe that it made a big difference for the whole organisation and helped me to grow as a professional.",
    "As you can see, I have the skills and the passion that are needed for this role.",
    "It taught me how important communication and teamwork are in any project, whatever its size may be.",
    "So basically, yes, that is exactly what happened, and I remember it very well even now.",
    "I always try to give my best in everything I do, and this line is a perfect example of that attitude.",
    "It was not easy at all, but with hard work and dedication we reached our goals in the end.",
)
FACTS = (
    "It was measured on one week of requests.",
    "The baseline was the old keyword search.",
    "Two colleagues read a hundred samples by hand.",
    "My manager Petra disagreed.",
    "We replayed the logs of March.",
    "I used pgvector for it.",
    "The figure is a median.",
    "It ran on 4 GPUs.",
    "I first tried keywords and dropped them.",
    "The customers were lawyers.",
    "Half of the users saw the old ranking.",
    "I wrote the loader, a colleague the page.",
)


def asked(line: str) -> str:
    return f"Your CV says: “{line}”. {QUESTION}"


@pytest.mark.parametrize(("line", "empty"), list(product(LINES, EMPTY)))
def test_a_line_and_an_empty_sentence_is_no_answer(line: str, empty: str) -> None:
    for text in (f"{line}. {empty}", f"{empty} {line}.", f"My CV says it: {line}, and {empty}"):
        assert adds_nothing(asked(line), text), text


@pytest.mark.parametrize(("line", "fact"), list(product(LINES, FACTS)))
def test_a_line_and_one_plain_fact_is_an_answer(line: str, fact: str) -> None:
    for text in (f"{line}. {fact}", f"{fact} {line}."):
        assert not adds_nothing(asked(line), text), text


@pytest.mark.parametrize("empty", EMPTY)
def test_of_an_answer_that_does_not_give_it_back_nothing_is_said(empty: str) -> None:
    """It is judged like any other, and earns nothing."""
    assert not adds_nothing(asked(LED), empty)


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_may_stand_among_empty_sentences(fact: str) -> None:
    assert not adds_nothing(asked(LED), f"{LED}. {EMPTY[0]} {fact} {EMPTY[1]}")


RARER = "There were obstacles, naturally, but I never lost sight of what matters and stayed calm throughout."


def test_empty_talk_in_rarer_words_gets_past_the_words_and_earns_nothing_by_the_line() -> None:
    """The line is taken out before the answer is held against its rubric."""
    assert not adds_nothing(asked(LED), f"{LED}. {RARER}"), "its limit"
    own = own_part(asked(LED), f"{LED}. {RARER}")
    assert own.strip() == RARER and len(own) == len(f"{LED}. {RARER}") and own.index(RARER) == len(LED) + 2


def test_a_sentence_with_a_fact_in_it_stays_whole() -> None:
    told = f"{LED} by keeping the embeddings of old tickets. {EMPTY[0]}"
    assert own_part(asked(LED), told) == told
    assert own_part(asked(LED), EMPTY[0]) == EMPTY[0]


RUBRIC = load_bank([PACKS / "behavioural"]).get(CV_LINE).rubric(TRIED)
"""Its points are phrased as the line below is."""


def test_what_the_line_says_was_not_said_by_the_person() -> None:
    line = next(point.says[1] for point in RUBRIC.points if point.id == "action").rstrip(".")
    text, put = f"{line}. {RARER}", f"Your CV says: “{line}”. What did you try first, and why did it end up this way?"
    by_line, by_person = Verbatim().assess(RUBRIC, text), hold(Verbatim(), RUBRIC, text, put)
    assert {p.verdict for p in by_line.points if p.id == "action"} == {Verdict.HIT}, "control"
    assert by_person.status == "assessed" and not any(point.quote for point in by_person.points)
    fact = hold(Verbatim(), RUBRIC, f"{line}. The figure is a median.", put)
    assert (fact.status, fact.reason) == ("abstained", TOO_LITTLE_OWN), "not judged, as it would not be without the line"
    alone = Verbatim().assess(RUBRIC, "The figure is a median.")
    assert alone.overall is None or not any(point.quote for point in alone.points)
    more = hold(Verbatim(), RUBRIC, f"{line}. The figure is a median of one week, taken before and after the move.", put)
    assert more.status == "assessed" and not any(point.quote for point in more.points), "judged, and by itself"
    empty = hold(Verbatim(), RUBRIC, f"{line}. {EMPTY[0]}", put)
    assert (empty.status, empty.reason) == ("abstained", NOTHING_OWN)


def test_quotes_stand_where_they_stood() -> None:
    second = next(point.says[2] for point in RUBRIC.points if point.id == "action")
    text = f"{LED}. {second} {EMPTY[0]}"
    found = hold(Verbatim(), RUBRIC, text, asked(LED))
    spans = [(point.span, point.quote) for point in found.points if point.span]
    assert spans and all(text[span[0] : span[1]] == quote for span, quote in spans)
