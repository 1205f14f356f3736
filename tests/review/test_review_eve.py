"""The night before: what is too long for the page ends after a word."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from greenroom.assess.assessment import Assessment, FoundMisconception, Grader
from greenroom.review.eve import LONGEST, LONGEST_MORE, make_eve


def test_what_is_too_long_ends_after_a_word() -> None:
    words = "training data that was memorised comes back word for word " * 6
    wrong = FoundMisconception(id="w", quote=words, span=(0, len(words)), correction=words)
    said = Assessment(
        question_id="hci", status="assessed", rubric_hash="0", grader=Grader(name="test", version="1"), overall=50.0, band=3,
        misconceptions=(wrong,),
    )  # fmt: skip
    progress: Any = SimpleNamespace(topics=(), forecast=SimpleNamespace(on=None))
    (line,) = make_eve(progress, {}, [said], [], ("", "")).unlearn
    for text, most, kept in ((line.text, LONGEST, line.text), (line.more, LONGEST_MORE, line.more.partition("“")[2].rstrip("”"))):
        assert len(text) <= most
        assert kept.endswith(" …") and kept.removesuffix(" …").split() == words.split()[: len(kept.split()) - 1]
