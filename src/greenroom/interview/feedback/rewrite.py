"""An answer put again in the person's own words: the answer first, said once, without run-up, fillers and what was wrong.

    sentences → cut what is wrong, said twice, or no answer → the heaviest point to the front → cut fillers and restarts inside

Nothing is added. Every stretch of the result is a span of the answer (``answer[start:end] == text``), and every word of the answer is
either kept or cut with its reason: a test counts them. Only the capital that opens a sentence and its full stop are ours.

By words alone, so it can be clumsy: a sentence that leans on the one before it ("It …") moves together with it, but a thought that leans
on another without saying so may end up apart. It shows an order and cuts to learn from; nobody is meant to recite it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from greenroom.assess.assessment import Span
from greenroom.assess.manner.speech import PREAMBLE
from greenroom.assess.reading.clauses import sentences
from greenroom.bank.question import Value
from greenroom.interview.feedback.stems import WORD, stems

Reason = Literal["wrong", "twice", "run-up", "filler"]
REASONS: dict[Reason, str] = {
    "wrong": "it was judged wrong",
    "twice": "it was said already",
    "run-up": "it is no part of the answer",
    "filler": "a pause does the same work",
}
SAME = 0.75
"""Share of a sentence's content words that stand in another one, from which on it says the same."""
ENOUGH = 4
"""Content words a sentence needs before it can be a repetition."""
MOST = 400
"""Sentences compared with each other: work stays bounded."""
RUN_UP, ASIDE = 15, 12
"""Words: a longer opening, a longer remark is taken to say something."""
LEFT = 4
"""Words that must follow an opening that is cut off a sentence."""

LEANING = re.compile(
    r"^\W*(?:it|its|it['’]s|this|that|that['’]s|these|those|they|they['’]re|their|them|he|she|which|who|so|then|therefore|thus|hence|because|but"
    r"|and|or|also|instead|otherwise|however|for example|for instance|such|both|here|there|similarly|likewise|moreover|finally"
    r"|second(?:ly)?|third(?:ly)?|next,|after that|another|the (?:former|latter|same|other|others|second|result|reason|idea)"
    r"|in (?:this|that|both) (?:case|way|cases)|as a result|one (?:is|of)|more|e\.g\.)\b",
    re.IGNORECASE,
)
_THINK = r"(?:i|i['’]d) (?:think|guess|suppose|believe|would say|say)(?: that)?,?\s+"
OPENER = re.compile(
    r"^(?:(?:(?:so|okay|ok|well|right|yeah|now|and|but|basically|honestly|actually|anyway|also),\s*"
    r"|(?:so(?! (?:far|that|many|much|called|long|little|few)\b)|basically|honestly|actually|anyway)\s+)+"
    rf"(?:{_THINK})?|{_THINK})",
    re.IGNORECASE,
)
JOINED = re.compile(r"^(?:and|but|also)\b,?\s+", re.IGNORECASE)
"""What ties a sentence to the one before it: cut where it now stands first."""
HUM = re.compile(r",?\s{0,3}\b(?:um+|uh+|er|erm|hm+|mm+|ooh)\b(?!['’-]),?", re.IGNORECASE)
BETWEEN = re.compile(
    r",\s+(?:you know|i mean|like|right|okay|well|so|yeah|basically|honestly|to be honest|i guess|i suppose|let['’]s say)(?=,)",
    re.IGNORECASE,
)
SOFT = re.compile(
    r"(?<!\ba )(?<!\bthe )(?<!\bthis )(?<!\bthat )(?<!\bsome )(?<!\bany )(?<!\bwhat )(?<!\bone )(?<!\bevery )(?<!\beach )(?<!\bsame )"
    r"(?<!\banother )(?<!\bwhich )(?<!\bno )(?<!\bthese )(?<!\bthose )(?<!\bmy )\b(?:sort|kind) of\s+(?=\w)",
    re.IGNORECASE,
)
RESTART = re.compile(r"\b([a-z']{1,12}),?\s+(?=\1\b)", re.IGNORECASE)
TWICE_ON_PURPOSE = frozenset({"had", "that", "very", "many", "really", "so", "no", "much", "more", "long"})
REMARK = re.compile(
    r"\b(?:let me (?:think|see|start|begin)|how (?:do|can|should) i (?:put|say)|what else|where was i"
    r"|i (?:hope|think) that(?:['’]s| is| answers| helps)|does that (?:make sense|answer|help)"
    r"|(?:so )?that['’]?s (?:it|about it|all|my answer|basically it)|i lost my|sorry|give me a (?:second|moment)"
    r"|(?:i['’]m|i am) (?:nervous|not sure how|running out)|if you know what i mean|good question|thank(?:s| you)"
    r"|or something like that)\b",
    re.IGNORECASE,
)
SAID_NOT = re.compile(r"\b(?:not|no|never|without|cannot|\w+n['’]t|nor|neither)\b", re.IGNORECASE)
NUMBER = re.compile(r"\d[\d.,]*")


