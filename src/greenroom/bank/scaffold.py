"""`greenroom bank new`: a pack to write over, or one more question of one. What is left of the template is found by the check."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from greenroom.bank.check import MIN_CLAIM_SAYS, MIN_MISCONCEPTIONS, MIN_POINT_SAYS, MIN_POINTS, PLACEHOLDER
from greenroom.bank.question import Id, Level
from greenroom.bank.read import question_files, read_pack
from greenroom.bank.source import short
from greenroom.errors import ConflictError, InputError

ID, TOPIC = "first-question", "my-topic"
"""Of the first question of a new pack, where its author says none."""

HEADER = """\
schema: 2
id: "{id}"
version: 0.1.0
language: en
licence: CC-BY-4.0
authors:
  - {mark} your name
"""
TOP = """\
id: "{id}"
topic: "{topic}"
level: {level:<20}# foundation | practitioner | expert
kind: knowledge            # knowledge | behavioural | asks
ask: {mark} the question as an interviewer says it
listens_for: {mark} what a good interviewer is listening for
forms:
  - id: other-form         # stored answers name the form by it
    ask: {mark} the same question asked another way
    source: pack
key_points:                # claims that can be said or missed by themselves
"""
POINT = """\
  - id: point-{n}
    point: {mark} the claim, in one sentence that can be said in one breath
    weight: 2              # how much it counts: 3 most, 1 least
    essential: false       # true: a good two-minute answer has to make it
    says:                  # ways a candidate may put it, far apart in wording
{says}
    because: {mark} why it is true, for somebody who missed it
    source: {mark} a paper or page with its URL
"""
CLAIM = """\
  - id: wrong-{n}
    claim: {mark} what people wrongly believe
    says:
{says}
    correction: {mark} what is true instead
    source: {mark} a paper or page with its URL
"""
END = """\
model_answers:
  plain: {mark} an answer for a general audience, 40 to 380 words
  technical: {mark} an answer for an engineer, 40 to 380 words
sources:
  - {mark} title and URL
