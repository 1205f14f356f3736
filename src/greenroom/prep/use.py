"""What a person's stories are used for: which behavioural questions each can serve, and which one an answer told.

By words in common, in the open: no encoder is asked. A story serves a question whose wordings and own point speak of the same things (BM25,
with the shared words named); an answer told the story of whose words it has most. A story retold in altogether other words is not
recognised. Measured: ``python -m benchmarks own``.

``stems``: the telling words of a text, stemmed; handed in, since the domain knows no language model's word lists.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, Field

from greenroom.assess.star.parts import PARTS
from greenroom.bank.question import CV_LINE, Question, Value
from greenroom.prep.story import ORDER, Key, Part, Placed, Story, read_story

Stems = Callable[[str], Sequence[str]]
SATURATION, LENGTH = 1.2, 0.6
"""BM25's constants: how soon a repeated word stops counting, and how much a long text is held against itself."""
OFFERED, LEAST = 5, 0.4
"""Questions named for a story; and the share of the best one's score below which one is not."""
SHARED = 2
"""Different telling words in common below which nothing is said to serve."""
TOLD = 0.4
"""Share of a story's telling words in an answer from which on it was told: of 6,320 pairs of different labelled stories none reaches
0.39; stories told again freely have 0.55 and more."""
SENTENCE = 0.34
"""Share of a sentence's telling words from which on the sentence was told."""
PLAIN = frozenset(
    """
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty hundred thousand half first second last
    next day days week weeks month months year years minute minutes hour hours morning evening night today ago time times knew know found
    took gave saw asked got end bring brought percent half need needed had made make put went came told said began wanted turned stayed
    sent supposed thing things people everybody nobody hand able
    """.split()  # noqa: SIM905
)
"""Words that every story has: they show nothing of what it is about."""
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class Serves(Value):
    """A question that a story can serve; ``words``: of the story, that the question speaks of too. ``score``: of no unit."""

    question_id: str
    ask: str
    score: float
    words: tuple[str, ...]


class ToldStory(Value):
    """The story that an answer told. ``share``: of its telling words, 0..1. ``left``: its sentences that were not told,
    ``left_parts``: parts of which nothing was."""

    story_id: str
    title: str
    share: float
    left: tuple[Placed, ...]
    left_parts: tuple[Part, ...]


class StoryUse(Value):
    """A stored answer told a story. ``share``: of the story's telling words, 0..1."""

    answer_id: Key
    story_id: Key
    question_id: Key
    share: Annotated[float, Field(ge=0, le=1)]
    used_at: AwareDatetime


class _Doc(NamedTuple):
    question: Question
    counts: Counter[str]
    length: int


def behavioural(questions: Iterable[Question]) -> list[Question]:
    """Those that ask for one kind of story: not the one about whatever stands on a CV, which any story would serve."""
    return [question for question in questions if question.kind == "behavioural" and question.id != CV_LINE]


class Matcher:
    """The behavioural questions read once. ``own``: their wordings, what is listened for, and the point that is theirs alone."""

    def __init__(self, questions: Iterable[Question], stems: Stems) -> None:
        self._stems = stems
        self._plain = {stem for word in PLAIN for stem in stems(word)}
        self._docs = [
            _Doc(question, counts := Counter(self._stems(_speaks_of(question))), counts.total()) for question in behavioural(questions)
        ]
        seen = Counter(stem for doc in self._docs for stem in doc.counts)
        count = len(self._docs)
        self._rarity = {stem: math.log(1 + (count - n + 0.5) / (n + 0.5)) for stem, n in seen.items()}
        self._mean = sum(doc.length for doc in self._docs) / max(count, 1) or 1.0

    def serves(self, text: str, most: int = OFFERED) -> list[Serves]:
        """The questions a story can serve, best first; none for a text that has hardly a word of any."""
        told = set(self._stems(text)) - self._plain
        scored = sorted(((self._score(told, doc), doc) for doc in self._docs), key=lambda each: -each[0])
        bar = LEAST * (scored[0][0] if scored else 0.0)
        return [
            Serves(question_id=doc.question.id, ask=doc.question.ask, score=round(score, 2), words=self._words(text, doc))
            for score, doc in scored[:most]
            if score >= bar and len(told & set(doc.counts)) >= SHARED
        ]

    def fitting(self, question_id: str, stories: Sequence[Story]) -> list[tuple[Story, Serves]]:
        """The stories for a question, best first: those for which it is among the questions they serve."""
        found = [(story, each) for story in stories for each in self.serves(story.text) if each.question_id == question_id]
        return sorted(found, key=lambda each: -each[1].score)

    def _score(self, told: set[str], doc: _Doc) -> float:
        norm = SATURATION * (1 - LENGTH + LENGTH * doc.length / self._mean)
        return sum(
            self._rarity[stem] * n * (SATURATION + 1) / (n + norm) for stem in told if (n := doc.counts.get(stem, 0))
        )  # fmt: skip

    def _words(self, text: str, doc: _Doc) -> tuple[str, ...]:
        """The story's own words that count most for the question."""
        shown: dict[str, str] = {}
        for match in WORD.finditer(text):
            for stem in self._stems(match.group()):
                if stem in doc.counts and stem not in self._plain:
                    shown.setdefault(stem, match.group().lower())
        best = sorted(shown, key=lambda stem: -self._rarity[stem])[:OFFERED]
        return tuple(shown[stem] for stem in best)


def find_told(answer: str, stories: Sequence[Story], stems: Stems) -> ToldStory | None:
    """The story that ``answer`` told, or None: of none does it have enough words."""
    said = set(stems(answer))
    shares = [(_share(said, set(stems(story.text))), story) for story in stories]
    share, story = max(shares, key=lambda each: each[0], default=(0.0, None))
    if story is None or share < TOLD:
        return None
    placed = read_story(story).placed
    left = [each for each in placed if _share(said, set(stems(each.text))) < SENTENCE]
    gone = [part for part in ORDER if (mine := [each for each in placed if each.part == part]) and all(each in left for each in mine)]
    return ToldStory(story_id=story.story_id, title=story.title, share=round(share, 2), left=tuple(left), left_parts=tuple(gone))


def _share(said: set[str], wanted: set[str]) -> float:
    return len(said & wanted) / len(wanted) if wanted else 0.0


def _speaks_of(question: Question) -> str:
    """The wording three times, its forms twice: a word of the question itself counts more than one of a phrasing."""
    own = [text for point in question.active_points if point.id not in PARTS for text in (point.point, *point.says)]
    return " ".join([*([question.ask] * 3), *([form.ask for form in question.forms] * 2), question.listens_for, *own])
