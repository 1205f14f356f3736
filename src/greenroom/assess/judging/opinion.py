"""What a judge thinks of one criterion, as the majority of its votes; and how that is kept without the answer's text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from greenroom.assess.assessment import Verdict
from greenroom.assess.judging.criterion import Vote


class Opinion(NamedTuple):
    """``votes`` of ``asked`` were for ``verdict``; unscored when no verdict has more than half of those asked: ``reason`` says why."""

    verdict: Verdict
    span: tuple[int, int] | None = None
    votes: int = 0
    asked: int = 0
    reason: str = ""

    @property
    def unanimous(self) -> bool:
        return self.verdict is not Verdict.UNSCORED and self.votes == self.asked


def count(votes: Sequence[Vote]) -> Opinion:
    """The verdict that more than half of all votes were for; a vote that does not count is against every verdict."""
    tally = Counter(vote.verdict for vote in votes if vote.verdict is not None)
    verdict, most = tally.most_common(1)[0] if tally else (Verdict.UNSCORED, 0)
    if 2 * most <= len(votes):
        fault = next((vote.fault for vote in votes if vote.fault), "its votes were divided")
        return Opinion(Verdict.UNSCORED, asked=len(votes), reason=fault)
    return Opinion(verdict, next(vote.span for vote in votes if vote.verdict is verdict), most, len(votes))


def to_kept(opinion: Opinion) -> dict[str, Any]:
    """The span, not the quote: the answer's words stay where the answer is."""
    return {**opinion._asdict(), "verdict": opinion.verdict.value}


def from_kept(value: dict[str, Any] | None, answer: str) -> Opinion | None:
    """None for what cannot be an opinion on ``answer``."""
    try:
        given = dict(value or {})
        span = given["span"]
        found = Opinion(
            Verdict(given["verdict"]), None if span is None else (int(span[0]), int(span[1])), int(given["votes"]), int(given["asked"]),
            str(given["reason"]),
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None
    needs = found.verdict in (Verdict.HIT, Verdict.PARTIAL, Verdict.WRONG)
    sound = found.span is None or 0 <= found.span[0] < found.span[1] <= len(answer)
    counted = found.votes == 0 if found.verdict is Verdict.UNSCORED else 2 * found.votes > found.asked
    return found if sound and counted and needs == (found.span is not None) and 0 <= found.votes <= found.asked <= 99 else None