class Evidence(Value):
    """A quote that made a point, whole or in part. ``weight``: 1 to 3."""

    point_id: str
    span: Span
    weight: int
    whole: bool


class Sentence(Value):
    """``text`` as it reads now, ``spans`` of the answer it is made of. ``moved``: it stands earlier than it did."""

    text: str
    spans: tuple[Span, ...]
    moved: bool


class Cut(Value):
    text: str
    span: Span
    reason: Reason


class Rewrite(Value):
    """``sentences`` in their new order, ``cut`` in the order of the answer; ``says``: what was done, a sentence each."""

    sentences: tuple[Sentence, ...]
    cut: tuple[Cut, ...]
    words_before: int
    words_after: int
    says: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def changed(self) -> bool:
        return bool(self.cut) or any(sentence.moved for sentence in self.sentences)


class _Line:
    """A sentence on its way. ``spans``: what is kept of it."""

    def __init__(self, answer: str, start: int, end: int, evidence: Iterable[Evidence]) -> None:
        self.answer, self.start, self.end = answer, start, end
        self.text, self.said = answer[start:end], frozenset(stems(answer[start:end]))
        self.evidence = [each for each in evidence if each.span[0] < end and start < each.span[1]]
        self.made = {each.point_id for each in self.evidence}
        self.opens = max((each.weight for each in self.evidence if each.whole), default=0)
        self.spans: list[Span] = [(start, end)]
        self.reason: Reason | None = None

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def leans(self) -> bool:
        return LEANING.match(OPENER.sub("", self.text)) is not None

    def drop(self, reason: Reason) -> None:
        self.spans, self.reason = [], reason

    def without(self, start: int, end: int) -> None:
        """Cut the stretch out of what is kept; nothing of it stays unless a word is left on either side."""
        self.spans = [
            piece for low, high in self.spans for piece in ((low, min(high, start)), (max(low, end), high)) if piece[0] < piece[1]
        ]


def rewrite(answer: str, evidence: Sequence[Evidence], wrong: Sequence[Span], *, story: bool = False) -> Rewrite | None:
    """The answer again, from its own words. None where no point was made, or nothing is left once what was wrong is out: there is nothing
    to build on, and polish would flatter it. ``story``: told in its order, so the order stays.
    """
    lines = [_Line(answer, line.start, line.end, evidence) for line in sentences(answer)]
    for line in lines:
        _drop_wrong(line, wrong)
    _drop_run_up(lines)
    _drop_twice([line for line in lines if line.spans and len(line.said) >= ENOUGH - 1][:MOST])
    kept = [line for line in lines if line.spans]
    if not any(line.evidence for line in kept):
        return None
    ordered = kept if story else _answer_first(kept)
    first = ordered[0]
    cuts = [_cut(answer, line.start, line.end, line.reason) for line in lines if line.reason and not line.spans]
    cuts += [cut for line in kept if line.reason == "wrong" for cut in _rest(line)]
    cuts += [cut for line in kept for cut in _small_cuts(line, first=line is first)]
    was = {id(line): place for place, line in enumerate(kept)}
    made = tuple(_sentence(line, moved=place < was[id(line)]) for place, line in enumerate(ordered))
    done = sorted((cut for cut in cuts if WORD.search(cut.text)), key=lambda cut: cut.span)
    before, after = len(WORD.findall(answer)), sum(len(WORD.findall(answer[low:high])) for each in made for low, high in each.spans)
    return Rewrite(sentences=made, cut=tuple(done), words_before=before, words_after=after, says=tuple(_says(made, done, before, after)))


