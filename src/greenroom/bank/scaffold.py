"""`greenroom bank new`: a pack to write over. What is left of the template is found by the check."""

from __future__ import annotations

import os
from pathlib import Path

from greenroom.bank.check import MIN_CLAIM_SAYS, MIN_MISCONCEPTIONS, MIN_POINT_SAYS, MIN_POINTS, PLACEHOLDER
from greenroom.errors import ConflictError, InputError

HEADER = """\
schema: 1
id: "{id}"
version: 0.1.0
language: en
licence: CC-BY-4.0
authors:
  - {mark} your name
"""
TOP = """\
id: first-question
topic: my-topic
level: foundation          # foundation | practitioner | expert
kind: knowledge            # knowledge | behavioural | asks
ask: {mark} the question as an interviewer says it
listens_for: {mark} what a good interviewer is listening for
forms:
  - ask: {mark} the same question asked another way
    source: pack
key_points:                # ideas that can be said or missed by themselves
"""
POINT = """\
  - id: point-{n}
    point: {mark} the idea, in one sentence
    weight: 2              # 1 nice to have, 2 expected, 3 essential
    says:                  # ways a candidate may put it, far apart in wording
{says}
    because: {mark} why it is true, for somebody who missed it
    source: {mark} a paper or page with its URL
"""
CLAIM = """\
  - id: wrong-{n}
    claim: {mark} what people wrongly believe
    says:
{says}
    correction: {mark} what is true instead
    source: {mark} a paper or page with its URL
"""
END = """\
model_answers:
  plain: {mark} an answer for a general audience, 40 to 260 words
  technical: {mark} an answer for an engineer, 40 to 260 words
sources:
  - {mark} title and URL
"""


def make_pack(folder: Path) -> list[Path]:
    """Write a new pack. Raises ConflictError when the folder exists, InputError when it cannot be made."""
    if os.path.lexists(folder):
        raise ConflictError(f"{folder} exists already.", "Name a folder that does not exist yet.")
    question = folder / "my-topic" / "first-question.yaml"
    try:
        question.parent.mkdir(parents=True)
        (folder / "pack.yaml").write_text(header(folder.name), encoding="utf-8")
        question.write_text(_question(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}.", "Choose a folder that can be written.") from error
    return [folder / "pack.yaml", question]


def header(name: str) -> str:
    """``pack.yaml`` of a pack in a folder of this name."""
    return HEADER.format(id=_pack_id(name), mark=PLACEHOLDER)


def _pack_id(name: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")
    return kept[:64] or "my-pack"


def _question() -> str:
    def says(count: int) -> str:
        return "\n".join(f"      - {PLACEHOLDER} phrasing {n}" for n in range(1, count + 1))

    points = "".join(POINT.format(n=n, mark=PLACEHOLDER, says=says(MIN_POINT_SAYS)) for n in range(1, MIN_POINTS["knowledge"] + 1))
    wrong = MIN_MISCONCEPTIONS["knowledge"]
    claims = "".join(CLAIM.format(n=n, mark=PLACEHOLDER, says=says(MIN_CLAIM_SAYS)) for n in range(1, wrong + 1))
    asks = "".join(
        f"  - point_id: point-{n}\n    ask: {PLACEHOLDER} asked when it was missed\n" for n in range(1, MIN_POINTS["knowledge"] + 1)
    )
    return "".join([TOP.format(mark=PLACEHOLDER), points, "misconceptions:\n", claims, "follow_ups:\n", asks, END.format(mark=PLACEHOLDER)])
