"""Answers that deserve nothing, made by machine from a question's own rubric, and two controls that deserve a pass.

They are the cheap attacks on a grader that looks for likeness; a person who tries will find others. Some of the frames stand in
training/junk.py as well: those "in other words" do not, and are the harder test.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from greenroom.bank.question import Question

LONG = 7
"""Letters from which on a word counts as one of the subject's."""
Make = Callable[[Question, Question, random.Random], str]
"""(the question, another one, randomness) → an answer."""


def each(frame: str) -> Make:
    """Every key point put into ``frame``."""

    def make(question: Question, _other: Question, _random: random.Random) -> str:
        return " ".join(frame.format(inside(point.point)) for point in question.points())

    return make


def inside(point: str) -> str:
    """A point as part of a longer sentence: no full stop, a small first letter unless the word is an abbreviation."""
    text = point.strip().rstrip(".")
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def stated(question: Question) -> str:
    return " ".join(point.point for point in question.points())


def long_words(question: Question) -> list[str]:
    found = [word for word in re.findall(r"[A-Za-z-]+", stated(question)) if len(word) >= LONG]
    return list(dict.fromkeys(found))


def shuffled(question: Question, _other: Question, rng: random.Random) -> str:
    words = stated(question).split()
    rng.shuffle(words)
    return " ".join(words)


CONTROLS: dict[str, Make] = {
    "control: every point stated": lambda question, _other, _rng: stated(question),
    "control: What I learned is that …": each("What I learned is that {}."),
    "control: the model answer": lambda question, _other, _rng: question.model_answers.technical,
}
JUNK: dict[str, Make] = {
    "asked: Is it so that …?": each("Is it so that {}?"),
    "left open: I do not know whether …": each("I do not know whether {}."),
    "doubted: Some people claim that …, I am not sure": each("Some people claim that {}, I am not sure."),
    "denied: It is not true that …": each("It is not true that {}."),
    "asked, other words: Who says that …?": each("Who says that {}?"),
    "left open, other words: Nobody ever told me whether …": each("Nobody ever told me whether {}."),
    "doubted, other words: …, or so my neighbour says": each("My neighbour swears that {}, but I would not bet on it."),
    "denied, other words: … is a fairy tale": each("That {} is a fairy tale."),
    "the points' words shuffled": shuffled,
    "long words joined by “and the”": lambda question, _other, _rng: " and the ".join(long_words(question)) + ".",
    "keyword list": lambda question, _other, _rng: ", ".join(long_words(question)) + ".",
    "symbols only": lambda _question, _other, _rng: "?! … ### $$ %% && () [] {} -- ;; :: // ** ++ == <> ~~ ^^ ?? !!",
    "question restated": lambda question, _other, _rng: f"So the question is this: {question.ask} Let me say it again: {question.ask}",
    "another form's wording of the question": lambda question, _other, _rng: " ".join(form.ask for form in question.forms) or question.ask,
    "wordings of another question": lambda _question, other, _rng: " ".join([other.ask, *(form.ask for form in other.forms)]),
    "another question's model answer": lambda _question, other, _rng: other.model_answers.technical,
}
