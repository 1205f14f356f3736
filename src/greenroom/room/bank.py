"""``room.bank``: the questions, and the bank's test of itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from greenroom.bank.bank import Bank, Fault, name_of
from greenroom.bank.check import LabCheck, check_loaded, check_pack
from greenroom.bank.load import each_once
from greenroom.bank.question import Level, Question, Value
from greenroom.bank.read import read_pack
from greenroom.errors import InputError, NotFoundError
from greenroom.room.parts import Lazy, Parts

if TYPE_CHECKING:
    from greenroom.assess.selftest.report import Alike, Named
    from greenroom.bank.intake.take_in import TakenIn
    from greenroom.bank.search import Hit, Index
    from greenroom.room.selftest import Run

ALIKE = 0.8
"""Cosine from which on two key points are listed for merging. Decided by looking at the list, not fitted."""


class PackDraft(Value):
    """A pack that is being written, as far as it can be read."""

    name: str
    questions: tuple[Question, ...]
    faults: tuple[Fault, ...]
    files: tuple[str, ...] = Field(exclude=True)
    """Of each question the file that it stands in, as faults name it."""

    def get(self, question_id: str) -> Question:
        """Raises NotFoundError."""
        found = next((question for question in self.questions if question.id == question_id), None)
        if found is None:
            known = [question.id for question in self.questions]
            raise NotFoundError("question", question_id, known, "It may be among the faults: a file that cannot be read.")
        return found

    def faults_of(self, question_id: str) -> list[Fault]:
        files = {file for question, file in zip(self.questions, self.files, strict=True) if question.id == question_id}
        return [fault for fault in self.faults if fault.file in files]


class BankRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts, self._index = parts, Lazy(self._make_index)

    @property
    def bank(self) -> Bank:
        return self._parts.bank.get()

    def questions(self, topic: str | None = None) -> tuple[Question, ...]:
        return self.bank.questions(topic)

    def get(self, question_id: str) -> Question:
        return self.bank.get(question_id)

    def topics(self) -> tuple[str, ...]:
        return self.bank.topics()

    def check_topic(self, topic: str | None) -> None:
        """Raises NotFoundError, naming the nearest, for one that no question is of."""
        if topic is not None:
            self.bank.check_topic(topic)

    def left_out(self) -> list[str]:
        """Of each pack that was left out a sentence, with the command that says why."""
        return self.bank.whats_left_out()

    def faults(self) -> list[str]:
        """Why packs or plugins were left out."""
        return [*(str(fault) for fault in self.bank.faults), *self._parts.plugins.get().faults]

    def check(self, folder: Path | None = None) -> list[Fault]:
        """Every fault of one pack, or of all packs in use."""
        folders = [folder] if folder else each_once(self._in_use())
        labs = self._lab_checks()
        return [fault for each in folders for fault in check_pack(each, labs, self.bank.taken_before(each, self._in_use()))]

    def _in_use(self) -> list[Path]:
        return self._parts.plugins.get().packs()

    def search(self, words: str, topic: str | None = None, level: Level | None = None, limit: int = 20) -> list[Hit]:
        """Questions that speak of the words, best first. Never raises for what ``words`` holds."""
        return self._index.get().search(words, topic, level, limit)

    def related(self, question_id: str) -> list[Question]:
        """Questions of other topics that speak of the same things, nearest first."""
        return self._index.get().related(question_id)

    def _make_index(self) -> Index:
        from greenroom.bank.search import Index  # loads SQLite: only where something is looked for

        return Index(self.bank.questions())

    def take_in(self, file: Path, folder: Path, topic: str | None = None, level: Level | None = None) -> TakenIn:
        """Questions of a CSV or Markdown file into a pack: all of them, or none and every fault. Raises InputError, ConflictError.

        ``topic`` and ``level``: of questions that name none.
        """
        from greenroom.bank.intake.take_in import take_in  # only where something is taken in

        taken = take_in(file, folder, topic, level)
        return taken if taken.faults else taken.model_copy(update={"lacking": tuple(self.check(folder))})

    def export_anki(self, path: Path, topic: str | None = None, level: Level | None = None) -> int:
        """The questions of a topic or level (default: all) as a deck for Anki; how many notes. Raises ConflictError, InputError."""
        from greenroom.bank.anki import notes, write_deck  # only where a deck is made

        chosen = self.chosen(topic, level)
        if not chosen:
            raise InputError("No question is of that topic and level.", f"Topics: {', '.join(self.topics())}.")
        wanted = {question.id for question in chosen}
        packs = (pack.header for pack in self.bank.packs if any(question.id in wanted for question in pack.questions))
        about = "; ".join(f"{pack.id} {pack.version} by {', '.join(pack.authors)}, {pack.licence}" for pack in packs)
        return write_deck(notes(self.bank, chosen), path, self._parts.clock(), f"From the greenroom packs {about}.")

    def chosen(self, topic: str | None, level: Level | None) -> list[Question]:
        return [question for question in self.bank.questions(topic) if level is None or question.level == level]

    def draft(self, folder: Path) -> PackDraft:
        """The pack in ``folder`` as it is now, with its faults."""
        loaded, labs = read_pack(folder), self._lab_checks()
        found = sorted(loaded.questions, key=lambda each: (each[0].topic, each[0].id))
        faults = check_loaded(loaded, labs, self.bank.taken_before(folder, self._in_use()))
        questions, files = tuple(question for question, _ in found), tuple(source.shown_as for _, source in found)
        return PackDraft(name=name_of(folder), questions=questions, faults=tuple(faults), files=files)

    def _lab_checks(self) -> dict[str, LabCheck]:
        from greenroom.room.labs import lab_checks  # loads the labs: not to list questions

        return lab_checks(self._parts.labs.get())

    def self_test(self, question_ids: tuple[str, ...] = (), others: int | None = None, kept: Path | None = None) -> Run:
        """Questions against the assessor; a model answer against ``others`` questions of other topics (None: all). ``kept``: the file of
        an earlier run to go on from, and to write to. Raises NotFoundError, InputError.
        """
        from greenroom.room.selftest import run  # only where the bank is tested

        chosen = [self.get(i) for i in question_ids] if question_ids else list(self.questions())
        return run(chosen, self.questions(), others, self._parts.assessor.get(), kept)

    def named_failures(self, path: Path) -> list[Named]:
        """Failures of the self-test that somebody has read, from a YAML list. Raises InputError."""
        from greenroom.room.selftest import read_names  # only where the bank is tested

        return read_names(path)

    def alike_points(self, least: float = ALIKE) -> list[Alike]:
        """Key points of different questions that say nearly the same, most alike first."""
        from greenroom.assess.selftest.report import alike_points
        from greenroom.llm.encoder import OnnxEncoder  # only where the bank is tested

        return alike_points(self.questions(), OnnxEncoder.load(), least)
