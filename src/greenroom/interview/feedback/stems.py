"""Words of a text as rough stems, to see whether two sentences speak of the same. No dictionary: endings are cut by rule."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SMALL = """
a an and are as at be because been being but by can could did do does doing for from get gets had has have having he her his how i if in
into is it its just like may me might more most much must my no nor not of off on one or other our out over own same she should so some
such than that the their them then there these they this those through to too up us very was we were what when where which while who
will with without would you your also only each every all any both it's that's don't doesn't isn't let thing things really use used
using make makes made way lot kind sort um uh er well okay right yeah know mean
"""
SMALL = frozenset(_SMALL.split())
ENDING = re.compile(r"(?:isations?|izations?|ations?|ings?|ers?|ies|ed|es|ly|s|e|y)$")


def stem(word: str) -> str:
    """``predicts``, ``predicting`` and ``prediction`` come near each other; a stem keeps at least three letters."""
    cut = ENDING.sub("", word.lower())
    return cut if len(cut) >= 3 else word.lower()


def stems(text: str) -> list[str]:
    """The content words in order."""
    return [stem(word) for word in WORD.findall(text) if word.lower() not in SMALL]