"""


def make_pack(folder: Path, question_id: str = ID, topic: str = TOPIC, level: Level = "foundation") -> list[Path]:
    """Write a new pack with one question. Raises ConflictError when the folder exists, InputError when it cannot be made."""
    check_name("id of a question", question_id)
    check_name("topic", topic)
    if os.path.lexists(folder):
        check_is_pack(folder)
        cure = f"Add a question to it: greenroom bank new {shlex.quote(str(folder))} --question ID"
        raise ConflictError(f"{folder} is a pack already.", cure)
    question = folder / topic / f"{question_id}.yaml"
    try:
        question.parent.mkdir(parents=True)
        (folder / "pack.yaml").write_text(header(folder.name), encoding="utf-8")
        question.write_text(_question(question_id, topic, level), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}.", "Choose a folder that can be written.") from error
    return [folder / "pack.yaml", question]


def add_question(folder: Path, question_id: str, topic: str | None = None, level: Level = "foundation") -> list[Path]:
    """One more question to write over, in the pack ``folder``, which is made if it is not there. Nothing is overwritten.

    ``topic``: None is the only topic that the pack has. Raises InputError for what is no id or no topic of the pack, ConflictError for an
    id that it has already and for a folder that is no pack.
    """
    if not os.path.lexists(folder):
        return make_pack(folder, question_id, TOPIC if topic is None else topic, level)
    check_is_pack(folder)
    check_name("id of a question", question_id)
    topic = _only_topic(folder) if topic is None else topic
    check_name("topic", topic)
    if question_id in ids_in(folder):
        raise ConflictError(f"The pack has a question “{question_id}” already.", "Choose another id; nothing is overwritten.")
    place = folder / topic
    if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()):
        cure = "Make it a folder, or name another topic; a link may lead out of the pack and is not followed."
        raise InputError(f"“{topic}” is no folder of the pack.", cure)
    return [_write_new(place / f"{question_id}.yaml", _question(question_id, topic, level))]


def check_is_pack(folder: Path) -> None:
    """Raises ConflictError for what is there and is no pack, InputError for what this process may not look into."""
    header = folder / "pack.yaml"
    try:
        found = header.is_file() and not header.is_symlink()
    except OSError as error:
        raise InputError(f"{folder} cannot be looked into: {error.strerror}.", "Check its rights.") from error
    if not found:
        raise ConflictError(f"{folder} exists and is no pack.", "Name a pack (a folder with a pack.yaml), or one that does not exist yet.")


def check_name(what: str, name: str) -> None:
    """Raises InputError for what cannot be an id or a topic: both are names of files."""
    if not _is_name(name):
        cure = "Use lower-case letters, digits and hyphens, at most 64, with a letter or digit first: like `kv-cache`."
        raise InputError(f"“{short(name)}” is no {what}.", cure)


def _is_name(text: str) -> bool:
    try:
        TypeAdapter(Id).validate_python(text)
    except ValidationError:
        return False
    return True


def topics_in(folder: Path) -> list[str]:
    """The topics of a pack: its folders with questions, also with such as cannot be read."""
    folders = {path.parent for path in question_files(folder)[0]}
    return sorted(topic.name for topic in folders if _is_name(topic.name) and not topic.is_symlink())


def ids_in(folder: Path) -> set[str]:
    """Ids of a pack that are taken: of its questions, and of files that cannot be read or lie in another place."""
    files, strays = question_files(folder)
    return {path.stem for path in (*files, *strays)} | {question.id for question, _ in read_pack(folder).questions}


def _only_topic(folder: Path) -> str:
    topics = topics_in(folder)
    if len(topics) != 1:
        what = f"{len(topics)} topics: {short(', '.join(topics), 200)}" if topics else "no topic yet"
        raise InputError(f"The pack has {what}.", "Say the topic of the question: --topic TOPIC")
    return topics[0]


def _write_new(place: Path, text: str) -> Path:
    """A file where none is, or nothing. Raises ConflictError, InputError."""
    new_topic = not os.path.lexists(place.parent)
    try:
        place.parent.mkdir(exist_ok=True)
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConflictError(f"{place} exists already.", "Choose another id; nothing is overwritten.") from error
    except OSError as error:
        with suppress(OSError):
            place.unlink(missing_ok=True)
            if new_topic:
                place.parent.rmdir()
        raise InputError(f"{place} cannot be written: {error.strerror}.", "Check the rights of the pack's folder and the disk.") from error
    return place


def header(name: str) -> str:
    """``pack.yaml`` of a pack in a folder of this name."""
    return HEADER.format(id=_pack_id(name), mark=PLACEHOLDER)


def _pack_id(name: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")
    return kept[:64] or "my-pack"


def _question(question_id: str, topic: str, level: Level) -> str:
    def says(count: int) -> str:
        return "\n".join(f"      - {PLACEHOLDER} phrasing {n}" for n in range(1, count + 1))

    points = "".join(POINT.format(n=n, mark=PLACEHOLDER, says=says(MIN_POINT_SAYS)) for n in range(1, MIN_POINTS["knowledge"] + 1))
    wrong = MIN_MISCONCEPTIONS["knowledge"]
    claims = "".join(CLAIM.format(n=n, mark=PLACEHOLDER, says=says(MIN_CLAIM_SAYS)) for n in range(1, wrong + 1))
    asks = "".join(
        f"  - point_id: point-{n}\n    ask: {PLACEHOLDER} asked when it was missed\n" for n in range(1, MIN_POINTS["knowledge"] + 1)
    )
    top = TOP.format(mark=PLACEHOLDER, id=question_id, topic=topic, level=level)
    return "".join([top, points, "misconceptions:\n", claims, "follow_ups:\n", asks, END.format(mark=PLACEHOLDER)])
