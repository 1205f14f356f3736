"""What is said of a file that is no YAML. The parser names what it did not find; an author wants to know what to type."""

from __future__ import annotations

import re

import yaml

QUOTE = "Quote text that holds “: ” or begins with a special character."
SPACES = "Use spaces: YAML takes no tab at the beginning of a line."
COLUMN = "Let keys and “- ” that belong together begin in the same column, with spaces."
ENDED = 'Let a quote end where the text ends; a \' inside \'…\' is written twice, a " inside "…" as \\".'
KEY_FIRST = re.compile(r"\s*(?:- +)*[\w-]+:(?:\s|$)")
QUOTED = re.compile(r":\s+['\"]|^\s*-\s+['\"]")


def cure(text: str, error: yaml.YAMLError) -> str:
    """What to do about it, by the parser's words and the line that it stopped at."""
    problem, mark = str(getattr(error, "problem", None) or ""), getattr(error, "problem_mark", None)
    number = mark.line if mark else 0
    line = text.splitlines()[number] if number < len(text.splitlines()) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return SPACES
    if problem.startswith("mapping values are not allowed"):
        first = KEY_FIRST.match(line)
        return f"{COLUMN} Or quote the text above it." if first and mark and mark.column < first.end() else QUOTE
    if problem.startswith(("did not find expected key", "expected <block end>", "did not find expected '-'")):
        return ENDED if QUOTED.search(line) else COLUMN
    return next((told for sign, told in _CURES if sign in problem), QUOTE)


_CURES = [
    ("end of stream", "A quote or bracket is opened and not closed: close it."),
    ("',' or", "Close the bracket, or quote text that begins with [ or {."),
    ("expected ':'", "Write `key: value`, or indent the line so that it goes on with the text above it."),
    ("constructor for the tag", "Quote text that begins with “!”."),
    ("sequence entries are not allowed", "Begin a list on the line below its key, or quote text that begins with “- ”."),
]
