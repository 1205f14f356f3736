"""The claims of train in other words, and turned round: so that the network reads a claim, and does not learn it by heart.

``data/reworded.jsonl`` has two sentences that claim the same and one that cannot be true if the claim is, by writers who saw the claims
alone. In every pass a claim may come in other words, or turned round, with what that makes of its label.
"""

from __future__ import annotations

import json
import random
from functools import cache
from typing import NamedTuple

from corpus import DATA
from rows import HELD, NOT_HELD, Allowed, Claim, Sample, only_label

from greenroom.assess.reader import Kind

FILE = DATA / "reworded.jsonl"
SAME, OPPOSITE = 0.5, 0.15
"""How often a claim that somebody reworded comes in other words, and turned round."""
TURNED: dict[Kind, dict[Allowed, Allowed]] = {
    "point": {
        only_label("hit"): only_label("wrong"),
        only_label("missed"): only_label("missed"),
        only_label("not asserted"): only_label("not asserted"),
        only_label("partial"): (0.0, 1.0, 1.0, 1.0, 0.0),
    },
    "misconception": {HELD: NOT_HELD},
}
"""What a label says of the claim's opposite. Who contradicts a point need not claim just this, and who does not hold a misconception need
not say what is true: those are left as they are.
"""


class Reworded(NamedTuple):
    same: tuple[str, ...]
    opposite: str


@cache
def reworded() -> dict[str, Reworded]:
    """By the claim's own words."""
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return {row["claim"]: Reworded(tuple(row["same"]), row["opposite"]) for row in rows}


def reword(sample: Sample, rng: random.Random) -> Sample:
    return sample._replace(claims=tuple(_reworded(claim, rng) for claim in sample.claims))


def _reworded(claim: Claim, rng: random.Random) -> Claim:
    other, chance = reworded().get(claim.text), rng.random()
    if other is None or chance >= SAME + OPPOSITE:
        return claim
    if chance < SAME:
        return claim._replace(text=rng.choice(other.same))
    turned = TURNED[claim.job].get(claim.allowed)
    mark = None if turned is None or turned[1] else 0.0  # half of it made: how much of its opposite is open
    return claim if turned is None else claim._replace(text=other.opposite, allowed=turned, mark=mark)
