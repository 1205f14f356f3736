"""Nothing an answer holds makes the text functions slow: patterns are linear, whatever the longest answer is made of.

Not a benchmark: quadratic patterns took 9 to 28 s for these, linear ones some hundredths; the bar lies far from both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from greenroom.assess.judging.criterion import find_span
from greenroom.assess.manner.concrete import concreteness
from greenroom.assess.manner.fit import Situation, judge_fit
from greenroom.assess.manner.speech import PREAMBLE, STORY, fillers, restarts, variety
from greenroom.assess.manner.terms import find_terms
from greenroom.assess.manner.transcript import find_misheard
from greenroom.assess.reading.clauses import left_open, sentences, windows
from greenroom.assess.reading.cleaned import clean
from greenroom.assess.star.parts import proof
from greenroom.assess.star.telling import read_line
from greenroom.bank.question import KeyPoint, Rubric

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


SPOKEN = {
    **FILLERS,
    "opening quotes": "“" * 19_800,
    "thinking aloud": "so well okay um, " * 1_150,
    "said twice": "the same the same " * 1_100,
    "terms": "attention lora low-rank (" * 790,
    "names": "Aa Bb " * 3_300,
    "told": "my team had as if " * 1_100,
}
POINT = KeyPoint(id="p", point="Tokens weigh each other.", weight=1, says=(), because="b", source="s")
READERS: dict[str, Callable[[str], object]] = {
    "concreteness": concreteness, "terms": find_terms, "fillers": fillers, "restarts": restarts, "variety": variety,
    "preamble": PREAMBLE.match, "story": STORY.match, "quote": lambda text: find_span(text, text[1:900] + "q"),
    "misheard": lambda text: find_misheard(text, Rubric(question_id="q", ask="What is attention?", points=(POINT,))),
    "fit": lambda text: judge_fit(text, Situation("Northvale Hospitals", "Nurse", "patients")),
}  # fmt: skip


@pytest.mark.parametrize("filler", SPOKEN.values(), ids=SPOKEN)
def test_how_it_was_said_is_read_in_linear_time(filler: str) -> None:
    for name, read in READERS.items():
        begun = time.perf_counter()
        read(SENTENCE + filler)
        assert time.perf_counter() - begun < 4, name


def test_control_a_quotation_that_may_hold_its_own_opening_is_quadratic() -> None:
    began = time.perf_counter()
    re.search(r"[\"“][^\"”]{3,}[\"”]", "“" * 6_000)
    careless = time.perf_counter() - began
    concreteness("“" * 6_000)
    assert time.perf_counter() - began - careless < careless / 5


BLANKS = " " * 19_500


@pytest.mark.parametrize(
    "work",
    [
        lambda: clean(f"a{BLANKS}b"),
        lambda: left_open(windows(f"I am not sure whether it is{BLANKS}x."), f"I am not sure whether it is{BLANKS}x."),
        lambda: proof([read_line(piece) for piece in sentences(f"We cut it by half{BLANKS}I learned to wait.")]),
    ],
    ids=["fillers", "turns", "a result before a lesson"],
)
def test_a_run_of_blanks_is_read_in_linear_time(work: Callable[[], object]) -> None:
    started = time.process_time()
    work()
    assert time.process_time() - started < 0.5
