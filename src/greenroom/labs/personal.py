"""Personal data in a text, found by plain rules: patterns with a check sum where there is one, names by a list. Source of the check sums:
ISO 13616 (IBAN: the number, its first four signs moved to the end, letters as 10 to 35, leaves 1 when divided by 97); ISO/IEC 7812 (card
numbers: Luhn's sum is divisible by 10).

What it cannot do is the lesson of the lab *masking*: a name that is not on the list, a number in words, a hint that says who it is.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

FILE = "personal.json"
KINDS = ("name", "email", "phone", "iban", "card", "address", "ip", "birth")


class Find(NamedTuple):
    """``start`` and ``end`` count the characters of the text: text[start:end] is what was found."""

    kind: str
    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


def iban_holds(number: str) -> bool:
    bare = re.sub(r"\s", "", number).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}", bare):
        return False
    return int("".join(str(int(each, 36)) for each in bare[4:] + bare[:4])) % 97 == 1


def card_holds(number: str) -> bool:
    """Luhn: from the right every second digit is doubled, and its digits added."""
    digits = [int(each) for each in number if each.isdecimal()]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [each if n % 2 == 0 else 2 * each - 9 * (each > 4) for n, each in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def ip_holds(number: str) -> bool:
    try:
        ipaddress.ip_address(number)
    except ValueError:
        return False
    return True


def phone_holds(number: str) -> bool:
    return 8 <= sum(each.isdecimal() for each in number) <= 15


def date_holds(date: str) -> bool:
    day, month, year = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", date).groups()  # type: ignore[union-attr]
    return 1 <= int(day) <= 31 and 1 <= int(month) <= 12 and 1900 <= int(year) <= 2030


PATTERNS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), lambda found: True),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), iban_holds),
    ("card", re.compile(r"\b\d(?:[ -]?\d){12,18}\b"), card_holds),
    ("ip", re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), ip_holds),
    ("birth", re.compile(r"\b\d{1,2}[./]\d{1,2}[./]\d{4}\b"), date_holds),
    ("address", re.compile(r"\b\d{1,4}[a-z]? (?:[A-Z][a-z]+ )+(?:Street|Road|Lane|Avenue|Square|Drive)\b"), lambda found: True),
    ("phone", re.compile(r"(?<![\w.])(?:\+|00)?\(?\d{1,4}\)?(?:[ /-]?\d{2,5}){2,4}(?![\w.]?\d)"), phone_holds),
)
"""In this order: what one has taken the next does not take again. Each with its check; a number that fails it is left alone."""


@cache
def first_names() -> frozenset[str]:
    """The names that the masker knows."""
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return frozenset(said["first_names"])


def find_all(text: str, kinds: Iterable[str] = KINDS, *, checked: bool = True) -> list[Find]:
    """What the rules find, in the order of the text, none over another. ``checked``: with the check sums; without, each pattern counts."""
    wanted, found, taken = set(kinds), list[Find](), [False] * (len(text) + 1)
    candidates = [(kind, m.start(), m.end(), holds) for kind, pattern, holds in PATTERNS if kind in wanted for m in pattern.finditer(text)]
    if "name" in wanted:
        candidates += [("name", m.start(), m.end(), lambda said: True) for m in _names(text)]
    for kind, start, end, holds in candidates:
        if any(taken[start:end]) or (checked and not holds(text[start:end])):
            continue
        found.append(Find(kind, start, end))
        taken[start:end] = [True] * (end - start)
    return sorted(found, key=lambda each: each.start)


NAME, WORD = re.compile(r"[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,2}"), re.compile(r"\b[A-Z][\w'-]+")


def _names(text: str) -> Iterable[re.Match[str]]:
    """A first name of the list, with up to two capitalised words behind it."""
    for found in WORD.finditer(text):
        whole = NAME.match(text, found.start())
        if found[0] in first_names() and whole:
            yield whole
