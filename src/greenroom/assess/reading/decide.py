"""From evidence to verdicts: the one place where thresholds meet probabilities. The assessor and the fits both call it.

wrong · hit · partial · missed, in this order. A point is wrong where the answer says its opposite and does not make it elsewhere, or
where the
sentence that would make it is the one that states a misconception.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from greenroom.assess.assessment import Verdict
from greenroom.assess.calibrate import Fitted
from greenroom.assess.reading.clauses import Window
from greenroom.assess.reading.evidence import FEATURES, Finding

AGAINST, NEGATORS = FEATURES.index("against"), FEATURES.index("negators")
TOLD, CONTRADICTS, CENTRED = FEATURES.index("told"), FEATURES.index("contradicts"), FEATURES.index("centred")
LEAST_TOLD = 0.3
"""A point that the reader finds in no window to this extent is not made, however alike the words are."""
TURNED, ABOUT = 0.6, 0.2
"""A sentence about the point (by likeness, from ABOUT on) that the reader takes for its contrary from TURNED on makes it wrong. These three
were chosen on the labelled answers, among eight settings (docs/log.md).
"""


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
    told = 0.0 if finding.window is None else float(finding.features[TOLD])
    made = covered >= fitted.covered.threshold and told >= LEAST_TOLD
    wrong = _wrong(fitted, finding, windows, found if made else (), made)
    if wrong is not None and (not made or wrong.sure > covered or _same(windows, wrong.window, finding.window)):
        return wrong
    if finding.window is None or not made:
        return Ruling(Verdict.MISSED, 1 - min(covered, told), covered, fitted.covered.threshold, None)
    hit = min(covered, fitted.hit(finding.features))
    if hit >= fitted.hit.threshold:
        return Ruling(Verdict.HIT, hit, hit, fitted.hit.threshold, finding.window)
    return Ruling(Verdict.PARTIAL, covered, covered, fitted.covered.threshold, finding.window)


def _wrong(fitted: Fitted, finding: Finding, windows: Sequence[Window], found: Sequence[Stated], made: bool) -> Ruling | None:
    """Wrong by its own contradiction, or because a stated misconception stands where the point would be made."""
    bar = fitted.contradicts.threshold
    if finding.against is not None:
        sure = fitted.contradicts(finding.against.features)
        read = float(finding.against.features[CONTRADICTS])
        if sure >= bar:
            return Ruling(Verdict.WRONG, sure, sure, bar, finding.against.window)
        if not made and read >= TURNED and finding.against.features[CENTRED] >= ABOUT:
            return Ruling(Verdict.WRONG, read, read, TURNED, finding.against.window)
    if finding.window is not None and finding.features[AGAINST] < 0:
        spoilt = [item.sure for item in found if overlap(windows, finding.window, item.window)]
        if spoilt:
            return Ruling(Verdict.WRONG, max(spoilt), max(spoilt), bar, finding.window)
    return None


def _same(windows: Sequence[Window], one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and overlap(windows, one, other)


def overlap(windows: Sequence[Window], one: int, other: int) -> bool:
    return windows[one].start < windows[other].end and windows[other].start < windows[one].end