def _drop_wrong(line: _Line, wrong: Sequence[Span]) -> None:
    """The whole sentence, but for a quote in it that made a point by itself."""
    hurt = [span for span in wrong if span[0] < line.end and line.start < span[1]]
    if not hurt:
        return
    within = (each for each in line.evidence if line.start <= each.span[0] and each.span[1] <= line.end)
    whole = (each.model_copy(update={"span": _to_words(line, *each.span)}) for each in within)
    fine = [each for each in whole if not any(low < each.span[1] and each.span[0] < high for low, high in hurt)]
    line.drop("wrong")
    if fine:
        best = max(fine, key=lambda each: (each.weight, each.span[1] - each.span[0]))
        line.spans, line.evidence, line.opens = [best.span], [best], best.weight if best.whole else 0
        line.made = {best.point_id}
    else:
        line.evidence, line.made, line.opens = [], set(), 0


def _to_words(line: _Line, start: int, end: int) -> Span:
    """The stretch, widened where it would cut a word in two."""
    for word in WORD.finditer(line.answer, line.start, line.end):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < end < word.end():
            end = word.end()
    return start, end


def _drop_run_up(lines: Sequence[_Line]) -> None:
    """What comes before the first point and only leads up to it, and short remarks about answering wherever they stand."""
    begun = False
    for line in lines:
        begun = begun or bool(line.evidence)
        if line.evidence or line.reason:
            continue
        if (not begun and line.words <= RUN_UP and PREAMBLE.match(line.text)) or (line.words <= ASIDE and REMARK.search(line.text)):
            line.drop("run-up")
        elif not stems(HUM.sub(" ", line.text)):
            line.drop("filler")


def _drop_twice(lines: Sequence[_Line]) -> None:
    """Of two sentences that say the same the later goes, unless it alone makes a point; then the earlier may."""
    for place, later in enumerate(lines):
        for earlier in lines[:place]:
            if earlier.spans and later.spans:
                if _says_no_more(later, earlier):
                    later.drop("twice")
                elif _says_no_more(earlier, later):
                    earlier.drop("twice")


def _says_no_more(one: _Line, other: _Line) -> bool:
    if len(one.said) < ENOUGH or len(one.said & other.said) / len(one.said) < SAME or not one.made <= other.made:
        return False
    numbers = set(NUMBER.findall(one.text)) <= set(NUMBER.findall(other.text))
    return numbers and bool(SAID_NOT.search(one.text)) == bool(SAID_NOT.search(other.text))


def _answer_first(lines: Sequence[_Line]) -> list[_Line]:
    """The block whose first sentence makes the heaviest point goes to the front, unless the answer opens with a point already."""
    blocks: list[list[_Line]] = []
    for line in lines:
        if not blocks or not line.leans:
            blocks.append([])
        blocks[-1].append(line)
    if lines[0].opens:
        return list(lines)
    best = max(blocks, key=lambda block: block[0].opens)
    rest = [block for block in blocks if block is not best]
    return [line for block in ([best, *rest] if best[0].opens else blocks) for line in block]


