"""Words of an English text without a model: their places, stems, negations, opposites.

Small on purpose: closed classes and a suffix stripper. It knows no grammar; what it finds is evidence for the assessor, never a verdict.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

TOKENIZER = Path(__file__).parent.parent / "weights" / "tokenizer.json"
REMEMBERED = 1_500
"""Characters: the words of texts up to this length are kept for the next call; an answer's windows are asked for again and again."""
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

FUNCTION = frozenset(
    """
    a about above after again against all almost already also although always am among an and another any are aren't around as at
    away back be because become becomes been before being below between both but by can can't cannot could couldn't did didn't do
    does doesn't doing don't done down during each either else enough etc even ever every few first for from further get gets give
    given gives go goes had has hasn't have haven't having he her here him his how however i i'd i'll i'm i've if in instead into
    is isn't it it's its itself just kind last least less let let's like lot lots made make makes many may maybe me means might
    more most much must my need needs neither never next no none nor not nothing now of off often on once one only onto or other
    others our out over own per perhaps put quite rather really same say says see several shall she should shouldn't since so some
    something sometimes still such take takes than that that's the their them then there there's these they they're thing things
    this those though through thus to together too towards two under until up upon us use used uses using usually very want was
    wasn't way we we're well were weren't what what's when where whereas whether which while who whole whom whose why will with
    within without won't would wouldn't yes yet you you're your actually basically simply essentially okay ok um uh
    """.split()  # noqa: SIM905
)
NEGATORS = frozenset(
    """
    no not never none nor neither nothing nobody without cannot can't don't doesn't didn't isn't aren't wasn't weren't won't
    wouldn't shouldn't couldn't hasn't haven't hadn't hardly barely fails fail false untrue wrong incorrect impossible unable dont
    doesnt isnt cant
    """.split()  # noqa: SIM905
)
OPPOSITES = tuple(
    (frozenset(left.split()), frozenset(right.split()))
    for left, right in (
        (
            "increase increases increased raise raises higher more grows larger bigger",
            "decrease decreases reduce reduces lower less fewer shrinks smaller",
        ),
        ("fast faster quick quicker", "slow slower"),
        ("cheap cheaper inexpensive", "costly expensive dearer"),
        ("always every all each", "never none sometimes some"),
        ("sharp sharper sharpens sharpen peaked peakier", "flat flatter flattens flatten even uniform"),
        ("before earlier previous past preceding", "after later following future subsequent"),
        ("random randomly chance sampled", "deterministic fixed greedy"),
        ("frozen fixed unchanged constant stay stays", "updated changed change changes trained learned adjusted"),
        ("same identical shared equal", "different separate unequal"),
        ("true correct right accurate", "false wrong incorrect inaccurate"),
        ("external outside retrieved", "internal inside memorised"),
        ("quadratic quadratically", "linear linearly"),
        ("parallel simultaneously once", "sequential sequentially successively"),
        ("easy easier simple", "hard harder difficult complex"),
        ("separated disconnected open", "connected joined closed"),
        ("positive", "negative"),
        ("safe secure", "unsafe risky dangerous"),
        ("better improves improve improved", "worse harms worsens degrades"),
    )
)  # fmt: skip
_ENDINGS = (
    ("isations", "ise"), ("izations", "ise"), ("isation", "ise"), ("ization", "ise"), ("ational", "ate"), ("ations", "ate"),
    ("ation", "ate"), ("izing", "ise"), ("ising", "ise"), ("ized", "ise"), ("ised", "ise"), ("izes", "ise"), ("ises", "ise"),
    ("ize", "ise"), ("iveness", "ive"), ("ability", "able"), ("ibility", "ible"), ("fulness", "ful"), ("ously", "ous"),
    ("ingly", ""), ("edly", ""), ("ies", "y"), ("ied", "y"), ("ments", "ment"), ("ness", ""), ("tions", "t"), ("tion", "t"),
    ("sses", "ss"), ("ings", ""), ("ing", ""), ("ers", ""), ("er", ""), ("ed", ""), ("ly", ""), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip


class Word(NamedTuple):
    """A word, lower case, with its place in the text (code points)."""

    text: str
    start: int
    end: int


def words(text: str) -> Sequence[Word]:
    """The words of a text in order."""
    return _words(text) if len(text) <= REMEMBERED else _find_words(text)


@functools.lru_cache(maxsize=512)
def _words(text: str) -> tuple[Word, ...]:
    return _find_words(text)


def _find_words(text: str) -> tuple[Word, ...]:
    return tuple(Word(match.group().lower().replace("’", "'"), match.start(), match.end()) for match in WORD.finditer(text))


@functools.lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A rough stem: enough that token/tokens/tokenization or predict/predicts/prediction meet."""
    if len(word) < 4 or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: len(word) - len(ending)] + instead
            return base[:-1] if len(base) > 4 and base[-1] == "e" else _undouble(base)
    return word


def _undouble(base: str) -> str:
    return base[:-1] if len(base) > 4 and base[-1] == base[-2] and base[-1] not in "sl" else base


def content(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order, repeats kept."""
    return [stem(word.text) for word in words(text) if word.text not in FUNCTION and word.text not in NEGATORS]


def negations(text: str) -> int:
    """How many negations it has, "instead of" and "rather than" counted too."""
    return _remembered_negations(text) if len(text) <= REMEMBERED else _negations(text)


@functools.lru_cache(maxsize=4_000)
def _remembered_negations(text: str) -> int:
    return _negations(text)


def _negations(text: str) -> int:
    count = sum(word.text in NEGATORS for word in words(text))
    return count + len(re.findall(r"\b(?:instead of|rather than|no longer)\b", text, re.IGNORECASE))


def negated(text: str) -> bool:
    """An odd number of negations."""
    return negations(text) % 2 == 1


def opposed(left: Iterable[str], right: Iterable[str]) -> bool:
    """One text has a word of a pair of opposites where the other has only its opposite."""
    ours, theirs = set(left), set(right)
    for one, other in OPPOSITES:
        forward = ours & one and theirs & other and not ours & other and not theirs & one
        backward = ours & other and theirs & one and not ours & one and not theirs & other
        if forward or backward:
            return True
    return False


@functools.cache
def vocabulary() -> frozenset[str]:
    """Whole words of the encoder's vocabulary (about 22,000 frequent English ones)."""
    entries = json.loads(TOKENIZER.read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(entry for entry in entries if entry.isalpha() and len(entry) > 1) | {"a", "i"}


def known_share(text: str) -> float:
    """Share of the alphabetic words that are English words or have one as a stem; 0 when there are none."""
    plain = [word.text for word in words(text) if word.text.replace("'", "").isalpha() and len(word.text) > 1]
    if not plain:
        return 0.0
    return sum(_known(word) for word in plain) / len(plain)


def _known(word: str) -> bool:
    lexicon = vocabulary()
    if word in FUNCTION or word in lexicon or "'" in word:
        return True
    base = stem(word)
    return any(form in lexicon for form in (base, base + "e", base + "ion", base + "ing", base + "s", base + "er"))
