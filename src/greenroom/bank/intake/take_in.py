"""``greenroom bank import``: a CSV or Markdown file becomes question files of a pack, all of them or none.

The file may come from a stranger: only a plain file is opened, no more of it is read than a limit, and whatever it holds ends in faults.
The files are written beside their place and read back; only when they say what was meant are they moved there. Not covered: whether what
the questions say is complete or right; the check says what is lacking.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from greenroom.bank.bank import Fault
from greenroom.bank.intake.csv_form import CsvForm
from greenroom.bank.intake.draft import Defaults, Draft, finish
from greenroom.bank.intake.markdown_form import MarkdownForm
from greenroom.bank.question import Level, Question, Value
from greenroom.bank.read import FAULTS_LIMIT, read_pack
from greenroom.bank.scaffold import check_is_pack, check_name, header, ids_in, topics_in
from greenroom.bank.source import SIZE_LIMIT as FILE_LIMIT
from greenroom.bank.source import SourceFault, short
from greenroom.errors import InputError
from greenroom.files import open_plain

SIZE_LIMIT = 10_000_000
"""Bytes of the file to import: more than a thousand questions of the length of ours."""
FORMS: dict[str, type[CsvForm] | type[MarkdownForm]] = {
    ".csv": CsvForm, ".tsv": CsvForm, ".md": MarkdownForm, ".markdown": MarkdownForm,
}  # fmt: skip

SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers"})
DOCUMENTS = frozenset({".docx", ".doc", ".odt", ".rtf", ".pages", ".pdf"})
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL})
"""What file systems without hard links say to one, as on many a memory stick."""


class TakenIn(Value):
    """What came of a file. With ``faults`` nothing was written. ``lacking``: what the check still asks of the pack."""

    pack: Path
    written: tuple[Path, ...] = ()
    faults: tuple[Fault, ...] = ()
    lacking: tuple[Fault, ...] = ()


def take_in(file: Path, folder: Path, topic: str | None = None, level: Level | None = None) -> TakenIn:
    """Write the questions of ``file`` into the pack ``folder``, which is made if it is not there.

    ``topic``, ``level``: of questions that name none; without a ``topic`` the only one of the pack. Raises InputError when the file is of
    no known form, ``topic`` is none or a folder cannot be written, ConflictError when ``folder`` is there and no pack.
    """
    form = _form(file)
    if topic is not None:
        check_name("topic", topic)
    if os.path.lexists(folder):
        check_is_pack(folder)
        there = topics_in(folder)
        topic = there[0] if topic is None and len(there) == 1 else topic
    questions, faults = _questions(form, file, Defaults(topic=topic, level=level))
    if not faults:
        faults = _clashes(folder, questions)
    if faults:
        return TakenIn(pack=folder, faults=tuple(_first(faults)))
    return TakenIn(pack=folder, written=tuple(_write(folder, [question for _, question in questions])))


def _first(faults: Sequence[Fault]) -> list[Fault]:
    """In the order of the file. How many there are beyond the limit is not known: reading stops there."""
    shown = sorted(faults, key=lambda fault: fault.line)[:FAULTS_LIMIT]
    if len(faults) > FAULTS_LIMIT:
        shown.append(Fault(file=shown[-1].file, line=shown[-1].line, what="There are more faults.", cure="Correct these first."))
    return shown


def _form(file: Path) -> type[CsvForm] | type[MarkdownForm]:
    """By the file's name. Raises InputError."""
    ending = file.suffix.lower()
    if ending in FORMS:
        return FORMS[ending]
    cure = "Call it .csv, .tsv or .md."
    if ending in SPREADSHEETS:
        cure = "Save it as CSV (UTF-8) from the spreadsheet program and import that file; renaming it is not enough."
    elif ending in DOCUMENTS:
        cure = "Copy its text into a .md file and import that; renaming it is not enough."
    raise InputError(f"“{short(file.name)}” is neither CSV nor Markdown by its name.", cure)


def _questions(
    form: type[CsvForm] | type[MarkdownForm], file: Path, defaults: Defaults
) -> tuple[list[tuple[Draft, Question]], list[Fault]]:
    name = short(file.name)
    text = _text(file, name)
    if isinstance(text, Fault):
        return [], [text]
    reader = form(name)
    try:
        reader.read(text)
    except SourceFault as error:
        return [], [*reader.faults, error.fault]
    faults, questions, finished = list(reader.faults), list[tuple[Draft, Question]](), list[Draft]()
    for draft in reader.drafts:
        if len(faults) > FAULTS_LIMIT:
            break
        finished.append(draft)
        question, found = finish(draft, defaults)
        faults += found
        if question is not None:
            questions.append((draft, question))
    if not reader.drafts and not faults:
        faults.append(Fault(file=name, line=1, what="There is no question in it.", cure="See `docs/guide/bank.md` for the form."))
    return questions, [*faults, *_twice(finished)]


