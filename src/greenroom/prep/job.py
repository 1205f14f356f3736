"""What a job text asks for: topics, depth, level, vocabulary; each with the words it came from. Nothing that the text does not say.

    reading = read_job(text, learn(bank.questions()))
    reading.topics[0].evidence[0].quote      # text[start:end], always

By words, not by sense: a term is found where the lexicon or a question's own name has it (``lexicon.py``); a topic that is asked for in
other words is missed, and the vocabulary that the bank does not know is listed as such. Sentences about pay, benefits and equal opportunity
are passed over; what a sentence denies ("no PhD needed") is set aside.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from greenroom.bank.question import Level, Question, Value
from greenroom.prep import cues
from greenroom.prep.lexicon import Term, key_of, pattern_of, terms_of

JOB_LIMIT = 60_000
"""Characters. The longest advertisements have about 15,000."""
LEVELS: tuple[Level, ...] = ("foundation", "practitioner", "expert")
Weight = Literal["asked", "plus", "aside"]
POINTS: dict[Weight, int] = {"asked": 2, "plus": 1, "aside": 0}
BEFORE = 80
"""Characters before a word in which its denial, whose seniority it is, or that it is to be understood, is looked for."""
MOST_WORDS = 60
"""Of the vocabulary, as many as are shown."""
LONGEST_WORD = 40
"""What is longer is a key or a piece of a file, no word."""


class Evidence(Value):
    """Words of the text. ``text[start:end] == quote``, in code points."""

    quote: str
    start: int
    end: int
    weight: Weight = "asked"


class TopicAsked(Value):
    """``points``: two for each different term that is asked for, one for each that is a plus or a mere name. ``depth`` None: the text does
    not say."""

    topic: str
    points: int
    evidence: tuple[Evidence, ...]
    depth: Level | None = None
    depth_from: Evidence | None = None


class QuestionAsked(Value):
    """A question of the bank, with the words that lead to it; none: the first question of a topic that is asked for."""

    question_id: str
    points: int
    evidence: tuple[Evidence, ...]


class VocabularyWord(Value):
    """A technical word of the text, and the questions of the bank that speak of it; none: the bank does not know it."""

    word: Evidence
    times: int
    question_ids: tuple[str, ...] = ()


class JobReading(Value):
    """``level`` None: no word of seniority was found, none is assumed. ``aside``: terms in sentences that deny or merely offer them."""

    topics: tuple[TopicAsked, ...]
    questions: tuple[QuestionAsked, ...]
    level: Level | None
    level_from: tuple[Evidence, ...]
    known: tuple[VocabularyWord, ...]
    unknown: tuple[VocabularyWord, ...]
    aside: tuple[Evidence, ...]

    @property
    def evidence(self) -> list[Evidence]:
        """Of all topics, in the order of the text, none twice."""
        found = {(each.start, each.end): each for topic in self.topics for each in topic.evidence}
        return [found[place] for place in sorted(found)]


class Line(NamedTuple):
    """A sentence with its place and what its surroundings say of it."""

    text: str
    start: int
    weight: Weight


class Learned(NamedTuple):
    """What the bank can be asked for, made once: ``topics`` by question id, ``held`` by word (lower case), ``pattern`` of all terms."""

    topics: Mapping[str, str]
    terms: Mapping[str, Term]
    pattern: re.Pattern[str] | None
    held: Mapping[str, tuple[str, ...]]


def learn(questions: Iterable[Question]) -> Learned:
    """The terms and words of these questions. Takes half a second for a hundred of them; keep it."""
    asked = list(questions)
    terms, held = terms_of(asked), defaultdict[str, list[str]](list)
    for key, term in terms.items():
        held[key.lower()].extend(term.question_ids)
    for question in asked:
        for low in {key_of(match.group()).lower() for match in cues.CANDIDATE.finditer(_whole(question))}:
            held[low].append(question.id)
    kept = {low: tuple(dict.fromkeys(ids))[:5] for low, ids in held.items()}
    return Learned({q.id: q.topic for q in asked}, terms, pattern_of(terms) if terms else None, kept)


class Found(NamedTuple):
    """A term in a text. ``line``: the sentence it stands in."""

    term: Term
    key: str
    evidence: Evidence
    line: Line


def read_job(text: str, bank: Learned, company: str = "", *, english: bool = True) -> JobReading:
    """The text held against the bank.

    Args:
        text: as it was pasted or read from a file; spans count its code points.
        company: the employer's name, which is no technical word.
        english: whether a capital within a sentence marks a name; in German it marks every noun.
    """
    lines = list(split(text))
    found = list(find_terms(lines, bank))
    told = _asking([each for each in found if each.evidence.weight != "aside"], bank)
    topics = _topics(told, bank)
    level, level_from = _level(text)
    known, unknown = _vocabulary(lines, bank, company, english)
    return JobReading(
        topics=topics, questions=_questions(told, topics, bank), level=level, level_from=level_from, known=known, unknown=unknown,
        aside=tuple(each.evidence for each in found if each.evidence.weight == "aside"),
    )  # fmt: skip


def split(text: str) -> Iterator[Line]:
    """Sentences; under a heading such as "Nice to have" they are a plus until the next heading."""
    under: Weight = "asked"
    for line in cues.LINE.finditer(text):
        heading = len(line.group().split()) <= 8 and not line.group().rstrip().endswith((".", ";", ","))
        if heading and cues.PLUS.search(line.group()):
            under = "plus"
        elif heading and cues.ASKED.search(line.group()):
            under = "asked"
        for part in cues.SENTENCE.finditer(line.group()):
            weight: Weight = "aside" if cues.PASSED_OVER.search(part.group()) else "plus" if cues.PLUS.search(part.group()) else under
            yield Line(part.group(), line.start() + part.start(), weight)


def find_terms(lines: Iterable[Line], bank: Learned) -> Iterator[Found]:
    """The terms of the bank in these sentences, in order, the longest at each place."""
    if bank.pattern is None:
        return
    for line in lines:
        plain = cues.FALSE_FRIENDS.sub(lambda match: "\0" * len(match.group()), line.text)
        for match in bank.pattern.finditer(plain):
            key = _key_in(match.group(), bank.terms)
            if key is None:
                continue
            denied = cues.DENIED.search(plain[max(0, match.start() - BEFORE) : match.start()]) is not None
            weight: Weight = "aside" if denied else line.weight
            start = line.start + match.start()
            yield Found(
                bank.terms[key], key, Evidence(quote=match.group(), start=start, end=start + len(match.group()), weight=weight), line
            )


def _key_in(quote: str, terms: Mapping[str, Term]) -> str | None:
    """The key of a spelling found in a text: as it stands, lower, or without its plural."""
    flat = key_of(quote)
    tries = (flat, flat.lower(), flat.rstrip("s"), flat.lower().removesuffix("s"), flat.lower().removesuffix("es"))
    return next((each for each in tries if each in terms), None)


def _asking(found: Sequence[Found], bank: Learned) -> Sequence[Found]:
    """Without the mere names that ask for nothing. Where there is nothing else, they are what there is."""
    topics = {topic for each in found if not each.term.named for topic in _topics_of(each, bank)}
    kept = [each for each in found if not each.term.named or topics & _topics_of(each, bank) or _to_be_understood(each)]
    return kept or found


def _to_be_understood(each: Found) -> bool:
    at = each.evidence.start - each.line.start
    return cues.UNDERSTOOD.search(each.line.text[max(0, at - BEFORE) : at]) is not None


def _topics_of(each: Found, bank: Learned) -> set[str]:
    return {bank.topics[question_id] for question_id in each.term.question_ids}


def _topics(found: Sequence[Found], bank: Learned) -> tuple[TopicAsked, ...]:
    grouped: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        for topic in sorted(_topics_of(each, bank)):
            grouped[topic].append(each)
    made = []
    for topic, group in grouped.items():
        depth, depth_from = _depth(group)
        evidence = tuple(each.evidence for each in group)
        made.append(TopicAsked(topic=topic, points=_points(group), evidence=evidence, depth=depth, depth_from=depth_from))
    return tuple(sorted(made, key=lambda each: (-each.points, each.evidence[0].start)))


def _points(group: Iterable[Found]) -> int:
    best: dict[str, int] = {}
    for each in group:
        best[each.key] = max(best.get(each.key, 0), min(POINTS[each.evidence.weight], 1 if each.term.named else 2))
    return sum(best.values())


def _depth(group: Iterable[Found]) -> tuple[Level | None, Evidence | None]:
    """The deepest that a sentence about the topic asks for, and its words. Of one sentence the first cue of the deepest kind counts."""
    lines = {each.line.start: each.line for each in group}.values()
    for level in reversed(LEVELS):
        for line in lines:
            cue = cues.DEPTH[level].search(line.text)
            if cue is not None:
                start = line.start + cue.start()
                return level, Evidence(quote=cue.group(), start=start, end=start + len(cue.group()), weight=line.weight)
    return None, None


def _questions(found: Sequence[Found], topics: Sequence[TopicAsked], bank: Learned) -> tuple[QuestionAsked, ...]:
    """The questions that terms lead to, and the first question of each topic; by points, then in the order of the text."""
    grouped: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        for question_id in each.term.question_ids:
            grouped[question_id].append(each)
    for topic in topics:
        if topic.topic in bank.topics and topic.topic != "behavioural":
            grouped.setdefault(topic.topic, [])
    place = {topic.topic: n for n, topic in enumerate(topics)}
    made = [
        QuestionAsked(question_id=question_id, points=_points(group), evidence=tuple(each.evidence for each in group))
        for question_id, group in grouped.items()
    ]
    return tuple(sorted(made, key=lambda each: (-each.points, place.get(bank.topics[each.question_id], 99), each.question_id)))


def _level(text: str) -> tuple[Level | None, tuple[Evidence, ...]]:
    """The level whose words come first: advertisements open with the title. The seniority of other people is not the role's."""
    found = []
    for level, pattern in cues.LEVEL.items():
        for match in pattern.finditer(text):
            line = text[max(text.rfind("\n", 0, match.start()) + 1, match.start() - BEFORE) : match.start()]
            if not cues.SENIOR_OTHERS.search(line) and not cues.DENIED.search(line):
                quote = match.group()
                found.append((match.start(), level, Evidence(quote=quote, start=match.start(), end=match.start() + len(quote))))
    if not found:
        return None, ()
    first = min(found)[1]
    return first, tuple(evidence for _, level, evidence in sorted(found, key=lambda each: each[0]) if level == first)[:5]


