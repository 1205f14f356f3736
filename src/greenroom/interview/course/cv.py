"""Lines of a person's CV, probed in an interview: how many, where, by whom. Pure, like ``rounds.py``.

The line is said back to the person; an answer is held against a form of the bank's question ``cv-line``, which knows no CV. No model is
given the line: it is untrusted text (``wording/brief.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from greenroom.bank.question import CV_LINE, Form
from greenroom.interview.course.rounds import RECIPES
from greenroom.interview.plan import lot
from greenroom.interview.session import PlanName, Planned, Session, Setup, Turn

PROBES: Final[dict[PlanName, int]] = {"deep-dive": 1, "full-loop": 2, "job": 2, "weak-points": 1}
"""How many lines each plan asks about, on top of its questions, as the closing one is."""
ROUND = "Your CV"


def with_cv(
    plan: tuple[Planned, ...], setup: Setup, lines: Sequence[Sequence[Planned]], seed: int, recent: Sequence[str]
) -> tuple[Planned, ...]:
    """The plan with its probes: at the beginning, in an interview of several rounds after the first of them.

    Args:
        lines: by line of the CV, what can be asked about it, at least one thing; the weightiest line first.
        recent: as for ``make_plan``: what was asked before comes after what was not.
    """
    if setup.plan is None or not setup.cv:
        return plan
    last = {name: n for n, name in enumerate(recent, 1)}

    def merit(line: Sequence[Planned]) -> int:
        return max(last.get(each.ask, 0) for each in line)

    chosen = sorted(lines, key=merit)[: PROBES.get(setup.plan, 0)]
    asked = [min(line, key=lambda each: (last.get(each.ask, 0), lot(seed, each.ask))) for line in chosen]
    by = setup.personas[0] if setup.personas else RECIPES[setup.plan].rounds[0].by
    probes = tuple(each.model_copy(update={"round": ROUND, "by": by}) for each in asked)
    at = _after_first_round(plan) if setup.plan == "full-loop" else 0
    return (*plan[:at], *probes, *plan[at:])


def planned(ask: str, form: Form) -> Planned:
    """One probe as the plan holds it. ``ask``: with the person's line in it."""
    return Planned(question_id=CV_LINE, ask=ask, form=form.id, bank_ask=form.ask)


def asked_of(session: Session, turn: Turn) -> str:
    """All that was put to the person: to a follow-up about a line belongs the question in which the line was said to them."""
    before = session.turns[: session.turns.index(turn)] if turn.question_id == CV_LINE and turn.point_id else ()
    line = next((each.ask for each in reversed(before) if each.question_id == CV_LINE and each.point_id is None), "")
    return f"{line} {turn.ask}".strip()


def _after_first_round(plan: Sequence[Planned]) -> int:
    return next((n for n, each in enumerate(plan) if each.round != plan[0].round), len(plan))