def _small_cuts(line: _Line, *, first: bool) -> Iterator[Cut]:
    """Openers, hums, soft words and restarts inside a kept sentence. What is cut is taken out of its spans."""
    low, high = line.spans[0][0], line.spans[-1][1]
    for stretch in _stretches(line.answer, low, high, first=first):
        start, end = _kept_of(line, stretch)
        if start < end and len(WORD.findall(line.answer[low:start] + " " + line.answer[end:high])) >= LEFT:
            line.without(start, end)
            yield _cut(line.answer, start, end, "filler")


def _kept_of(line: _Line, stretch: Span) -> Span:
    """The stretch without the comma that went with the one before it; nothing where a word of it is gone already."""
    for low, high in line.spans:
        start, end = max(stretch[0], low), min(stretch[1], high)
        outside = line.answer[stretch[0] : start] + line.answer[end : stretch[1]] if start < end else ""
        if start < end and WORD.search(line.answer[start:end]) and not WORD.search(outside):
            return start, end
    return 0, 0


def _stretches(answer: str, low: int, high: int, *, first: bool) -> Iterator[Span]:
    text = answer[low:high]
    opening = OPENER.match(text) or (JOINED.match(text) if first else None)
    if opening and opening.end():
        yield low, low + opening.end()
    for pattern in (HUM, BETWEEN, SOFT):
        for match in pattern.finditer(text):
            yield low + match.start(), low + match.end()
    for match in RESTART.finditer(text):
        if match[1].lower() not in TWICE_ON_PURPOSE:
            yield low + match.start(), low + match.end()


def _rest(line: _Line) -> Iterator[Cut]:
    """What of a sentence was left out around the quote that stayed."""
    low, high = line.spans[0][0], line.spans[-1][1]
    for start, end in ((line.start, low), (high, line.end)):
        if start < end:
            yield _cut(line.answer, start, end, "wrong")


def _cut(answer: str, start: int, end: int, reason: Reason) -> Cut:
    return Cut(text=answer[start:end], span=(start, end), reason=reason)


def _sentence(line: _Line, *, moved: bool) -> Sentence:
    spans = [span for low, high in line.spans if (span := _trimmed(line.answer, low, high))]
    pieces = [line.answer[low:high] for low, high in spans]
    text = pieces[0] if pieces else ""
    for piece in pieces[1:]:
        text += piece if piece[0] in ",.;:!?" else f" {piece}"
    text = text[:1].upper() + text[1:].rstrip(" ,;:–—-")
    closed = text if text.endswith((".", "!", "?", "…", ".”", '."', ".)")) else f"{text}."
    return Sentence(text=closed, spans=tuple(spans), moved=moved)


def _trimmed(answer: str, start: int, end: int) -> Span | None:
    while start < end and (answer[start].isspace() or answer[start] in ",;:–—-"):
        start += 1
    while start < end and answer[end - 1].isspace():
        end -= 1
    return (start, end) if start < end and WORD.search(answer, start, end) else None


def _says(made: Sequence[Sentence], cut: Sequence[Cut], before: int, after: int) -> Iterator[str]:
    if any(sentence.moved for sentence in made[:1]):
        yield "It now opens with the sentence that makes your weightiest point."
    names: dict[Reason, tuple[str, str]] = {
        "wrong": ("stretch that was judged wrong", "stretches that were judged wrong"),
        "twice": ("repetition", "repetitions"),
        "run-up": ("remark that is no part of the answer", "remarks that are no part of the answer"),
        "filler": ("filler", "fillers"),
    }
    counts = {reason: sum(each.reason == reason for each in cut) for reason in names}
    parts = [f"{count} {names[reason][count > 1]}" for reason, count in counts.items() if count]
    if parts:
        yield f"Cut: {', '.join(parts)}."
    yield f"{before} words became {after}." if after < before else "Every word stays; nothing had to be cut."


def overlapping(rewritten: Rewrite) -> bool:
    """Whether two of its stretches, kept or cut, share a character: never."""
    places = sorted([span for each in rewritten.sentences for span in each.spans] + [each.span for each in rewritten.cut])
    return any(left[1] > right[0] for left, right in pairwise(places))
