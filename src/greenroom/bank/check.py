"""The editorial rules: what makes a question fair, answerable and checkable. Reports every fault at once.

Not covered: whether a fact is true. Each key point and correction names its source so that a reader can tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from pathlib import Path

from greenroom.bank.bank import Fault, Pack
from greenroom.bank.question import Form, LabLink, LabValue, Question
from greenroom.bank.read import FAULTS_LIMIT, Loaded, first, read_pack
from greenroom.bank.source import Source, short
from greenroom.bank.wording import many, text_fault, texts

MIN_POINTS = {"knowledge": 6, "behavioural": 4, "asks": 6}
MIN_MISCONCEPTIONS = {"knowledge": 4, "behavioural": 0, "asks": 4}
MIN_POINT_SAYS, MIN_CLAIM_SAYS, MIN_FORM_POINTS = 4, 3, 4
SAYS_WORDS = (3, 45)
ANSWER_WORDS = (40, 380)
PLACEHOLDER = "REPLACE"
LINES_NAMED = 5
"""Of the placeholders in a file: the first few are enough to begin with."""
GLOBAL_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}/[a-z0-9][a-z0-9-]{0,63}")
LabCheck = Callable[[Mapping[str, LabValue]], tuple[str, str, str] | None]
"""Given the values that a pack sets, a lab says the first that it cannot use: its name, what is wrong, the cure."""
Labs = Mapping[str, LabCheck]
"""The labs there are, by name."""
WORK = re.compile(
    r"https?://(?:[\w-]{1,63}\.)+[^\W\d_]{2,63}|\bdoi:\s?10\.\d{4,9}/\S|\barXiv:\s?(?:\d{4}\.\d{4,5}|[a-z-]{2,12}(?:\.[a-z]{2})?/\d{7})"
    r"|\bISBN(?:-1[03])?:?\s?(?:97[89][- ]?)?\d(?:[- ]?\d){8}[- ]?[\dx]\b",
    re.IGNORECASE,
)
"""What a reader can follow: a page at a host, or the number of a paper or a book. Not covered: whether it is there."""
COMPUTED = re.compile(r"^computed: (?!/)(?!\S*\.\./)[\w./-]+\.py::[A-Za-z_]\w*(?=$|[;,.\s])")
"""A test that shows it. Not covered: whether it is there: it stands beside the pack where that is written, not where it is read."""


def check_pack(folder: Path, labs: Labs | None = None, taken: Mapping[str, Pack] | None = None) -> list[Fault]:
    """All faults of the pack in ``folder``, of form and of substance, in file order. Empty: the pack is good.

    ``labs``: those there are; None: not known, and links to labs stay unchecked. ``taken``: the packs that come before it, by the ids of
    their questions.
    """
    return check_loaded(read_pack(folder), labs, taken)


def check_loaded(loaded: Loaded, labs: Labs | None = None, taken: Mapping[str, Pack] | None = None) -> list[Fault]:
    faults = [*loaded.faults, *_aliases(loaded)]
    for source in loaded.sources:
        faults.extend(_wording(source))
    for question, source in loaded.questions:
        faults.extend(_question(question, source))
        faults.extend(_links(question, source))
        if labs is not None:
            faults.extend(_labs(question, source, labs))
    faults.extend(clashes(loaded, taken or {}))
    return first(sorted(faults, key=lambda fault: (fault.file, fault.line)))


def clashes(loaded: Loaded, taken: Mapping[str, Pack]) -> Iterator[Fault]:
    """Questions whose ids an earlier pack has: a person's progress hangs on them, so the later pack is left out."""
    for question, source in loaded.questions:
        if pack := taken.get(question.id):
            alike = loaded.header is not None and loaded.header.id == pack.header.id
            where = f" in {pack.folder}" if alike else ""
            what = f"The id “{question.id}” belongs to a question of an earlier pack, “{pack.header.id}”{where}."
            yield source.fault(("id",), what, "Give the question another id, and its file the same name.")
    if loaded.header is not None and loaded.header_source is not None:
        for old, pack in foreign(loaded.header.aliases, {question.id for question, _ in loaded.questions}, taken):
            what = f"“{short(old)}” is for another pack to rename: “{pack.header.id}” comes before this one."
            yield loaded.header_source.fault(("aliases", old), what, "Remove the line: a pack renames points of its own questions.")


