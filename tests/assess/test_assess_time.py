"""Nothing an answer holds makes the text functions slow: patterns are linear, whatever the longest answer is made of.

Not a benchmark: quadratic patterns took 9 to 28 s for these, linear ones some hundredths; the bar lies far from both.
"""

from __future__ import annotations

import time

import pytest

from greenroom.assess.reading.clauses import windows

SENTENCE = "Attention lets each token look at the other tokens and weigh them. "
FILLERS = {
    "spaces": "so the word " * 4 + " " * 19_500 + "word",
    "hard spaces": "so the word " * 4 + "\u00a0" * 19_500 + "word",
    "full stops": "." * 19_800 + "a",
    "ellipses": "…" * 19_800 + "a",
    "dashes": " -" * 9_900 + "a",
    "quotes": "." + '"' * 19_800 + "a",
    "newlines": "\n" * 19_800 + "a",
    "conjunctions": " and" * 4_900,
    "one word": "a" * 19_800,
    "abbreviations": "E.G. " * 3_900,
}


@pytest.mark.parametrize("filler", FILLERS.values(), ids=FILLERS)
def test_windows_are_cut_in_linear_time(filler: str) -> None:
    answer = SENTENCE + filler
    begun = time.perf_counter()
    for window in windows(answer):
        assert answer[window.start : window.end] == window.text
    assert time.perf_counter() - begun < 3
