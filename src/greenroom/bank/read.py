"""From a folder to questions with their sources, and every fault of form met on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from greenroom.bank.bank import Fault, Pack, PackHeader
from greenroom.bank.question import Question
from greenroom.bank.source import SHOWN_LIMIT, Source, SourceFault, short

V = TypeVar("V", PackHeader, Question)

FILES_LIMIT = 2_000
"""Question files of a pack. The core pack has fewer than two hundred."""

PACK_LIMIT = 50_000_000
"""Characters of all its files together."""

FAULTS_LIMIT = 200
"""Faults shown of a pack; of the others only their number."""

QUESTIONS, STRAYS = ("*/*.yaml",), ("*.yaml", "*.yml", "*/*.yml", "*/*/*.yaml", "*/*/*.yml")

CURES = {
    "extra_forbidden": "Remove the key, or correct its spelling.",
    "missing": "Add it; `greenroom bank new` shows a complete question.",
    "string_pattern_mismatch": "Use lower-case letters, digits and hyphens.",
    "literal_error": "Use one of the values named.",
    "model_type": "Write it as keys with values; `greenroom bank new` shows a complete question.",
}


class Loaded:
    """A pack as read: its questions with their sources, and the faults met on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.header: PackHeader | None = None
        self.header_source: Source | None = None
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
    source = _source(folder / "pack.yaml", folder, loaded.faults)
    if source is None:
        return loaded
    loaded.header, loaded.header_source = _valid(PackHeader, source, loaded.faults), source
    read, (files, strays) = 0, question_files(folder)
    loaded.faults.extend(_place_faults(folder, files, strays))
    for path in files if len(files) <= FILES_LIMIT else ():
        source = _source(path, folder, loaded.faults)
        read += len(source.text) if source is not None else 0
        if read > PACK_LIMIT:
            loaded.faults.append(_too_much(folder, f"The files hold more than {PACK_LIMIT} characters."))
            break
        question = _valid(Question, source, loaded.faults) if source is not None else None
        if question is not None and source is not None:
            loaded.questions.append((question, source))
    loaded.faults.extend(_twice(loaded.questions))
    loaded.faults = first(loaded.faults)
    return loaded


def first(faults: Sequence[Fault]) -> list[Fault]:
    """The first ``FAULTS_LIMIT``; if there are more, their number as one further fault."""
    shown, rest = list(faults[:FAULTS_LIMIT]), len(faults) - FAULTS_LIMIT
    if rest <= 0:
        return shown
    return [*shown, Fault(file=faults[FAULTS_LIMIT].file, line=1, what=f"And {rest} more faults.", cure="Correct the first ones.")]


def question_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """A pack's question files, and what looks like one and is not read: in another place, or with another ending. More than
    ``FILES_LIMIT`` of either: so many and one more. Hidden files are nobody's questions.
    """
    found = (sorted(islice(_seen(folder, patterns), FILES_LIMIT + 1)) for patterns in (QUESTIONS, STRAYS))
    files, strays = found
    return files, [path for path in strays if path != folder / "pack.yaml"]


def _seen(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from (path for path in folder.glob(pattern) if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _place_faults(folder: Path, files: Sequence[Path], strays: Sequence[Path]) -> Iterator[Fault]:
    if len(files) > FILES_LIMIT:
        yield _too_much(folder, f"More than {FILES_LIMIT} question files.")
    for path in strays[:FAULTS_LIMIT]:
        shown = short(f"{folder.name}/{path.relative_to(folder).as_posix()}", SHOWN_LIMIT)
        yield Fault(file=shown, line=1, what="This file is not read.", cure="A question stands in TOPIC/ID.yaml; move or rename it.")
    for topic in sorted(_closed(folder)):
        shown = short(f"{folder.name}/{topic}", SHOWN_LIMIT)
        yield Fault(file=shown, line=1, what="This folder cannot be looked into.", cure="Check its rights.")
    if not files and not strays:
        cure = "Put one at TOPIC/ID.yaml; `greenroom bank new` shows one."
        yield Fault(file=short(f"{folder.name}/pack.yaml", SHOWN_LIMIT), line=1, what="There is no question in this pack.", cure=cure)


def _closed(folder: Path) -> Iterator[str]:
    """Names of folders in it that this process may not list: their questions would be missing without a word."""
    with suppress(OSError):
        yield from (path.name for path in folder.iterdir() if path.is_dir() and not os.access(path, os.R_OK | os.X_OK))


def _too_much(folder: Path, what: str) -> Fault:
    return Fault(file=short(f"{folder.name}/pack.yaml"), line=1, what=what, cure="Make several packs of it.")


def _source(path: Path, folder: Path, faults: list[Fault]) -> Source | None:
    try:
        return Source(path, folder)
    except SourceFault as error:
        faults.append(error.fault)
        return None


def _valid(kind: type[V], source: Source, faults: list[Fault]) -> V | None:
    try:
        return kind.model_validate(source.data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        found = []
        for detail in details[:FAULTS_LIMIT]:  # finding a line takes time; of the others only the number is shown
            place = ".".join(short(str(step), 40) for step in detail["loc"]) or "the file"
            cure = CURES.get(detail["type"], "Correct the value.")
            if detail["loc"] == ("schema",) and detail["type"] == "less_than_equal":
                cure = "The pack was made for a later greenroom: update greenroom, or write schema: 1."
            found.append(source.fault(detail["loc"], f"{place}: {short(detail['msg'], 160)}.", cure))
        if len(details) > FAULTS_LIMIT:
            found.append(source.fault((), f"And {len(details) - FAULTS_LIMIT} more faults.", "Correct the first ones."))
        faults.extend(found)
        return None


def _twice(questions: list[tuple[Question, Source]]) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for question, source in questions:
        if question.id in seen:
            faults.append(source.fault(("id",), f"The id “{question.id}” is used twice in this pack.", "Give one of them another id."))
        seen.add(question.id)
    return faults
