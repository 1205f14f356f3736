"""What an interview asks, in which words and in which order. Pure: chance comes from ``seed``, history from ``recent``.

Lots are drawn with SHA-256 and not with ``random``: the same seed gives the same interview in every version of Python. It is no secret:
who knows the seed knows the questions.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from greenroom.bank.question import Question
from greenroom.interview.session import Planned, Setup

LONGEST_PLAN = 50
"""More than anybody answers in the longest timed interview (180 minutes)."""


def lot(seed: int, name: str) -> bytes:
    """The lot that ``name`` draws under ``seed``; sorting by it shuffles."""
    return hashlib.sha256(f"{seed}/{name}".encode()).digest()


def make_plan(questions: Iterable[Question], setup: Setup, seed: int, recent: Sequence[str] = ()) -> tuple[Planned, ...]:
    """Questions across topics without repeats, the least recently asked first; "do you have questions for me?" comes last.

    Args:
        questions: those that may be asked (topics and level already applied). An id that comes twice is asked once.
        setup: questions named in ``question_ids`` are all asked, in that order; else ``count`` of them, or with ``minutes`` as many as
            there are.
        seed: decides between equals.
        recent: ids of questions asked before, oldest first; the wordings asked may stand among them, so that a wording is not heard again
            before the other ones.
    """
    last = {name: n for n, name in enumerate(recent, 1)}
    unique = list({question.id: question for question in questions}.values())
    if setup.question_ids:
        return tuple(wording(question, None, last) for question in unique[:LONGEST_PLAN])
    chosen = across_topics(unique, seed, last)[: _length(setup)]
    return tuple(wording(question, seed, last) for question in sorted(chosen, key=lambda q: q.kind == "asks"))


def review_plan(due: Iterable[Planned], setup: Setup) -> tuple[Planned, ...]:
    """The points due, in their order (most overdue first), each once; at most ``count``, or with ``minutes`` as many as there are."""
    once: dict[tuple[str, str | None], Planned] = {}
    for planned in due:
        once.setdefault((planned.question_id, planned.point_id), planned)
    return tuple(once.values())[: _length(setup)]


def _length(setup: Setup) -> int:
    return LONGEST_PLAN if setup.minutes else setup.length


def across_topics(questions: Sequence[Question], seed: int, last: Mapping[str, int]) -> list[Question]:
    """In rounds: the best question of every topic, then the second of every topic…; in a round the longest unasked first.

    A topic opens with its canonical question, the one whose id is the topic's name; only then are its others drawn by lot.
    """
    by_topic: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        by_topic[question.topic].append(question)

    def merit(question: Question) -> tuple[int, bytes]:
        return last.get(question.id, 0), lot(seed, question.id)

    def within(question: Question) -> tuple[int, bool, bytes]:
        asked, drawn = merit(question)
        return asked, question.id != question.topic, drawn

    rounds = [(n, question) for group in by_topic.values() for n, question in enumerate(sorted(group, key=within))]
    return [question for _, question in sorted(rounds, key=lambda each: (each[0], merit(each[1])))]


def wording(question: Question, seed: int | None, last: Mapping[str, int]) -> Planned:
    """The wording least recently heard; between equals the lot decides, without a seed the canonical one is first."""
    heard: dict[str | None, int] = {None: last.get(question.ask, 0)}
    heard |= {form.id: max(last.get(each, 0) for each in (form.ask, *form.aliases)) for form in question.forms}
    order = {name: n if seed is None else lot(seed, f"{question.id}/{name or ''}") for n, name in enumerate(heard)}
    return planned(question, min(heard, key=lambda each: (heard[each], order[each])))


def planned(question: Question, form: str | None = None) -> Planned:
    """The question, or one of its forms by id, to be asked in the bank's own words. Raises NotFoundError for an unknown form."""
    return Planned(question_id=question.id, ask=question.get_form(form).ask if form else question.ask, form=form)
