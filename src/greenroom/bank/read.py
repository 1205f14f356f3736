"""From a folder to questions with their sources, and every fault of form met on the way."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from greenroom.bank.bank import Fault, Pack, PackHeader
from greenroom.bank.question import Question
from greenroom.bank.source import Source, SourceFault

V = TypeVar("V", PackHeader, Question)

CURES = {
    "extra_forbidden": "Remove the key, or correct its spelling.",
    "missing": "Add it; `greenroom bank new` shows a complete question.",
    "string_pattern_mismatch": "Use lower-case letters, digits and hyphens.",
    "literal_error": "Use one of the values named.",
}


class Loaded:
    """A pack as read: its questions with their sources, and the faults met on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.header: PackHeader | None = None
        self.questions: list[tuple[Question, Source]] = []
        self.faults: list[Fault] = []

    def pack(self) -> Pack | None:
        """The pack, if it has no fault."""
        if self.header is None or self.faults:
            return None
        return Pack(header=self.header, folder=self.folder, questions=tuple(q for q, _ in self.questions))


def read_pack(folder: Path) -> Loaded:
    """Read every file of a pack and collect all faults of form. Never raises for what the files hold."""
    loaded = Loaded(folder)
    header_path = folder / "pack.yaml"
    if not header_path.is_file():
        cure = "A pack is a folder with a pack.yaml; `greenroom bank new` makes one."
        loaded.faults.append(Fault(file=f"{folder.name}/pack.yaml", line=1, what="There is no such file.", cure=cure))
        return loaded
    source = _source(header_path, folder, loaded.faults)
    if source is not None:
        loaded.header = _valid(PackHeader, source, loaded.faults)
    for path in sorted(folder.glob("*/*.yaml")):
        source = _source(path, folder, loaded.faults)
        question = _valid(Question, source, loaded.faults) if source is not None else None
        if question is not None and source is not None:
            loaded.questions.append((question, source))
    loaded.faults.extend(_twice(loaded.questions))
    return loaded


def _source(path: Path, folder: Path, faults: list[Fault]) -> Source | None:
    try:
        return Source(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
    except SourceFault as error:
        faults.append(error.fault)
        return None


def _valid(kind: type[V], source: Source, faults: list[Fault]) -> V | None:
    try:
        return kind.model_validate(source.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            place = ".".join(str(step) for step in detail["loc"]) or "the file"
            cure = CURES.get(detail["type"], "Correct the value.")
            faults.append(source.fault(detail["loc"], f"{place}: {detail['msg']}.", cure))
        return None


def _twice(questions: list[tuple[Question, Source]]) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for question, source in questions:
        if question.id in seen:
            faults.append(source.fault(("id",), f"The id “{question.id}” is used twice in this pack.", "Give one of them another id."))
        seen.add(question.id)
    return faults
