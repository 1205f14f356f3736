"""A share of cases with its interval: so many of so many, and where the true share may lie.

The interval is Wilson's (1927) at 95 %, which stays within 0 and 1 and is usable for a handful of cases, where the textbook's p ± 1.96·s
is not (Brown, Cai and DasGupta 2001). Two ways tried on the same cases are compared by the cases in which they differ (McNemar's exact
test).
"""

from __future__ import annotations

import math
from typing import NamedTuple

Z = 1.959963984540054
"""Of the normal distribution, 95 % lie within so many standard deviations."""


class Share(NamedTuple):
    """``cases`` of ``of``."""

    cases: int
    of: int

    @property
    def value(self) -> float | None:
        """0 to 1; None: there were no cases."""
        return self.cases / self.of if self.of else None

    @property
    def percent(self) -> float | None:
        return 100 * self.cases / self.of if self.of else None

    @property
    def low(self) -> float:
        return self._bounds[0]

    @property
    def high(self) -> float:
        return self._bounds[1]

    def above(self, limit: float) -> bool | None:
        """Whether the true share is above the limit (0 to 1). None: the limit lies within the interval, so it is undecided."""
        return True if self.low > limit else False if self.high < limit else None

    @property
    def _bounds(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        p, n = self.cases / self.of, self.of
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        return (0.0 if self.cases == 0 else middle - half), (1.0 if self.cases == n else middle + half)

    @property
    def cells(self) -> tuple[int, int, float | None, float, float]:
        """Count, of, percent, 95 % from, to: as columns of a table."""
        return self.cases, self.of, self.percent, 100 * self.low, 100 * self.high

    def __str__(self) -> str:
        return f"{self.cases} of {self.of} ({100 * self.low:.0f} to {100 * self.high:.0f}%)"


COLUMNS = ("Cases", "Of", "%", "95% from", "to")
"""Over ``Share.cells``."""


def paired(better: int, worse: int) -> float:
    """McNemar's exact test, two-sided: how probable it is that of the cases in which two ways differ, so many go one way, or more
    unevenly, if either way were as likely."""
    n, least = better + worse, min(better, worse)
    return min(1.0, 2 * math.fsum(math.comb(n, k) for k in range(least + 1)) / 2**n) if n else 1.0