def foreign(aliases: Iterable[str], own: Set[str], taken: Mapping[str, Pack]) -> Iterator[tuple[str, Pack]]:
    """Old ids that an earlier pack has: of one of its questions, or renamed by it. ``own``: ids of the pack's own questions."""
    earlier = {id(pack): pack for pack in taken.values()}.values()
    renamed = {old: pack for pack in earlier for old in pack.header.aliases}
    for old in aliases:
        question_id = old.partition("/")[0]
        pack = taken.get(question_id) or renamed.get(old)
        if pack is not None and question_id not in own:
            yield old, pack


def _aliases(loaded: Loaded) -> Iterator[Fault]:
    """Old global ids: what each leads to must be here, and must not be here any more itself."""
    if loaded.header is None or loaded.header_source is None:
        return
    points = {f"{question.id}/{point.id}" for question, _ in loaded.questions for point in question.key_points}
    wrong = {f"{question.id}/{each.id}" for question, _ in loaded.questions for each in question.misconceptions}
    for old, new in loaded.header.aliases.items():
        path = ("aliases", old)
        if not GLOBAL_ID.fullmatch(old):
            yield loaded.header_source.fault(
                path, f"“{short(old)}” is no id of a point.", "Write question-id/point-id: question-id/point-id."
            )
        if old in points or old in wrong:
            what = f"“{short(old)}” is still a {'point' if old in points else 'misconception'} of this pack."
            yield loaded.header_source.fault(path, what, "Only an id that is gone leads to another.")
        if new not in points:
            cure = "Name one that is, as question-id/point-id."
            yield loaded.header_source.fault(path, f"“{short(new)}” is no point of this pack.", cure)


def _question(question: Question, source: Source) -> Iterator[Fault]:
    yield from _place(question, source)
    yield from _amounts(question, source)
    yield from _forms(question, source)
    yield from _phrasings(question, source)
    yield from _corrections(question, source)
    yield from _answers(question, source)
    yield from _sources(question, source)


def _wording(source: Source) -> list[Fault]:
    """Text that is none, and what is left of the template: in questions and in the header, whether or not their values are right."""
    found = [(path, fault) for path, text in texts(source.data) if (fault := text_fault(text))]
    faults = [source.fault(path, *fault) for path, fault in found[:FAULTS_LIMIT]]  # finding a line takes time
    if (rest := len(found) - FAULTS_LIMIT) > 0:
        faults.append(source.fault((), f"And {many(rest, 'more fault')}.", "Correct the first ones."))
    return [*faults, *_placeholders(source)]


def _placeholders(source: Source) -> Iterator[Fault]:
    lines = [line for line, text in enumerate(source.text.splitlines(), 1) if PLACEHOLDER in text]
    if lines:
        more = ", …" if len(lines) > LINES_NAMED else "."
        named = f"{len(lines)} placeholders are left, in lines {', '.join(map(str, lines[:LINES_NAMED]))}{more}"
        what = named if len(lines) > 1 else "A placeholder is left."
        yield Fault(file=source.shown_as, line=lines[0], what=what, cure=f"Write your own text for {PLACEHOLDER}.")


def _place(question: Question, source: Source) -> Iterator[Fault]:
    if source.path.stem != question.id:
        yield source.fault(("id",), f"The file is named “{source.path.name}”.", f"Name it {question.id}.yaml.")
    if source.path.parent.name != question.topic:
        yield source.fault(("topic",), f"The file lies in “{source.path.parent.name}”.", f"Move it to {question.topic}/.")


