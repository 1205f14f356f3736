"""The seam: whatever can assess an answer. One method."""

from __future__ import annotations

from typing import Protocol

from greenroom.assess.assessment import Assessment
from greenroom.bank.question import Rubric


class Assessor(Protocol):
    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        """Hold ``answer`` against ``rubric``.

        Deterministic; never raises for what the answer says: an answer that cannot be judged comes back ``abstained`` with a reason.
        """
        ...
