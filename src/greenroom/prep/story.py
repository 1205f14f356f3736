"""A person's own story for behavioural questions: their words as they wrote them, and which part of a story each sentence tells.

Parts are decided by the same signs as an answer's (``assess.star``); the order of the sentences then settles what signs leave open: a story
runs from situation to reflection, and going back costs something. The person sees where each sentence went and can move it; a move is
kept by the sentence's words and is lost with them. Pure: no clock, no store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import Field

from greenroom.assess.reading.clauses import sentences
from greenroom.assess.star.parts import BARS, PARTS, Told
from greenroom.assess.star.telling import Line, read_line
from greenroom.bank.question import Value
from greenroom.errors import InputError, NotFoundError

Part = Literal["situation", "task", "action", "result", "reflection"]
ORDER: tuple[Part, ...] = get_args(Part)
TEXT_LIMIT, TITLE_LIMIT, TAGS_LIMIT = 6_000, 120, 12
Key = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Tag = Annotated[str, Field(pattern=r"^[^\s,][^,\n]{0,39}$")]
START: Sequence[float] = (0.0, 0.25, 0.5, 0.8, 1.0)
"""Where in a story a part is expected, from 0 (its first sentence) to 1 (its last)."""
PLACE, BACK, OPENS_WITH_RESULT, FIRST = 1.3, 0.5, 0.25, 0.7
"""What the expected place is worth against the signs; what a step back costs; and from a result told first into the story. ``FIRST``: how
much a result is expected as the first sentence. Set on the stories that were looked at while this was made."""
UNSAID = 0.9
"""What the last place is worth to a reflection without a sign of one; no less, or labelled ones are lost."""
STEP, STEPS_MORE, OURS_STEP = 0.6, 0.1, 0.5
"""What a sentence with a step of one's own comes to as action, each further step, and one with steps of "we" or of nobody."""
GAP_ASKS = {
    "situation": "When and where was it, and what was going on?",
    "task": "What did you have to do, or want to reach? What was expected of you?",
    "action": "What did you do, step by step, and why that way?",
    "own-part": "Which of these steps were yours? Say “I” for them.",
    "result": "What came of it in the end?",
    "proof": "By how much? A number, or a change that somebody could check.",
    "reflection": "What did you learn, and what have you done differently since?",
}
"""By what is missing: the question that would fill it."""
FILLS: dict[str, Part] = {"own-part": "action", "proof": "result"}
"""Into which part the answer goes, where that is not the gap's own name."""


class Move(Value):
    """A sentence that the person put into a part by hand."""

    sentence: str
    part: Part


