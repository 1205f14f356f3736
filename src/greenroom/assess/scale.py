"""The scale people read: bands, the pass mark, the words for verdicts, and a self-rating beside a score. One place for both doors."""

from __future__ import annotations

from bisect import bisect_right

CUTS = (20.0, 40.0, 63.0, 85.0)
"""Where the five bands of ``overall`` are cut."""
PASS = 60.0
BANDS = ("", "Not there yet", "Patchy", "Getting there", "Solid", "Strong")
"""By number, 1 to 5."""
VERDICTS = {"hit": "Made", "partial": "Partly", "missed": "Missed", "wrong": "Wrong", "unscored": "Not judged"}
RATING_STEP = 20
"""A self-rating of 1 to 5 on the scale of ``overall``: 20 to 100."""
EVEN_WITHIN = 10.0
"""Closer than this, a self-rating and a score say the same."""


def band(overall: float) -> int:
    return 1 + bisect_right(CUTS, overall)


def difference(rating: int | None, overall: float | None) -> float | None:
    """Self-rating less score: above 0 one rates oneself higher. None where either is missing."""
    return rating * RATING_STEP - overall if rating is not None and overall is not None else None
