"""From a folder to questions with their sources, and every fault of form met on the way."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from greenroom.bank.bank import Fault, Pack, PackHeader
from greenroom.bank.cures.values import EXAMPLE, place, value_faults
from greenroom.bank.question import Question
from greenroom.bank.schema import to_schema_2
from greenroom.bank.source import SHOWN_LIMIT, SIZE_LIMIT, Source, SourceFault, short, shown
from greenroom.bank.wording import many

__all__ = ["FAULTS_LIMIT", "FILES_LIMIT", "PACK_LIMIT", "Loaded", "first", "question_files", "read_pack"]

V = TypeVar("V", PackHeader, Question)

FILES_LIMIT = 2_000
"""Question files of a pack. The core pack has fewer than two hundred."""

PACK_LIMIT = 20_000_000
"""Bytes of all its files together, whether or not they can be read. The core pack has 3 million."""

FAULTS_LIMIT = 200
"""Faults shown of a pack; of the others only their number."""

MAKE = "`greenroom bank new DIR` makes one."
SUFFIXES = (".yaml", ".yml")


class Loaded:
    """A pack as read: its questions with their sources, and the faults met on the way. ``sources``: every file that is YAML, the header's
    first, whether or not its values are right.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.header: PackHeader | None = None
        self.header_source: Source | None = None
        self.sources: list[Source] = []
        self.questions: list[tuple[Question, Source]] = []
        self.faults: list[Fault] = []

    def pack(self) -> Pack | None:
        """The pack, if it has no fault."""
        if self.header is None or self.faults:
            return None
        return Pack(header=self.header, folder=self.folder, questions=tuple(q for q, _ in self.questions))


def read_pack(folder: Path) -> Loaded:
    """Read every file of a pack and collect the faults of form, ``FAULTS_LIMIT`` at most. Never raises for what the files hold."""
    loaded = Loaded(folder)
    loaded.faults.extend(_no_pack(folder))
    source = _source(folder / "pack.yaml", folder, loaded.faults) if not loaded.faults else None
    if source is None:
        return loaded
    loaded.header, loaded.header_source = _valid(PackHeader, source, source.data, loaded.faults), source
    loaded.sources.append(source)
    files, strays = question_files(folder)
    loaded.faults.extend(_place_faults(folder, files, strays))
    if len(files) <= FILES_LIMIT:
        _read_questions(loaded, files)
    loaded.faults.extend(_twice(loaded.questions))
    loaded.faults = first(loaded.faults)
    return loaded


def _read_questions(loaded: Loaded, files: Sequence[Path]) -> None:
    """Until they are too many bytes, counted before a file is read, or have so many faults that no more would be shown."""
    size, old = 0, loaded.header is not None and loaded.header.schema_version == 1
    for n, path in enumerate(files):
        size += _size(path)
        if size > PACK_LIMIT:
            loaded.faults.insert(0, _too_much(loaded.folder, f"The files hold more than {PACK_LIMIT} bytes."))
            return
        if len(loaded.faults) > FAULTS_LIMIT:
            loaded.faults.insert(0, _unread(loaded.folder, len(files) - n))
            return
        source = _source(path, loaded.folder, loaded.faults)
        if source is None:
            continue
        loaded.sources.append(source)
        question = _valid(Question, source, to_schema_2(source.data) if old else source.data, loaded.faults)
        if question is not None:
            loaded.questions.append((question, source))


def _size(path: Path) -> int:
    """Bytes of a file that would be read."""
    try:
        return min(path.lstat().st_size, SIZE_LIMIT + 1)
    except OSError:
        return 0  # reading it says what is wrong


def first(faults: Sequence[Fault]) -> list[Fault]:
    """The first ``FAULTS_LIMIT``; if there are more, their number as one further fault."""
    shown, rest = list(faults[:FAULTS_LIMIT]), len(faults) - FAULTS_LIMIT
    if rest <= 0:
        return shown
    return [*shown, Fault(file=faults[FAULTS_LIMIT].file, line=1, what=f"And {many(rest, 'more fault')}.", cure="Correct the first ones.")]


