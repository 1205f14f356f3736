"""Verdicts on the parts of a story, in place of those that likeness gives: key points whose id is a part's are decided by its rule.

They belong to behavioural questions of any pack. Every other key point keeps its verdict; where all of them are missed and the answer has
hardly a word of the question or of this line of work, it is a story from elsewhere, and each part counts half. An answer that tells of
nothing that happened (it explains, advises, imagines, praises) is no story, and all its points are missed: its verbs are not in the past,
or its sentences are unlike those of stories. The verbs alone let explanations pass that look back ("the gains came from …").
"""

from __future__ import annotations

from collections.abc import Sequence

from greenroom.assess.assessment import PointVerdict, Verdict, Why
from greenroom.assess.calibrate import Direction
from greenroom.assess.reading.clauses import Window, speaks_to_grader
from greenroom.assess.star.parts import BARS, MISSING, PARTS, Told, is_told
from greenroom.assess.star.signs import FIELD
from greenroom.assess.star.telling import read_line
from greenroom.bank.question import Rubric
from greenroom.llm.encode import Vectors
from greenroom.llm.words import content

NAME = "star"
ASIDE = 0.5
"""What a part of a story about something else counts."""
IN_COMMON = 12
"""Different telling words of the question and its phrasings from which on a story speaks of it. Chosen with all stories in view."""
TOLD_SURE, TOLD_NEAR, MISSED_SURE, DOUBTFUL, NEAR = 0.95, 0.85, 0.85, 0.55, 0.1
"""How sure a verdict is: told, and told within ``NEAR`` of the bar; missed; and *doubtful*: partly told, or missed in a story that has
steps, for that part may stand there in words that no rule knows. From the shares that were right on the two sets of stories kept aside
(``python -m benchmarks stories``). What is doubtful a judge may move.
"""
WORDS_SHOWN = 120
UNNAMED = "in the past, after the steps"


def is_story(rubric: Rubric) -> bool:
    return rubric.kind == "behavioural" and any(point.id in PARTS for point in rubric.points)


def judge_story(
    rubric: Rubric, verdicts: Sequence[PointVerdict], windows: Sequence[Window], sound: Sequence[bool], *, storylike: bool = True
) -> list[PointVerdict]:
    """The verdicts in the order of the rubric's points. ``sound``: which windows of the answer read as statements; ``storylike``: whether
    its sentences are like those of stories (``is_storylike``).
    """
    if not is_story(rubric):
        return list(verdicts)
    lines = [read_line(piece) for piece in told(windows, sound)]
    if len(rubric.points) > 1 and not (storylike and is_told(lines)):
        return [_verdict(point.id, MISSING, 1.0, story=False) for point in rubric.points]
    share = ASIDE if is_aside(rubric, verdicts, " ".join(line.text for line in lines)) else 1.0
    story = sum(len(line.own) + len(line.bare) for line in lines) > 1
    return [_verdict(v.id, PARTS[v.id](lines), share, story=story) if v.id in PARTS else v for v in verdicts]


def is_storylike(direction: Direction, windows: Sequence[Window], vectors: Vectors) -> bool:
    """Whether the sentences of an answer are like those of stories, on the whole. ``vectors``: a row for each window."""
    lines = [place for place, piece in enumerate(windows) if piece.kind == "sentence"]
    return direction(vectors[lines], [windows[place].words for place in lines]) >= direction.threshold


def told(windows: Sequence[Window], sound: Sequence[bool]) -> list[Window]:
    """The sentences of a story: all that are not said to whoever grades, where most of them read as statements; else only those that do.
    One odd sentence is forgiven; words thrown together are not.
    """
    lines = [(piece, bool(fine)) for piece, fine in zip(windows, sound, strict=True) if piece.kind == "sentence"]
    enough = 2 * sum(piece.words for piece, fine in lines if fine) >= sum(piece.words for piece, _ in lines)
    return [piece for piece, fine in lines if (fine or enough) and not speaks_to_grader(piece.text)]


def is_aside(rubric: Rubric, verdicts: Sequence[PointVerdict], answer: str) -> bool:
    """Whether the story comes from another walk of life: it misses what the question itself asks for, has hardly a word of it and none of
    this line of work. Never of a rubric that has parts only. A story from the field that answers another question is not seen.
    """
    own = [point for point in rubric.points if point.id not in PARTS]
    made = any(v.id not in PARTS and v.verdict is not Verdict.MISSED for v in verdicts)
    if made or not own or FIELD.search(answer):
        return False
    texts = [rubric.ask, *(point.point for point in own), *(phrase for point in rubric.points for phrase in point.says)]
    asked = {stem for text in texts for stem in content(text)}
    return len(asked & set(content(answer))) < IN_COMMON


def _verdict(id_: str, told: Told, share: float, *, story: bool) -> PointVerdict:
    """``story``: steps are told, so that a part not found may yet be there."""
    if told.score is None:
        return PointVerdict(id=id_, verdict=Verdict.UNSCORED, decided_by=NAME)
    score = round(told.score * share, 2)
    bar = BARS[1] if score >= BARS[1] else BARS[0]
    verdict = Verdict.HIT if score >= BARS[1] else Verdict.PARTIAL if score >= BARS[0] else Verdict.MISSED
    line = told.line if verdict is not Verdict.MISSED else None
    named = " · ".join(told.signs)[:WORDS_SHOWN] or UNNAMED
    why = Why(nearest=named, score=score, threshold=bar) if told.line else None
    if verdict is Verdict.HIT:
        sure = TOLD_SURE if score >= BARS[1] + NEAR else TOLD_NEAR
    else:
        sure = MISSED_SURE if verdict is Verdict.MISSED and not story else DOUBTFUL
    return PointVerdict(
        id=id_, verdict=verdict, confidence=sure, decided_by=NAME,
        quote=line.text if line else None, span=(line.start, line.end) if line else None, why=why,
    )  # fmt: skip