class Story(Value):
    """``moved``: at most one move a sentence."""

    story_id: Key
    title: Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]
    text: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    moved: Annotated[tuple[Move, ...], Field(max_length=TEXT_LIMIT // 2)] = ()
    tags: Annotated[tuple[Tag, ...], Field(max_length=TAGS_LIMIT)] = ()
    made_at: datetime
    changed_at: datetime


class Placed(Value):
    """A sentence with its part: ``text == story.text[start:end]``. ``by_hand``: the person put it there."""

    text: str
    start: int
    end: int
    part: Part
    by_hand: bool = False


class Gap(Value):
    """What the story lacks. ``state``: missing, thin (partly told) or unsure (could not be judged)."""

    name: str
    state: Literal["missing", "thin", "unsure"]
    ask: str
    part: Part
    quote: str | None = None


class Reading(Value):
    """A story read: its sentences by part, what is lacking, and whose steps they are.

    ``own``, ``ours``, ``nobodys``: the verbs of the steps. ``share``: of the steps that are named, the teller's, 0..1; None without steps.
    ``figure``: the sentence with the number or change that proves the result; None where there is none. ``along``: by part that has no
    sentence of its own and is told all the same, the sentence that tells it beside another part.
    """

    placed: tuple[Placed, ...]
    gaps: tuple[Gap, ...]
    own: tuple[str, ...]
    ours: tuple[str, ...]
    nobodys: tuple[str, ...]
    share: float | None
    figure: str | None
    along: Mapping[Part, str] = {}

    def of(self, part: Part) -> tuple[Placed, ...]:
        return tuple(each for each in self.placed if each.part == part)

    @property
    def complete(self) -> bool:
        return not self.gaps


class _Scored(NamedTuple):
    """How much a sentence tells of each part, in the order of ``ORDER``."""

    line: Line
    scores: tuple[float, ...]


def read_story(story: Story) -> Reading:
    lines = [read_line(piece) for piece in sentences(story.text)]
    moves = {move.sentence: move.part for move in story.moved}
    parts = place(lines, moves)
    placed = tuple(
        Placed(text=line.text, start=line.start, end=line.end, part=part, by_hand=line.text in moves)
        for line, part in zip(lines, parts, strict=True)
    )
    told = {name: rule(lines) for name, rule in PARTS.items()}
    by_hand = {each.part for each in placed if each.by_hand}
    empty = [part for part in ORDER if part not in parts]
    own, ours, nobodys = _steps(lines)
    proof = told["proof"]
    return Reading(
        placed=placed, gaps=tuple(gap for name in PARTS if (gap := _gap(name, told[name], by_hand, bool(lines)))), own=own, ours=ours,
        nobodys=nobodys, share=round(len(own) / (len(own) + len(ours)), 2) if own or ours else None,
        figure=proof.line.text if proof.line and (proof.score or 0) >= BARS[1] else None,
        along={part: by.text for part in empty if (by := told[part].line) and (told[part].score or 0) >= BARS[1]},
    )  # fmt: skip


def place(lines: Sequence[Line], moves: dict[str, Part] | None = None) -> list[Part]:
    """The part of each sentence: the best path through the parts (Viterbi), by signs, place and order. Moves are kept to."""
    if not lines:
        return []
    if len(lines) > 1 and (moves or {}).get(lines[0].text) == "result":  # told first: the story begins with the next sentence
        return ["result", *place(lines[1:], moves)]
    scored = [_score(line, n / max(len(lines) - 1, 1), (moves or {}).get(line.text)) for n, line in enumerate(lines)]
    best = [list(scored[0].scores)]
    back: list[list[int]] = []
    for each in scored[1:]:
        ways = [[best[-1][a] - _cost(a, b) for a in range(len(ORDER))] for b in range(len(ORDER))]
        back.append([max(range(len(ORDER)), key=way.__getitem__) for way in ways])
        best.append([max(way) + each.scores[b] for b, way in enumerate(ways)])
    at = max(range(len(ORDER)), key=best[-1].__getitem__)
    path = [at]
    for before in reversed(back):
        at = before[at]
        path.append(at)
    return [ORDER[n] for n in reversed(path)]


def _cost(before: int, after: int) -> float:
    if after >= before:
        return 0.0
    return OPENS_WITH_RESULT if ORDER[before] == "result" and ORDER[after] == "situation" else BACK


def _score(line: Line, at: float, moved: Part | None) -> _Scored:
    """``at``: 0 for the first sentence, 1 for the last."""
    if moved is not None:
        return _Scored(line, tuple(10.0 if part == moved else 0.0 for part in ORDER))
    steps = len(line.own) + len(line.bare)
    done = STEP + STEPS_MORE * (steps - 1) if steps else OURS_STEP if line.ours or line.nobodys or line.now else 0.0
    signs = (_told("situation", line), _told("task", line), min(done, 1.0), _told("result", line), _told("reflection", line))
    return _Scored(line, tuple(sign + PLACE * _expected(part, at, sign) for sign, part in zip(signs, ORDER, strict=True)))


def _expected(part: Part, at: float, sign: float) -> float:
    """0..1: how much a part is expected at a place. A result may also open the story; a last sentence without a sign of learning may just
    be where the story stops.
    """
    there = 1 - abs(at - START[ORDER.index(part)])
    if part == "reflection" and not sign:
        return UNSAID * there
    return max(there, FIRST) if part == "result" and at == 0.0 else there


def _told(part: str, line: Line) -> float:
    """What the part's own rule says of the sentence alone."""
    return PARTS[part]([line]).score or 0.0


def _steps(lines: Sequence[Line]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    own = tuple(step for line in lines for step in (*line.own, *line.bare))
    return own, tuple(step for line in lines for step in line.ours), tuple(step for line in lines for step in line.nobodys)


def part_of(name: str) -> Part:
    """The part that the answer to a gap's question goes into. Raises InputError for what is no gap."""
    found = FILLS.get(name) or next((part for part in ORDER if part == name), None)
    if found is None:
        raise InputError(f"“{name[:40]}” is no part of a story.", f"One of: {', '.join(GAP_ASKS)}.")
    return found


def _gap(name: str, told: Told, by_hand: set[Part], begun: bool) -> Gap | None:
    """None where the part is told. A part that the person filled by hand is told: they know what they meant."""
    part = part_of(name)
    if name in ORDER and part in by_hand:
        return None
    if told.score is None:
        return Gap(name=name, state="unsure", ask=GAP_ASKS[name], part=part)
    if told.score >= BARS[1]:
        return None
    thin = told.score >= BARS[0] and told.line is not None
    return Gap(
        name=name, state="thin" if thin else "missing", ask=GAP_ASKS[name], part=part, quote=told.line.text if thin and told.line else None
    )


def with_move(story: Story, sentence: str, part: Part, at: datetime) -> Story:
    """The sentence put into ``part`` by hand. Raises NotFoundError for one that the story does not have (any longer)."""
    if sentence not in {piece.text for piece in sentences(story.text)}:
        raise NotFoundError("sentence", sentence[:60], hint="Look at the story again: its words have changed.")
    kept = tuple(move for move in story.moved if move.sentence != sentence)
    return story.model_copy(update={"moved": (*kept, Move(sentence=sentence, part=part)), "changed_at": at})


def with_text(story: Story, text: str, at: datetime) -> Story:
    """The text rewritten; moves of sentences that are no longer there go."""
    there = {piece.text for piece in sentences(text)}
    moved = tuple(move for move in story.moved if move.sentence in there)
    return story.model_copy(update={"text": text, "moved": moved, "changed_at": at})


def filled(story: Story, name: str, words: str, at: datetime) -> Story:
    """The answer to a gap's question put where it belongs: after the last sentence of its part or of an earlier one.

    Sentences that would not be placed there by themselves are moved there. Raises InputError for what is no gap, and for no words.
    """
    part = part_of(name)
    words = " ".join(words.split())
    if not words:
        raise InputError("There are no words for this gap.", GAP_ASKS[name])
    earlier = [each.end for each in read_story(story).placed if ORDER.index(each.part) <= ORDER.index(part)]
    cut = max(earlier, default=0)
    words = words if words[-1] in ".!?…" else f"{words}."
    pieces = (story.text[:cut].rstrip(), words, story.text[cut:].lstrip())
    grown = with_text(story, " ".join(piece for piece in pieces if piece), at)
    for piece in sentences(words):
        if any(each.text == piece.text and each.part != part for each in read_story(grown).placed):
            grown = with_move(grown, piece.text, part, at)
    return grown


def in_order(reading: Reading) -> str:
    """The story told part after part: the sentences in the order of the parts, with one line a part."""
    return "\n".join(" ".join(each.text for each in reading.of(part)) for part in ORDER if reading.of(part))


def steps_back(reading: Reading) -> int:
    """How often the telling goes back to an earlier part."""
    return sum(ORDER.index(b.part) < ORDER.index(a.part) for a, b in pairwise(reading.placed))
