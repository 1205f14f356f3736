"""Where a follow-up goes: after the first wrong or missed point, deeper while it stays open, then to the next one.

    whole answer          the most urgent point it left open: a wrong one first, then the heaviest missed
    follow-up, answered   the next point that the whole answer left open
    follow-up, still open the same point once more, from another side, taking up the person's own words; not when they said
                          that they do not know it: an interviewer lets go

At most ``setup.depth`` in all. What could not be judged is not chased: it may have been right. A question that the interview has asked
before, about another line or in another question, is not asked again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from greenroom.assess.assessment import AskNext, Assessment, Verdict
from greenroom.assess.gate import admits_not_knowing
from greenroom.assess.score import by_need
from greenroom.bank.question import Rubric
from greenroom.interview.session import Need, Session, Turn

HEARD_WORDS = 16
HEARD_LETTERS = 140
_OPENS = r"(?:well|so|okay|ok|um+|uh+|hm+|honestly|frankly|actually|sorry|to be honest|(?:that(?: is|['’]s) an? )?good question)\b[\s,.]*"
_CLAIMS_NOTHING = re.compile(
    rf"(?:{_OPENS})*(?:$|i (?:\w+ )?(?:do not|don['’]t) (?:\w+ )?(?:know|remember|recall)\b"
    r"|i(?: am|['’]m) not (?:\w+ )?(?:sure|certain|familiar)\b|(?:(?:i have|i['’]ve) )?(?:got )?no (?:idea|clue)\b|not (?:\w+ )?sure\b)",
    re.IGNORECASE,
)
NOTHING_WORDS = 9
"""A longer sentence that begins so goes on to claim something."""
ONCE_MORE = 2
"""How often one point is asked for in a row."""


def needs_of(rubric: Rubric, found: Assessment, answer: str) -> tuple[Need, ...]:
    """What ``answer`` left open, most urgent first; the follow-up that the assessor proposes stands in front.

    A follow-up's rubric has no words for asking again: its need comes without ``ask``. Nothing for an answer that was not judged, or one
    to a follow-up that says "I do not know".
    """
    by_id = {point.id: point for point in found.points}
    if found.status != "assessed" or any(point.id not in by_id for point in rubric.points):
        return ()
    asks = {follow.point_id: follow.ask for follow in reversed(rubric.follow_ups)}
    open_points = by_need(rubric.points, [by_id[point.id] for point in rubric.points])
    if not rubric.follow_ups:
        if admits_not_knowing(answer):
            return ()
        return tuple(Need(point_id=p.id, ask="", heard=clip(v.quote) if v.quote else claimed(answer)) for p, v in open_points)
    wanted = [
        Need(point_id=p.id, ask=asks[p.id], heard=clip(v.quote) if v.quote and v.verdict is not Verdict.MISSED else "")
        for p, v in open_points
        if p.id in asks
    ]
    first = found.follow_up.point_id if found.follow_up else None
    return tuple(sorted(wanted, key=lambda need: need.point_id != first))


def clip(words: str) -> str:
    """The first sentence of what was said, short enough to be said back; "" for what cannot be."""
    first = re.split(r"(?<=[.!?…])\s", " ".join(words.split()), maxsplit=1)[0].rstrip(" .!?…,;:")
    kept = first.split(" ")[:HEARD_WORDS]
    while kept and len(" ".join(kept)) > HEARD_LETTERS:
        kept.pop()
    short = " ".join(kept)
    return short if short == first else f"{short} …" if short else ""


def claimed(answer: str) -> str:
    """The first sentence that claims something, to be said back; "" where none does: "I do not know exactly" is no claim to doubt."""
    sentences = (clip(part) for part in re.split(r"(?<=[.!?…])\s", " ".join(answer.split())))
    return next((s for s in sentences if s and not (_CLAIMS_NOTHING.match(s) and len(s.split()) <= NOTHING_WORDS)), "")


def chain(session: Session, turn: Turn) -> tuple[Turn, ...]:
    """The whole answer that ``turn`` goes back to, and the follow-ups since, up to and with ``turn``."""
    until = session.turns.index(turn)
    root = max((n for n in range(until + 1) if session.turns[n].point_id is None), default=until)
    return session.turns[root : until + 1]


def may_chase(session: Session, turn: Turn) -> bool:
    """A follow-up to ``turn`` is still within what was agreed."""
    linked = chain(session, turn)
    return not turn.closing and linked[0].point_id is None and len(linked) - 1 < session.setup.depth


def choose(session: Session, turn: Turn, needs: Sequence[Need], angle: str) -> Need | None:
    """The follow-up to the answer of ``turn``, which left ``needs`` open; ``angle`` asks for the same point from another side."""
    if not may_chase(session, turn):
        return None
    linked = chain(session, turn)
    asked = Counter(each.point_id for each in linked if each.point_id is not None)
    if turn.point_id is not None:
        again = next((need for need in needs if need.point_id == turn.point_id), None)
        if again is not None and asked[turn.point_id] < ONCE_MORE and (again.ask or angle):
            return again.model_copy(update={"ask": again.ask or angle})
        needs = linked[0].needs
    said = _said_before(session, turn)
    return next((need for need in needs if need.ask and need.point_id not in asked and need.ask not in said), None)


def _said_before(session: Session, turn: Turn) -> set[str]:
    """What was asked before the question that ``turn`` belongs to. Whoever says a question again may get its follow-up again."""
    until = session.turns.index(turn)
    begun = max((n for n in range(until + 1) if session.turns[n].kind == "question"), default=0)
    return {each.ask for each in session.turns[:begun]}


def as_ask(need: Need | None) -> AskNext | None:
    return AskNext(point_id=need.point_id, ask=need.ask) if need else None