def _vocabulary(
    lines: Iterable[Line], bank: Learned, company: str, english: bool
) -> tuple[tuple[VocabularyWord, ...], tuple[VocabularyWord, ...]]:
    """Technical words: with capitals or digits inside, acronyms, capitalised words within an English sentence. Known ones name their
    questions."""
    theirs = {part.lower() for part in company.split()}
    places: dict[str, list[Evidence]] = defaultdict(list)
    for line in lines:
        if line.weight == "aside":
            continue
        for match in cues.CANDIDATE.finditer(line.text):
            word = match.group()
            if _technical(word, line.text, match.start(), english) and word.lower() not in cues.EVERYDAY | theirs:
                start = line.start + match.start()
                places[key_of(word)].append(Evidence(quote=word, start=start, end=start + len(word), weight=line.weight))
    made = [VocabularyWord(word=at[0], times=len(at), question_ids=bank.held.get(key.lower(), ())) for key, at in places.items()]
    ranked = sorted(made, key=lambda each: (-each.times, each.word.start))
    return tuple(w for w in ranked if w.question_ids)[:MOST_WORDS], tuple(w for w in ranked if not w.question_ids)[:MOST_WORDS]


def _technical(word: str, line: str, at: int, english: bool) -> bool:
    if not 2 <= len(word) <= LONGEST_WORD or word[0].isdigit():
        return False
    if any(char.isdigit() for char in word) or any(char.isupper() for char in word[1:]) or word.endswith(("+", "#")):
        return not (word.isupper() and len(word) > 6)
    if not english or not word[0].isupper():
        return False
    plain = [each for each in line.split() if each[:1].isalpha()]
    shouted = sum(each[0].isupper() for each in plain) * 2 > len(plain) and len(plain) > 2 and "," not in line
    return line[:at].strip(" -–•*\t·") != "" and not shouted


def _whole(question: Question) -> str:
    points = (text for point in question.active_points for text in (point.point, *point.says, point.because))
    wrong = (text for each in question.misconceptions for text in (each.claim, each.correction))
    return "\n".join([question.ask, question.listens_for, *points, *wrong, *question.model_answers.model_dump().values()])
