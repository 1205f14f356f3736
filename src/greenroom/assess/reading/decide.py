"""From evidence to verdicts: the one place where thresholds meet probabilities. The assessor and the fits both call it.

wrong · hit · partial · missed, in this order. A point that the answer only denies is wrong; a window that denies it is never its evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from greenroom.assess.assessment import Verdict
from greenroom.assess.calibrate import Fitted
from greenroom.assess.reading.clauses import Window
from greenroom.assess.reading.evidence import FEATURES, Finding

AGAINST, NEGATORS = FEATURES.index("against"), FEATURES.index("negators")


class Stated(NamedTuple):
    """A misconception that was stated, with the window it stands in."""

    id: str
    window: int
    sure: float


class Ruling(NamedTuple):
    """A verdict with how sure it is, the bar it was held to, and the window to quote (None for missed)."""

    verdict: Verdict
    sure: float
    score: float
    bar: float
    window: int | None


def stated(fitted: Fitted, claims: Sequence[Finding], windows: Sequence[Window]) -> list[Stated]:
    """Misconceptions above the bar, surest first; one sentence convicts once, and never one that negates more than the claim does."""
    scored = [Stated(f.id, f.window, fitted.claim(f.features)) for f in claims if f.window is not None and f.features[NEGATORS] == 0]
    found: list[Stated] = []
    for item in sorted(scored, key=lambda item: -item.sure):
        if item.sure >= fitted.claim.threshold and not any(overlap(windows, item.window, other.window) for other in found):
            found.append(item)
    return found


def rule(fitted: Fitted, finding: Finding, windows: Sequence[Window], found: Sequence[Stated]) -> Ruling:
    """The verdict on one point. ``found``: what ``stated`` gave."""
    covered = 0.0 if finding.window is None else fitted.covered(finding.features)
    if finding.window is None or covered < fitted.covered.threshold:
        return _unmade(fitted, finding, covered)
    hit, against = min(covered, fitted.hit(finding.features)), fitted.contradicts(finding.features)
    spoilt = [item.sure for item in found if overlap(windows, finding.window, item.window)] if finding.features[AGAINST] < 0 else []
    if spoilt or against >= fitted.contradicts.threshold:
        sure = max([against, *spoilt])
        return Ruling(Verdict.WRONG, sure, sure, fitted.contradicts.threshold, finding.window)
    if hit >= fitted.hit.threshold:
        return Ruling(Verdict.HIT, hit, hit, fitted.hit.threshold, finding.window)
    return Ruling(Verdict.PARTIAL, covered, covered, fitted.covered.threshold, finding.window)


def _unmade(fitted: Fitted, finding: Finding, covered: float) -> Ruling:
    """Missed, or wrong where the answer speaks of the point only to deny it."""
    bar = fitted.covered.threshold
    if finding.denied is not None:
        sure = fitted.covered(finding.denied.features)
        if sure >= bar:
            return Ruling(Verdict.WRONG, sure, sure, bar, finding.denied.window)
    return Ruling(Verdict.MISSED, 1 - covered, covered, bar, None)


def overlap(windows: Sequence[Window], one: int, other: int) -> bool:
    return windows[one].start < windows[other].end and windows[other].start < windows[one].end