def _text(file: Path, name: str) -> str | Fault:
    """The file as text with plain line ends, a byte order mark left out."""
    try:
        with open_plain(file, links=True) as opened:
            raw = opened.read(SIZE_LIMIT + 1)
    except OSError as error:
        return Fault(file=name, line=1, what=f"Cannot be read: {error.strerror}.", cure="Give a plain file that you may read.")
    if len(raw) > SIZE_LIMIT:
        return Fault(file=name, line=1, what=f"Larger than {SIZE_LIMIT} bytes.", cure="Split it into several files.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return Fault(file=name, line=line, what="Not UTF-8.", cure="Save it as UTF-8 (in Excel: “CSV UTF-8”).")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _twice(drafts: Sequence[Draft]) -> list[Fault]:
    seen: dict[str, Draft] = {}
    faults = []
    for draft in drafts:
        question_id = str(draft.data["id"])
        earlier = seen.setdefault(question_id, draft)
        if earlier is not draft:
            what = f"The id “{question_id}” is used twice (first in line {earlier.line})."
            faults.append(draft.fault(("id",), what, "Give one of them another `id`."))
    return faults


def _clashes(folder: Path, questions: Iterable[tuple[Draft, Question]]) -> list[Fault]:
    """Ids that the pack has already, files that are in the way, topics that lead out of it, questions too large for a file."""
    there = ids_in(folder) if os.path.lexists(folder) else set[str]()
    faults = []
    for draft, question in questions:
        place = _place(folder, question)
        if question.id in there or os.path.lexists(place):
            cure = "Give it another `id`; nothing is overwritten."
            faults.append(draft.fault(("id",), f"The pack has a question “{question.id}” already.", cure))
        elif not place.parent.resolve().is_relative_to(folder.resolve()):
            faults.append(draft.fault(("topic",), f"“{question.topic}” leads out of the pack.", "Make it a folder, not a link."))
        elif len(question.model_dump_json()) > FILE_LIMIT // 2 and len(as_yaml(question).encode()) > FILE_LIMIT:
            faults.append(draft.fault((), f"This question is larger than {FILE_LIMIT} bytes.", "Shorten it."))
    return faults


def as_yaml(question: Question) -> str:
    """The question's file."""
    value = question.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=140)


def _write(folder: Path, questions: Sequence[Question]) -> list[Path]:
    """All files or none. Raises InputError."""
    new, token = not os.path.lexists(folder), secrets.token_hex(4)
    outer = folder.parent / f".{folder.name}.{token}.import" if new else folder / f".{token}.import"
    stage = outer / "pack"  # so deep that a pack that is being read does not take it for a topic
    try:
        _stage(stage, folder.name, questions)
        if not new:
            return _move(stage, folder, questions)
        stage.rename(folder)
        return [folder / "pack.yaml", *(_place(folder, question) for question in questions)]
    except OSError as error:
        what = f"{folder} cannot be written: {error.strerror}. Nothing was changed."
        raise InputError(what, "Choose a folder that can be written.") from error
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def _place(folder: Path, question: Question) -> Path:
    return folder / question.topic / f"{question.id}.yaml"


def _stage(stage: Path, pack_name: str, questions: Sequence[Question]) -> None:
    """The files in a folder of their own, read back. Raises OSError; InputError if they do not say what was meant."""
    stage.mkdir(parents=True)
    (stage / "pack.yaml").write_text(header(pack_name), encoding="utf-8")
    for question in questions:
        _place(stage, question).parent.mkdir(exist_ok=True)
        _place(stage, question).write_text(as_yaml(question), encoding="utf-8")
    found = read_pack(stage)
    if found.faults or {q.id: q for q, _ in found.questions} != {q.id: q for q in questions}:
        said = str(found.faults[0]) if found.faults else "a text changed on the way."
        cure = "This is a fault of greenroom: please report it. Nothing was written."
        raise InputError(f"The files do not say what they should: {said}", cure)


def _move(stage: Path, folder: Path, questions: Sequence[Question]) -> list[Path]:
    """Into a pack that is there. What was moved is taken back when one cannot be, or the person stops it. Raises OSError."""
    done: list[Path] = []
    made = [folder / topic for topic in {question.topic for question in questions} if not (folder / topic).exists()]
    try:
        for question in questions:
            _place(folder, question).parent.mkdir(exist_ok=True)
            _put(_place(stage, question), _place(folder, question))
            done.append(_place(folder, question))
    except BaseException:
        moved = set(done)
        for question in questions:
            with suppress(OSError):
                _take_back(_place(stage, question), _place(folder, question), moved)
        for topic in made:
            with suppress(OSError):
                topic.rmdir()
        raise
    return done


def _take_back(staged: Path, place: Path, done: set[Path]) -> None:
    """Also what was just moved and not noted yet; never a file of somebody else's. Raises OSError."""
    if place in done or place.samefile(staged):
        place.unlink(missing_ok=True)


def _put(staged: Path, place: Path) -> None:
    """Unlike a rename it never replaces a file that came in between. Raises OSError."""
    try:
        os.link(staged, place)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        try:
            with place.open("xb") as file:
                file.write(staged.read_bytes())
        except FileExistsError:
            raise
        except BaseException:
            place.unlink(missing_ok=True)
            raise
