"""What the tokenizer is held against: byte-pair encoding in plain Python, from a vocabulary and its merges; and strings to try.

The cutting into words is GPT-2's expression, ``'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+``, after
numbers were cut into digits. Python's ``re`` knows no ``\\p``: each character is first replaced by one that stands for its kind.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import labs_tiny

BLANKS = {*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
SHORT = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
KINDS = re.compile(r" ?L+| ?N+| ?X+|[ _]+(?![^ _])|[ _]+")
PACKS = Path(__file__).parents[2] / "src/greenroom/packs"


class Reference:
    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.numbers = {token: n for n, token in enumerate(fields["tokenizer.ggml.tokens"])}
        merges = fields["tokenizer.ggml.merges"]
        self.ranks = {tuple(merge.split(" ")): n for n, merge in enumerate(merges)}
        self.table = labs_tiny.alphabet()
        self.word = lru_cache(50_000)(self._word)

    def encode(self, text: str) -> list[int]:
        return [n for word in words(text) for n in self.word(word)]

    def _word(self, word: str) -> tuple[int, ...]:
        parts = [char for char in (self.table[byte] for byte in word.encode()) if char in self.numbers]
        while True:
            ranked = [(self.ranks.get((a, b), 1 << 30), n) for n, (a, b) in enumerate(pairwise(parts))]
            rank, place = min(ranked, default=(1 << 30, 0))
            if rank == 1 << 30:
                return tuple(self.numbers[part] for part in parts)
            parts[place : place + 2] = [parts[place] + parts[place + 1]]


def kind(char: str) -> str:
    if ord(char) in BLANKS:
        return " " if char == " " else "_"
    category = unicodedata.category(char)[0]
    return category if category in "LN" else "X"


def words(text: str) -> Iterator[str]:
    return (word for part in by_digit(text) for word in _words(part))


def by_digit(text: str) -> Iterator[str]:
    start = 0
    for n, char in enumerate(text):
        if kind(char) == "N":
            if start < n:
                yield text[start:n]
            yield char
            start = n + 1
    if start < len(text):
        yield text[start:]


def _words(text: str) -> Iterator[str]:
    kinds, at = "".join(map(kind, text)), 0
    while at < len(text):
        short = next((each for each in SHORT if text.startswith(each, at)), None)
        found = KINDS.match(kinds, at)
        assert found
        end = at + len(short) if short else found.end()
        yield text[at:end]
        at = end


def strings(count: int) -> list[str]:
    """Always the same ones: prose and code of the project, numbers, blanks, other scripts, emoji, marks, and any characters at all (those
    that Unicode has had since 3.2: their kinds are settled)."""
    dice = random.Random(20251125)
    prose = "\n".join(file.read_text(encoding="utf-8") for file in sorted(PACKS.rglob("*.yaml"))[:6])
    settled = [chr(n) for n in range(0x20000) if unicodedata.ucd_3_2_0.category(chr(n)) not in ("Cn", "Cs")]
    settled = [char for char in settled if unicodedata.category(char)[0] == unicodedata.ucd_3_2_0.category(char)[0]]
    odd = [*"  \t\n\r\x0b\x85\u00a0\u3000'’s t1²½٣Ⅷ🙂👩‍💻éñ日本語한국어العربية'll've're'd\x00\x1c�", "'S", "<|im_end|>", "<|endoftext|>"]
    ways: Sequence[Any] = (
        lambda: prose[(start := dice.randrange(len(prose))) : start + dice.randrange(1, 80)],
        lambda: "".join(dice.choices(odd, k=dice.randrange(1, 24))),
        lambda: "".join(dice.choices(settled, k=dice.randrange(1, 12))),
        lambda: " ".join(str(dice.randrange(10 ** dice.randrange(1, 12))) for _ in range(dice.randrange(1, 5))),
        lambda: "".join(dice.choices("ab AB\n 01.,'", k=dice.randrange(1, 30))),
    )
    return ["", *(ways[n % len(ways)]() for n in range(count - 1))]
