"""How an answer was put: answer first, succinct, plain, with an example. Reported beside the score, never part of it.

Measured by words (``assess/manner``), decided by small fitted models; behaviour only, nothing about character or accent. What the words
do not show (a subtle analogy, irony) is missed: each side quotes what it rests on, so that a person can disagree. Fit to a company and
role is judged where they are known: ``manner/fit.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from greenroom.assess.assessment import Aspect, Communication, Span
from greenroom.assess.manner.concrete import STRONG
from greenroom.assess.manner.sides import Reading, decide, read_manner
from greenroom.assess.manner.speech import FILLER, PREAMBLE, RESTART
from greenroom.assess.reading.clauses import Window

SUCCINCT = (20, 350)
"""Words: below there is nothing to be succinct with; above, two and a half minutes at 140 words a minute, attention goes."""
RUN_UP = 12
"""Words: a preamble that is longer comes before the answer."""
NAMED = 4


def judge_structure(answer: str, made_at: Sequence[Span], *, story: bool = False) -> Communication:
    """``made_at``: spans of the windows that made a key point, wherever they are. ``story``: one was asked for, so that opening with it is
    no fault and the whole of it is the example.

    Raises WeightsError when the fitted numbers are missing.
    """
    read = read_manner(answer, made_at)
    if story:
        read = read._replace(figures={**read.figures, "story": 0.0})
    return Communication(
        answer_first=_answer_first(answer, read),
        succinct=_succinct(answer, read),
        plain=_plain(read),
        example=Aspect(good=None, note="The whole answer is one case: its parts are the key points.") if story else _example(read),
    )


def _answer_first(answer: str, read: Reading) -> Aspect:
    if len(read.lines) < 2:
        return Aspect(good=None, note="One sentence: there is no order to judge.")
    opening = read.lines[0]
    if read.before is None:
        return _quoting(opening, False, "No key point was recognised, so nothing answers the question first.")
    before = float(read.before)
    run_up = PREAMBLE.match(answer) is not None and before > RUN_UP
    good = False if run_up else decide("answer_first", read.figures)
    if good:
        return _quoting(opening, True, "The answer comes first.", before)
    if good is None:
        return _quoting(opening, None, "It begins with something of an answer; whether a listener takes it for one is open.", before)
    if read.figures["story"]:
        return _quoting(opening, False, "It opens with a story or a picture: say the answer first, then tell it.", before)
    if before <= RUN_UP and read.figures["opening_fillers"] > 0:
        return _quoting(opening, False, "It opens by thinking aloud: take the breath first, then begin with the answer.", before)
    if before <= RUN_UP:
        return _quoting(opening, False, "It touches the subject at once but hardly answers the question.", before)
    place = next((line for line in read.lines if len(answer[: line.end].split()) > before), opening)
    note = f"{before:.0f} words pass before the first key point: open with the answer, then explain."
    return _quoting(place, False, note, before)


def _succinct(answer: str, read: Reading) -> Aspect:
    low, high = SUCCINCT
    count = float(read.length)
    if read.length < low:
        return Aspect(
            good=None, note=f"{read.length} words: too few to tell." if read.length != 1 else "One word: too few to tell.", figure=count
        )
    longest = max(read.lines, key=lambda line: line.words)
    if read.length > high:
        return _quoting(longest, False, f"{read.length} words: more than a listener holds. Aim for {low} to {high}.", count)
    good = decide("succinct", read.figures)
    if good:
        return _quoting(longest, True, f"{read.length} words; the longest sentence has {longest.words}.", count)
    fillers, restarts = len(FILLER.findall(answer)), len(RESTART.findall(answer))
    if fillers + restarts > 1:
        place = max(read.lines, key=lambda line: len(FILLER.findall(line.text)) + len(RESTART.findall(line.text)))
        note = f"{fillers} fillers and {restarts} restarts in {read.length} words: a silent pause does the same work."
        return _quoting(place, good, note, count)
    if read.figures["function"] < 0.3:
        return _quoting(longest, good, "A list of terms: short, but nothing is said with them.", count)
    return _quoting(longest, good, f"{read.length} words that go over the same ground: say it once.", count)


def _plain(read: Reading) -> Aspect:
    """Technical terms are welcome when explained; ``figure`` is the number of unexplained ones per 100 words."""
    good = decide("plain", read.figures) if read.lines else None
    figure = round(read.figures["unexplained"], 1)
    loose = [term for term in read.terms if not term.explained]
    told = next((term for term in read.terms if term.explained), None)
    named = ", ".join(f"“{term.text}”" for term in loose[:NAMED])
    if good:
        note = "A general audience could follow: few technical terms are left unexplained."
        shown = told or (loose[0] if loose else None)
    else:
        note = f"Say in plain words what is meant by {named}." if good is False else f"On the edge for a general audience: {named}."
        shown = loose[0] if loose else None
    return Aspect(good=good, note=note, figure=figure, quote=shown.text if shown else None, span=shown.span if shown else None)


def _example(read: Reading) -> Aspect:
    if not read.lines:
        return Aspect(good=False, note="No example or analogy was found: one makes an abstract point stick.")
    best, place = max(zip(read.concrete, read.lines, strict=True), key=lambda each: each[0])
    if not best:
        return Aspect(good=False, note="No example or analogy was found: one makes an abstract point stick.")
    good = True if STRONG.search(place.text) else decide("example", read.figures)  # "for example" is one, whatever it is worth
    notes = {
        True: "There is an example or an analogy.",
        False: "The nearest to an example: name a case, a person, a number, and it sticks.",
        None: "Something of an example: make it one case, with who, what and how much.",
    }
    return _quoting(place, good, notes[good], best)


def _quoting(line: Window, good: bool | None, note: str, figure: float | None = None) -> Aspect:
    return Aspect(good=good, note=note, figure=figure, quote=line.text, span=(line.start, line.end))
