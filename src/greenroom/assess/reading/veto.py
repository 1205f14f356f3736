"""The reader's veto: a point that likeness finds made is not credited where the quoted words, read beside it, plainly do not make it.

The encoder sees what a sentence is about, not whether it states it: a point asked ("is it so that …?"), left open ("I do not know
whether …") or turned round is as like it as the point itself. The reader only takes away, and only where it is all but sure: by itself it
takes too much for made (weights/MODEL_CARD.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from greenroom.assess.assessment import Verdict
from greenroom.assess.reading.clauses import Window
from greenroom.assess.reading.decide import Ruling
from greenroom.assess.reading.evidence import Finding
from greenroom.bank.question import KeyPoint
from greenroom.llm.encode import MAKES, PARTLY, Reader

LEAST_CREDIT = 0.05
"""Probability of *makes*, and half that of *partly*, below which the quoted words count for nothing. Chosen among six on labelled and
golden answers (docs/log.md).
"""


def vetoed(
    rulings: Sequence[Ruling], points: Sequence[KeyPoint], findings: Sequence[Finding], windows: Sequence[Window], reader: Reader
) -> list[Ruling]:
    """The rulings, one a point; *missed*, with the reader's score, in place of what it does not let pass. Wrong and missed are not read."""
    pairs = {
        place: [(windows[ruling.window].text, text) for text in dict.fromkeys((point.point, finding.nearest))]
        for place, (ruling, point, finding) in enumerate(zip(rulings, points, findings, strict=True))
        if ruling.window is not None and ruling.verdict in (Verdict.HIT, Verdict.PARTIAL)
    }
    wanted = list(dict.fromkeys(pair for each in pairs.values() for pair in each))
    if not wanted:
        return list(rulings)
    credit = {pair: float(row[MAKES] + 0.5 * row[PARTLY]) for pair, row in zip(wanted, reader.read(wanted), strict=True)}
    best = {place: max(credit[pair] for pair in each) for place, each in pairs.items()}
    return [
        Ruling(Verdict.MISSED, 1 - best[place], best[place], LEAST_CREDIT, None) if best.get(place, 1.0) < LEAST_CREDIT else ruling
        for place, ruling in enumerate(rulings)
    ]