def _amounts(question: Question, source: Source) -> Iterator[Fault]:
    if len(question.points()) < MIN_POINTS[question.kind]:
        added = len(question.key_points) - len(question.points())
        but = f", without {added} that only a form adds" if added else ""
        what = f"{many(len(question.points()), 'key point')} for the canonical question{but}."
        yield source.fault(("key_points",), what, f"At least {MIN_POINTS[question.kind]}: split what can be missed by itself.")
    if len(question.misconceptions) < MIN_MISCONCEPTIONS[question.kind]:
        what = f"{many(len(question.misconceptions), 'misconception')}."
        yield source.fault(("misconceptions",), what, f"At least {MIN_MISCONCEPTIONS[question.kind]}: what do people really get wrong?")
    for n, point in enumerate(question.key_points):
        if len(point.says) < MIN_POINT_SAYS:
            yield source.fault(("key_points", n, "says"), f"{many(len(point.says), 'phrasing')}.", f"At least {MIN_POINT_SAYS}, far apart.")
    for n, wrong in enumerate(question.misconceptions):
        if len(wrong.says) < MIN_CLAIM_SAYS:
            yield source.fault(
                ("misconceptions", n, "says"), f"{many(len(wrong.says), 'phrasing')}.", f"At least {MIN_CLAIM_SAYS}, far apart."
            )


def _forms(question: Question, source: Source) -> Iterator[Fault]:
    points = {point.id for point in question.active_points}
    asks = Counter([question.ask, *(form.ask for form in question.forms)])
    names = Counter(name for form in question.forms for name in {form.id, form.ask, *form.aliases})
    for n, (form, asked) in enumerate(zip(question.forms, question.points_by_form(), strict=True)):
        if asks[form.ask] > 1:
            yield source.fault(("forms", n, "ask"), "This wording stands twice.", "Word each form differently.")
        else:
            for twice in (name for name in (form.id, form.ask, *form.aliases) if names[name] > 1):
                what = f"“{short(twice)}” is an id, a wording or an alias of two forms."
                yield source.fault(("forms", n), what, "A stored answer names one form: leave it to one of them.")
        yield from _named_points(form, n, points, source)
        if len(asked) < MIN_FORM_POINTS and form.drops:  # where none is dropped the question itself has too few, and that is said
            yield source.fault(("forms", n), f"This form asks for {many(len(asked), 'point')}.", f"At least {MIN_FORM_POINTS}: drop fewer.")


def _named_points(form: Form, n: int, points: set[str], source: Source) -> Iterator[Fault]:
    for key, ids in (("adds", form.adds), ("drops", form.drops)):
        for unknown in (i for i in ids if i not in points):
            yield source.fault(("forms", n, key), f"“{unknown}” is no key point of this question.", "Name one that is.")
    for both in sorted(set(form.adds) & set(form.drops)):
        yield source.fault(("forms", n, "drops"), f"“{both}” is both added and dropped.", "Keep one of the two.")


def _phrasings(question: Question, source: Source) -> Iterator[Fault]:
    ids = Counter([*(p.id for p in question.key_points), *(m.id for m in question.misconceptions)])
    seen: dict[str, str] = {}
    groups = [("key_points", n, p.id, p.says) for n, p in enumerate(question.key_points)]
    groups += [("misconceptions", n, m.id, m.says) for n, m in enumerate(question.misconceptions)]
    for key, n, name, says in groups:
        if ids[name] > 1:
            yield source.fault((key, n, "id"), f"The id “{name}” is used twice in this question.", "Give each its own id.")
        for k, phrase in enumerate(says):
            if PLACEHOLDER in phrase:
                continue  # said once, where placeholders are looked for
            plain = _words(phrase)
            if not SAYS_WORDS[0] <= len(plain.split()) <= SAYS_WORDS[1]:
                cure = f"Say it in {SAYS_WORDS[0]} to {SAYS_WORDS[1]} words."
                yield source.fault((key, n, "says", k), f"{many(len(plain.split()), 'word')}.", cure)
            if plain in seen:
                yield source.fault((key, n, "says", k), f"The same words as under “{seen[plain]}”.", "Say it differently.")
            seen[plain] = name


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _corrections(question: Question, source: Source) -> Iterator[Fault]:
    for n, wrong in enumerate(question.misconceptions):
        if PLACEHOLDER not in wrong.claim and _words(wrong.correction) in {_words(text) for text in (wrong.claim, *wrong.says)}:
            what, cure = "The correction says what is wrong once more.", "Say what is true instead."
            yield source.fault(("misconceptions", n, "correction"), what, cure)


