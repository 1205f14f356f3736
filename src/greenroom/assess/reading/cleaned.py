"""What of an answer is held against a rubric: without the sounds of thinking aloud, the characters that nobody sees and HTML's tags.

Fillers cut a sentence into other clauses than its words would, and a character of no width inside a word makes two of it; both moved a
figure by nine points on average before they were left out here. Every character keeps its place in the answer as given, so that quotes
are the person's own words, fillers included. Not covered: fillers that are words of a sentence elsewhere ("like", "sort of"), restarts
("the the"), look-alike letters of other scripts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_FILLER = re.compile(
    r"(?<!\s)\s*+(?:\b(?:um+|uh+|uhm+|erm+|hm+|(?<!\d )mm+)\b(?:,|\.{2,}|…)?|\ber,"
    r"|(?<!\bas )(?<!\bdo )(?<!\bdid )(?<!\bif )(?<!\bwhat )(?<!\bthat )\b(?:you know|i mean|basically|what do you call it|let me think),)",
    re.IGNORECASE,
)
"""A sound stands anywhere; a phrase only where a comma closes it, and not where it belongs to the sentence ("as you know, …"). A comma
before it stays: the sentence may have had it.
"""

_VALUE = r"""(?:\s{1,9}[\w-]{1,40}=(?:"[^"<>]{0,200}"|'[^'<>]{0,200}'|[^\s"'<>]{1,200})){0,9}\s?/?>"""
_BLOCK = re.compile(rf"</?(?:p|br|div|li|ul|ol|pre|h[1-6]){_VALUE}", re.IGNORECASE)
_INLINE = re.compile(rf"</?(?:b|i|em|strong|span|code){_VALUE}", re.IGNORECASE)
"""Tags of pasted text; one that ends a line leaves a line break. Only these, and with attributes or none: `<eos>` and `<think>` are words
of the field, `i<b and c>d` is code.
"""


class Cleaned(NamedTuple):
    """``places``: for each character of ``text`` its index in ``given`` (Unicode code points), rising; of a line break that stands for a
    tag, where the tag begins.
    """

    given: str
    text: str
    places: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of ``given`` that ``text[start:end]`` stands for; ``start < end``."""
        return self.places[start], self.places[end - 1] + 1


def clean(answer: str) -> Cleaned:
    """Never fails; nothing is left of an answer that only hesitates."""
    seen = [place for place, character in enumerate(answer) if not _unseen(character)]
    text = "".join(answer[place] for place in seen)
    silent = {place for pattern in (_FILLER, _BLOCK, _INLINE) for match in pattern.finditer(text) for place in range(*match.span())}
    breaks = {match.start() for match in _BLOCK.finditer(text)}
    kept = [place for place in range(len(text)) if place not in silent or place in breaks]
    return Cleaned(answer, "".join("\n" if place in breaks else text[place] for place in kept), [seen[place] for place in kept])


def _unseen(character: str) -> bool:
    """Zero-width spaces and joiners, soft hyphens, marks of direction: Unicode's format characters (Cf)."""
    return not character.isascii() and unicodedata.category(character) == "Cf"
