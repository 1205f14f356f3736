"""What can happen in a rehearsal. Frozen values; what each does to a session: ``engine.py``."""

from __future__ import annotations

from pydantic import AwareDatetime

from greenroom.assess.assessment import AskNext
from greenroom.bank.question import Value
from greenroom.interview.session import Aim, Need, Way, Wording


class Answered(Value):
    turn_id: str
    answer_id: str
    at: AwareDatetime


class Skipped(Value):
    turn_id: str
    at: AwareDatetime


class SelfRated(Value):
    """``rating`` 1 to 5; None: would rather not."""

    turn_id: str
    rating: int | None


class Assessed(Value):
    answer_id: str
    next_ask: AskNext | None
    at: AwareDatetime
    aim: Aim | None = None
    needs: tuple[Need, ...] = ()
    """What the answer left open (``chase.needs_of``); without it ``next_ask`` stands alone."""


class Unjudged(Value):
    """The assessment of this answer failed: nobody waits for it any longer."""

    answer_id: str
    at: AwareDatetime


class FollowUpTaken(Value):
    """Ask the follow-up that the assessment of this turn proposed."""

    turn_id: str
    at: AwareDatetime


class RedoTaken(Value):
    """Ask the same thing again; with a ``way``, to be said so."""

    turn_id: str
    at: AwareDatetime
    way: Way | None = None


class NextTaken(Value):
    """``after``: the turn the person was looking at, if known; then a late repetition cannot pass over a newer question."""

    at: AwareDatetime
    after: str | None = None


class Ended(Value):
    at: AwareDatetime


class Paused(Value):
    at: AwareDatetime


class Resumed(Value):
    at: AwareDatetime


class ThinkingTaken(Value):
    """ "Let me think about that for a moment." """

    turn_id: str
    at: AwareDatetime


class Typed(Value):
    """A draft was kept: a sign of life. ``words``: there are some in it."""

    turn_id: str
    at: AwareDatetime
    words: bool = True


class Worded(Value):
    """A chat model has put the open turn in its words, or failed to; then the authored ones stand, and ``wording.note`` says so."""

    turn_id: str
    wording: Wording


Event = (
    Answered | Skipped | SelfRated | Assessed | Unjudged | FollowUpTaken | RedoTaken | NextTaken | Ended
    | Paused | Resumed | ThinkingTaken | Typed | Worded
)  # fmt: skip
MEANWHILE = (Assessed, Unjudged)
"""They come from elsewhere: no sign that the person is at the interview."""
