"""What the text of a pack may hold: plain writing. Markup and characters that act on a terminal are faults.

Both doors escape whatever they show, so nothing of this does harm; but an author who pasted rich text should be told, not a candidate.
Signs of language models in angle brackets (``<unk>``, ``<think>``, ``<s>``) are plain writing: only names of HTML elements are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str | int, ...]
ELEMENTS = (
    "a|abbr|article|audio|b|blockquote|body|br|button|center|code|dd|del|div|dl|dt|em|embed|font|footer|form|frame|h[1-6]|head|header|hr|html|"
    "i|iframe|img|input|ins|kbd|label|li|link|main|mark|meta|nav|object|ol|option|p|pre|q|samp|script|section|select|small|span|strike|strong|"
    "style|sub|sup|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|tt|u|ul|var|video|"
    "applet|colgroup|dialog|fieldset|figcaption|frameset|marquee|noscript|wbr"
)
ALSO_PROMPTS = (
    "address|area|aside|base|bdi|bdo|canvas|cite|col|data|datalist|details|dfn|figure|image|legend|map|math|menu|meter|optgroup|output|param|"
    "picture|progress|s|slot|source|summary|template|time|track"
)
"""Elements whose bare names stand in prompts too (``<image>``, ``<s>``): refused only with something after the name."""
MARKUP = re.compile(
    rf"<!--|<!doctype|</?(?:{ELEMENTS})(?:[\s/][^<>]{{0,2000}})?>|<(?:{ALSO_PROMPTS})[\s/][^<>]{{1,2000}}>"
    r"|<[a-z][^<>\s/]{0,60}[\s/](?:[^<>]{0,500}[\s/\"'])?on[a-z]{3,30}\s{0,20}=|&(?:[a-z]{2,8}|#\d{1,7}|#x[0-9a-f]{1,6});",
    re.IGNORECASE,
)
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\u3164\ufeff\uffa0"
    r"\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
"""All but tab and line break: C0 and C1 controls, marks that turn the direction of writing, invisible blanks and hyphens, tags that only a
machine reads, halves of characters."""


def text_fault(text: str) -> tuple[str, str] | None:
    """What is wrong with a text and the cure, or None. Linear in the text."""
    found = CONTROL.search(text)
    if found:
        return f"A character that cannot be seen (U+{ord(found[0]):04X}).", "Remove it; it often comes with copied text."
    found = MARKUP.search(text)
    if found:
        return f"Markup: “{found[0][:40]}”.", "Write plain text: nothing here is read as HTML."
    return None


def many(count: int, one: str) -> str:
    """``1 word``, ``2 words``."""
    return f"{count} {one if count == 1 else one + 's'}"


def texts(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text inside plain data (mappings, lists, scalars), with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts(inner, (*path, str(key)))
    elif isinstance(value, Sequence):
        for n, inner in enumerate(value):
            yield from texts(inner, (*path, n))