def _answers(question: Question, source: Source) -> Iterator[Fault]:
    written: list[tuple[tuple[str | int, ...], str]] = [(("model_answers", key), text) for key, text in question.model_answers]
    written += [(("forms", n, "model_answer"), form.model_answer) for n, form in enumerate(question.forms) if form.model_answer]
    for path, text in written:
        words = len(text.split())
        if PLACEHOLDER not in text and not ANSWER_WORDS[0] <= words <= ANSWER_WORDS[1]:
            yield source.fault(path, f"{many(words, 'word')}.", f"Between {ANSWER_WORDS[0]} and {ANSWER_WORDS[1]}.")


def _sources(question: Question, source: Source) -> Iterator[Fault]:
    cure = "Name a paper, specification or page with its URL, or `computed: path::test`."
    groups = [("key_points", n, p.source) for n, p in enumerate(question.key_points)]
    groups += [("misconceptions", n, m.source) for n, m in enumerate(question.misconceptions)]
    for key, n, text in groups:
        if question.kind == "knowledge" and PLACEHOLDER not in text and not (WORK.search(text) or COMPUTED.search(text)):
            yield source.fault((key, n, "source"), "No source that can be followed.", cure)
    for n, text in enumerate(question.sources):
        if PLACEHOLDER not in text and not WORK.search(text):
            yield source.fault(("sources", n), "No further reading that can be followed.", "Name a title with its URL.")
    if not question.sources:
        yield source.fault(("id",), "No further reading (sources).", "List at least one title with its URL.")


def _links(question: Question, source: Source) -> Iterator[Fault]:
    points = {point.id for point in question.key_points}
    asked = Counter(follow_up.point_id for follow_up in question.follow_ups)
    for n, point in enumerate(question.key_points):
        if point.id not in asked and not point.retired:
            yield source.fault(("key_points", n, "id"), f"No follow-up for “{point.id}”.", "Add one under follow_ups.")
    for n, follow_up in enumerate(question.follow_ups):
        if follow_up.point_id not in points:
            yield source.fault(("follow_ups", n, "point_id"), f"“{follow_up.point_id}” is no key point.", "Name one that is.")
        elif asked[follow_up.point_id] > 1:
            what = f"“{follow_up.point_id}” has {asked[follow_up.point_id]} follow-ups."
            yield source.fault(("follow_ups", n, "point_id"), what, "Keep one: one is asked.")


def _labs(question: Question, source: Source, labs: Labs) -> Iterator[Fault]:
    """Labs that are named: each must exist and be able to use the values set for it."""
    linked: list[tuple[tuple[str | int, ...], LabLink | None]] = [(("lab",), question.lab)]
    linked += [(("misconceptions", n, "lab"), m.lab) for n, m in enumerate(question.misconceptions)]
    for path, lab in linked:
        if lab is None:
            continue
        if lab.name not in labs:
            known = f"Known labs: {', '.join(sorted(labs))}." if labs else "No labs are installed: remove the link."
            yield source.fault((*path, "name"), f"There is no lab “{lab.name}”.", known)
        elif fault := labs[lab.name](lab.set):
            yield source.fault((*path, "set", fault[0]), *fault[1:])
