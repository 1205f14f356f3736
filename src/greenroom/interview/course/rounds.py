"""Whole interviews: which rounds each has, who asks in it, and what. Pure, like ``plan.py``: chance comes from the seed, history is given.

Each closes with "what would you like to ask us?", in the wording for who sits there. Nothing asked before comes again while there is
something that was not; within one interview no question comes twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from greenroom.bank.question import Question
from greenroom.errors import InputError
from greenroom.interview.plan import across_topics, lot, planned, wording
from greenroom.interview.session import Persona, PlanName, Planned, Setup

APPLIED = ("applications", "robustness", "fine-tuning", "hci", "ethics")
FOR_ANYBODY = ("what-is-an-llm", "applications", "ethics", "future", "hci", "generation")
CORE = ("architecture", "attention", "generation", "training", "training-challenges", "fine-tuning", "robustness")
LEVELS = ("foundation", "practitioner", "expert")
DEEP_ENOUGH = 3
"""Questions that a topic must have for a deep dive."""


class Round(NamedTuple):
    """One part. ``topics`` and ``levels``: empty for all; so many ``questions`` of ``kind``."""

    name: str
    by: Persona
    questions: int
    kind: str = "knowledge"
    topics: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


class Recipe(NamedTuple):
    """``says``: what it is, for the person who chooses. ``closing``: words by which the fitting form of the last question is known."""

    title: str
    says: str
    minutes: int
    follow_ups: int
    rounds: tuple[Round, ...]
    closing: str = "manager"


RECIPES: Final[dict[PlanName, Recipe]] = {
    "phone-screen": Recipe(
        "Phone screen",
        "Twenty minutes with the person who leads the team: the basics across topics, one story, and your questions.",
        20,
        1,
        (Round("Phone screen", "warm", 4, levels=("foundation",)), Round("A story", "warm", 1, kind="behavioural")),
        "recruiting",
    ),
    "deep-dive": Recipe(
        "Deep dive",
        "One topic, from its basics to its edges, with somebody who asks how you know. Up to three follow-ups upon one question.",
        45,
        3,
        (Round("Deep dive", "sceptical", 4),),
        "beside",
    ),
    "behavioural": Recipe(
        "Behavioural",
        "Four stories from your own work: what it was, what you did, what came of it, how you know.",
        40,
        2,
        (Round("Your work", "warm", 4, kind="behavioural"),),
        "manager",
    ),
    "full-loop": Recipe(
        "Full loop",
        "A whole day in ninety minutes: four people in five rounds, from the first call to the panel. Pause between rounds as you like.",
        90,
        2,
        (
            Round("First call", "warm", 2, levels=("foundation",)),
            Round("Research", "sceptical", 3, topics=CORE, levels=("practitioner", "expert")),
            Round("Building it", "terse", 3, topics=APPLIED, levels=("practitioner", "expert")),
            Round("Your work", "warm", 2, kind="behavioural"),
            Round("With the business", "plain", 2, topics=FOR_ANYBODY, levels=("foundation",)),
        ),
        "panel",
    ),
    "weak-points": Recipe(
        "My weak points",
        "What you missed or got wrong before, the weightiest first, in words you have not heard yet.",
        30,
        3,
        (Round("Weak points", "terse", 5),),
        "manager",
    ),
    "job": Recipe(
        "One job",
        "The topics of one job advert, asked by three people in turn, with a story and your questions for this company.",
        45,
        2,
        (Round("The job", "warm", 5), Round("Your work", "warm", 1, kind="behavioural")),
        "panel",
    ),
}
PANEL: Final[tuple[Persona, ...]] = ("warm", "sceptical", "plain")
"""Who sits there for a job, unless others are chosen."""


class History(NamedTuple):
    """What is known of the person. ``recent``: as for ``make_plan``; ``weak``: by question id, how much of it is open."""

    recent: Sequence[str] = ()
    weak: Mapping[str, float] = {}


class Draw(NamedTuple):
    """How one is chosen among many. ``last``: when something was asked before, later ones higher."""

    seed: int
    last: Mapping[str, int]
    weak: Mapping[str, float]


def complete(setup: Setup) -> Setup:
    """The setup with what its plan decides where the person did not: clock, depth, people."""
    if setup.plan is None:
        return setup
    recipe = RECIPES[setup.plan]
    minutes = setup.minutes or (recipe.minutes if setup.clock and setup.mode == "mock" else None)
    return setup.model_copy(
        update={
            "minutes": minutes,
            "follow_ups": recipe.follow_ups if setup.follow_ups is None else setup.follow_ups,
            "personas": setup.personas or (PANEL if setup.plan == "job" else ()),
        }
    )


def make_rounds(questions: Iterable[Question], setup: Setup, seed: int, history: History) -> tuple[Planned, ...]:
    """The questions of ``setup.plan``, round by round, the closing one last.

    Args:
        questions: the bank. For a job: ``setup.topics`` or ``setup.question_ids`` say what it is about.

    Raises:
        InputError: there is nothing to ask in such an interview yet; says what is needed.
    """
    assert setup.plan is not None
    recipe = RECIPES[setup.plan]
    draw = Draw(seed, {name: n for n, name in enumerate(history.recent, 1)}, history.weak)
    bank = list({question.id: question for question in questions}.values())
    topics = _topics(bank, setup, draw)
    taken: dict[str, Planned] = {}
    for part, count in zip(recipe.rounds, _counts(recipe.rounds, setup.count), strict=True):
        found = [q for q in _eligible(bank, part, setup, topics) if q.id not in taken]
        for question in _pick(found, setup, draw, count):
            asked = wording(question, draw.seed, draw.last)
            taken[question.id] = asked.model_copy(update={"round": part.name, "by": part.by})
    if not taken:
        raise InputError(*_nothing(setup))
    return cast(tuple(taken.values()), setup.personas) + _closing(bank, recipe, setup)


def _eligible(bank: Sequence[Question], part: Round, setup: Setup, topics: tuple[str, ...]) -> list[Question]:
    """The questions of one round. If the levels it wants are missing, any level will do: a small pack can still be rehearsed."""
    fitting = [q for q in bank if q.kind == part.kind]
    if part.kind == "knowledge":
        named = setup.question_ids
        fitting = [q for q in fitting if q.id in named or (q.topic in (topics or part.topics or (q.topic,)) and (topics or not named))]
    levels = (setup.level,) if setup.level else part.levels
    return [q for q in fitting if not levels or q.level in levels] or fitting


def _topics(bank: Sequence[Question], setup: Setup, draw: Draw) -> tuple[str, ...]:
    """Those that were chosen; a deep dive without a choice takes the topic that was longest not asked."""
    if setup.topics or setup.plan != "deep-dive" or setup.question_ids:
        return setup.topics
    by_topic: dict[str, list[Question]] = {}
    for question in bank:
        if question.kind == "knowledge":
            by_topic.setdefault(question.topic, []).append(question)
    deep = [topic for topic, found in by_topic.items() if len(found) >= DEEP_ENOUGH] or list(by_topic)
    ranked = sorted(deep, key=lambda topic: (max(draw.last.get(q.id, 0) for q in by_topic[topic]), lot(draw.seed, topic)))
    return tuple(ranked[:1])


def _pick(found: Sequence[Question], setup: Setup, draw: Draw, count: int) -> list[Question]:
    """``count`` of those that fit, in the order in which they are asked."""
    if setup.plan == "weak-points":
        weak = [question for question in found if draw.weak.get(question.id, 0.0) > 0]
        return sorted(weak, key=lambda q: (-draw.weak[q.id], lot(draw.seed, q.id)))[:count]
    if setup.plan == "deep-dive":
        chosen = sorted(found, key=lambda q: (draw.last.get(q.id, 0), q.id != q.topic, lot(draw.seed, q.id)))[:count]
        return sorted(chosen, key=lambda q: (q.id != q.topic, LEVELS.index(q.level)))
    named = {name: n for n, name in enumerate(setup.question_ids)}
    return sorted(across_topics(found, draw.seed, draw.last), key=lambda q: named.get(q.id, len(named)))[:count]


def _counts(rounds: Sequence[Round], wanted: int | None) -> list[int]:
    """How many questions each round has; with ``wanted`` in all, in the proportions of the recipe, the first rounds first."""
    counts = [part.questions for part in rounds]
    if wanted is None:
        return counts
    share = [0] * len(counts)
    for _ in range(wanted):
        fullest = min(range(len(counts)), key=lambda n: ((share[n] + 1) / counts[n], n))
        share[fullest] += 1
    return share


def cast(asked: tuple[Planned, ...], personas: Sequence[Persona]) -> tuple[Planned, ...]:
    """Chosen people ask in turn; without a choice everybody asks in their own rounds."""
    if not personas:
        return asked
    return tuple(each.model_copy(update={"by": personas[n % len(personas)]}) for n, each in enumerate(asked))


def _closing(bank: Sequence[Question], recipe: Recipe, setup: Setup) -> tuple[Planned, ...]:
    """ "What would you like to ask?", in the form for who sits there; nothing where no pack has such a question."""
    question = min((q for q in bank if q.kind == "asks"), key=lambda q: (q.id != q.topic, q.id), default=None)
    if question is None:
        return ()
    word = "panel" if len(setup.personas) > 1 else recipe.closing
    form = next((form.id for form in question.forms if word in form.ask.lower()), None)
    by = setup.personas[0] if setup.personas else recipe.rounds[0].by
    return (planned(question, form).model_copy(update={"round": "Your questions", "by": by, "closing": True}),)


def _nothing(setup: Setup) -> tuple[str, str]:
    if setup.plan == "weak-points":
        cure = "Answer a few questions first, in a phone screen for example; what you miss there is asked here."
        return "No weak point of yours is known yet.", cure
    return f"There is nothing to ask in a {RECIPES[setup.plan or 'job'].title.lower()}.", "Choose other topics or another level."


def as_weak(points: Iterable[tuple[str, int, float | None]]) -> dict[str, float]:
    """How much of each question is open. ``points``: (global point id, weight, how much of it is held 0 to 1; None: never asked)."""
    open_weight: dict[str, float] = {}
    for point_id, weight, held in points:
        if held is not None and held < 1.0:
            question_id = point_id.partition("/")[0]
            open_weight[question_id] = open_weight.get(question_id, 0.0) + weight * (1.0 - held)
    return open_weight