def _no_pack(folder: Path) -> Iterator[Fault]:
    """What is at the path where a pack should be. It is shown as it was given: whoever mistyped it looks for what they typed."""
    try:
        (folder / "pack.yaml").lstat()
        return
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return  # reading it says what is wrong
    real, is_folder = Path(os.path.realpath(folder)), folder.is_dir()
    above = next((each for each in (real.parent, real.parent.parent) if (each / "pack.yaml").is_file()), None)
    if is_folder:
        what, cure = "There is no such file in this folder.", f"A pack is a folder with a pack.yaml; {MAKE}"
    elif os.path.lexists(folder):
        what, cure = "This is no folder.", f"Name the pack's folder, with a pack.yaml in it; {MAKE}"
    else:
        what, cure = "There is no such folder.", f"Correct the path; {MAKE}"
    if above is not None and os.path.lexists(folder):
        what, cure = "A pack has its pack.yaml at its top.", f"This is a part of a pack; name the pack's folder: {above}"
    given = folder / "pack.yaml" if is_folder else folder
    yield Fault(file=short(str(given), SHOWN_LIMIT), line=1, what=what, cure=short(cure, SHOWN_LIMIT))


def question_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """A pack's question files, and what is not read: what looks like one in another place or with another ending, and folders that are
    links, which may lead anywhere. More than ``FILES_LIMIT`` of either: so many and one more. Hidden files are nobody's questions.
    """
    found = (
        sorted(islice((path for path, is_question in _seen(folder) if is_question is wanted), FILES_LIMIT + 1)) for wanted in (True, False)
    )
    files, strays = found
    return files, [path for path in strays if path != folder / "pack.yaml"]


def _seen(folder: Path, depth: int = 0) -> Iterator[tuple[Path, bool]]:
    """What ``question_files`` tells apart, and whether it is a question file. Not covered: how many other files there are."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith("."):
                continue
            if path.suffix in SUFFIXES:
                yield path, depth == 1 and path.suffix == SUFFIXES[0]
            elif depth < 2 and entry.is_symlink() and path.is_dir():
                yield path, False
            elif depth < 2 and entry.is_dir(follow_symlinks=False):
                yield from _seen(path, depth + 1)


def _place_faults(folder: Path, files: Sequence[Path], strays: Sequence[Path]) -> Iterator[Fault]:
    if len(files) > FILES_LIMIT:
        yield _too_much(folder, f"More than {FILES_LIMIT} question files.")
    for path in strays[:FAULTS_LIMIT]:
        what, cure = "This file is not read.", "A question stands in TOPIC/ID.yaml; move or rename it."
        if path.suffix not in SUFFIXES:
            what, cure = "This folder is a link, and is not looked into.", "Put the folder itself there, or remove the link."
        yield Fault(file=shown(path, folder), line=1, what=what, cure=cure)
    for topic in sorted(_closed(folder)):
        yield Fault(file=shown(folder / topic, folder), line=1, what="This folder cannot be looked into.", cure="Check its rights.")
    if not files and not strays:
        cure = f"Put one at TOPIC/ID.yaml; {EXAMPLE}"
        yield Fault(file=shown(folder / "pack.yaml", folder), line=1, what="There is no question in this pack.", cure=cure)


def _closed(folder: Path) -> Iterator[str]:
    """Names of folders in it that this process may not list: their questions would be missing without a word."""
    with suppress(OSError):
        yield from (path.name for path in folder.iterdir() if _is_folder(path) and not os.access(path, os.R_OK | os.X_OK))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _too_much(folder: Path, what: str) -> Fault:
    return Fault(file=shown(folder / "pack.yaml", folder), line=1, what=what, cure="Make several packs of it.")


def _unread(folder: Path, count: int) -> Fault:
    what, cure = f"{many(count, 'further file')} not read: there are too many faults.", "Correct those of the files before them."
    return Fault(file=shown(folder / "pack.yaml", folder), line=1, what=what, cure=cure)


def _source(path: Path, folder: Path, faults: list[Fault]) -> Source | None:
    try:
        return Source(path, folder)
    except SourceFault as error:
        faults.append(error.fault)
        return None


def _valid(kind: type[V], source: Source, data: object, faults: list[Fault]) -> V | None:
    """``data``: that of ``source``, brought to the newest schema."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        told = islice(value_faults(kind, error), FAULTS_LIMIT)  # finding a line takes time; of the others only the number is shown
        found = [source.fault(path, f"{place(path)}: {what}", cure) for path, what, cure in told]
        if (rest := error.error_count() - FAULTS_LIMIT) > 0:
            found.append(source.fault((), f"And {many(rest, 'more fault')}.", "Correct the first ones."))
        faults.extend(found)
        return None


def _twice(questions: list[tuple[Question, Source]]) -> list[Fault]:
    seen: dict[str, Source] = {}
    faults = []
    for question, source in questions:
        other = seen.setdefault(question.id, source)
        if other is not source:
            what = f"The id “{question.id}” is used twice in this pack: {other.shown_as} has it too."
            faults.append(source.fault(("id",), what, "Give one of them another id."))
    return faults
