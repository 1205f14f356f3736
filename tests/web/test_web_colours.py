"""The palette against WCAG 2.2 AA, reckoned from the style sheet: 4.5 for text (1.4.3), 3 for edges of fields and marks of plots."""

from __future__ import annotations

import re

import pytest

from greenroom.web.render import STATIC

CSS = (STATIC / "app.css").read_text(encoding="utf-8")
TEXT = [
    *((text, ground) for text in ("ink", "soft", "accent", "amber", "rust") for ground in ("paper", "card", "grey-tint")),
    *((text, "tint") for text in ("ink", "soft", "accent")),
    ("on-accent", "accent"), ("ink", "amber-tint"), ("ink", "rust-tint"), ("card", "rust"),
]  # fmt: skip
MARKS = [(mark, ground) for mark in ("edge", "accent", "amber", "rust", "soft") for ground in ("paper", "card", "tint")]


def palettes() -> dict[str, dict[str, str]]:
    """The colours of each theme. The dark one stands twice: chosen, and as the system has it."""
    blocks = re.findall(r"(:root[^{]*)\{([^}]*--paper[^}]*)\}", CSS.partition("@media print")[0])
    found = {selector.strip(): dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", body)) for selector, body in blocks}
    light, dark, system = found.values()
    assert dark == system
    return {"light": light, "dark": dark}


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_can_be_told_from_their_ground(theme: str) -> None:
    colours = palettes()[theme]
    for pairs, least in ((TEXT, 4.5), (MARKS, 3.0)):
        low = {f"{one} on {ground}": round(found, 2) for one, ground in pairs if (found := contrast(colours[one], colours[ground])) < least}
        assert not low, f"{theme}, below {least}: {low}"


def test_control_black_on_white_is_21_and_a_pale_grey_fails() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert contrast("#999999", "#ffffff") < 3
