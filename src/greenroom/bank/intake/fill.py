"""What a file to import leaves out: ids are made of the first words, texts and whole sections are placeholders of the right shape.

So that the question's file shows its author what belongs there, and ``bank check`` names it. A complete question stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from greenroom.bank.check import MIN_CLAIM_SAYS, MIN_MISCONCEPTIONS, MIN_POINT_SAYS, PLACEHOLDER
from greenroom.bank.intake.limits import TEXT_LIMIT
from greenroom.bank.schema import ESSENTIAL_WEIGHT
from greenroom.bank.wording import texts

SLUG_WORDS = 6
LEFT_OUT = {
    "listens_for": "what a good interviewer is listening for",
    "point": "the claim, in one sentence",
    "claim": "what people wrongly believe",
    "because": "why it is true, for somebody who missed it",
    "correction": "what is true instead",
    "source": "a paper or page with its URL",
    "follow_up": "asked when it was missed",
    "form": "the same question asked another way, or remove this form",
    "plain": "an answer for a general audience, 40 to 380 words",
    "technical": "an answer for an engineer, 40 to 380 words",
    "sources": "title and URL",
}
"""What stands behind the placeholder where the file says nothing."""


def slug(text: str) -> str:
    """An id made of the first words: ``Why is a KV cache used?`` → ``why-is-a-kv-cache-used``."""
    plain = unicodedata.normalize("NFKD", text[:TEXT_LIMIT]).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:SLUG_WORDS])[:64].strip("-")


def fill_texts(data: dict[str, Any]) -> None:
    """What each part that is there lacks. ``data`` as in a ``Draft``, with its topic and level."""
    data["kind"], data["level"] = data.get("kind", "knowledge").lower(), data["level"].lower()
    data["id"] = data.get("id") or slug(data.get("ask", ""))
    for key in ("listens_for", "plain", "technical"):
        data[key] = data.get(key) or _left_out(key)
    data["sources"] = data.get("sources") or [_left_out("sources")]
    for point in data.get("key_points", []):
        _fill_point(point)
    for wrong in data.get("misconceptions", []):
        _fill_claim(wrong)
    taken = {form["id"] for form in data.get("forms", []) if form.get("id")}
    for form in data.get("forms", []):
        if not form.get("id"):
            name = slug(form.get("ask", "")) or "form"
            form["id"] = _free(name, taken) if name in taken else name
            taken.add(form["id"])


def fill_sections(data: dict[str, Any]) -> None:
    """Sections that are not there at all, one entry each. A form may be left out: one is shown only where the question lacks more."""
    ids = {item["id"] for key in ("key_points", "misconceptions") for item in data.get(key, [])}
    if not data.get("key_points"):
        data["key_points"] = [{"id": _free("point", ids), "point": _left_out("point")}]
        _fill_point(data["key_points"][0])
    if not data.get("misconceptions") and MIN_MISCONCEPTIONS.get(data["kind"]):
        data["misconceptions"] = [{"id": _free("wrong", ids), "claim": _left_out("claim")}]
        _fill_claim(data["misconceptions"][0])
    if not data.get("forms") and any(PLACEHOLDER in text for _, text in texts(data)):
        data["forms"] = [{"id": "other-form", "ask": _left_out("form")}]


def _fill_point(point: dict[str, Any]) -> None:
    _fill_item(point, "point", ("because", "source", "follow_up"), MIN_POINT_SAYS)
    point.setdefault("weight", 2)
    point.setdefault("essential", str(point["weight"]) == str(ESSENTIAL_WEIGHT))


def _fill_claim(wrong: dict[str, Any]) -> None:
    _fill_item(wrong, "claim", ("correction", "source"), MIN_CLAIM_SAYS)


def _fill_item(item: dict[str, Any], text: str, keys: tuple[str, ...], phrasings: int) -> None:
    item["id"] = item.get("id") or slug(item.get(text, ""))
    for key in keys:
        item[key] = item.get(key) or _left_out(key)
    item["says"] = item.get("says") or [f"{PLACEHOLDER} phrasing {n}" for n in range(1, phrasings + 1)]


def _free(word: str, taken: set[str]) -> str:
    """``word-1``, or the next number that no id of the file has."""
    return next(name for n in range(1, len(taken) + 2) if (name := f"{word}-{n}") not in taken)


def _left_out(key: str) -> str:
    return f"{PLACEHOLDER} {LEFT_OUT[key]}"
