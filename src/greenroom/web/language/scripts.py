"""What the page's own scripts say, handed over to them as one attribute of the page: English sentence -> the language's.

The scripts hold their English, wrapped in ``t("…")``; an English page hands over nothing.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from greenroom.web.language import catalogue

STATIC = Path(__file__).parent.parent / "static"
_SAID = re.compile(r"\bt\((\"(?:[^\"\\]|\\.)*\")[,)]")


@cache
def said_by(name: str) -> tuple[str, ...]:
    """The sentences of a script, in their order."""
    return tuple(dict.fromkeys(json.loads(found) for found in _SAID.findall((STATIC / name).read_text("utf-8"))))


def words(*names: str) -> str:
    """As JSON, for the scripts of these names; empty where the page is English."""
    if catalogue.current() == catalogue.ENGLISH:
        return ""
    return json.dumps({text: catalogue.gettext(text) for name in names for text in said_by(name)}, ensure_ascii=False)
