"""``room.data``: a person's own data, in and out; and the doctor."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom import __version__
from greenroom.bank.question import Value
from greenroom.bank.wording import many
from greenroom.errors import GreenroomError, enough_memory
from greenroom.redact import without_password
from greenroom.room.parts import Parts

if TYPE_CHECKING:
    from greenroom.store.store import Store

LOW_DISK_BYTES = 200_000_000
WAL_RESET_FIXED = (3, 51, 3)
"""Older SQLite can corrupt a WAL database that several connections write at once. greenroom writes with one."""


class Finding(Value):
    """One thing the doctor looked at. ``cure`` is empty when it is well."""

    name: str
    state: str
    well: bool = True
    cure: str = ""


class DataRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def export(self, owner_id: str, path: Path) -> Mapping[str, int]:
        """Everything a person has here, as a zip of JSON lines. Returns how many of each."""
        from greenroom.store import archive

        return archive.export_owner(self._parts.store.get(), owner_id, path)

    def import_(self, owner_id: str, path: Path) -> Mapping[str, int]:
        """Bring an export in; what is there already stays as it is. All or nothing. Raises ArchiveError."""
        store = self._parts.store.get()
        store.ensure_owner(owner_id, self._parts.clock())
        from greenroom.store import archive

        return archive.import_owner(store, owner_id, path)

    def erase(self, owner_id: str) -> Mapping[str, int]:
        """Delete everything of one person's, recordings too. Returns how many of each there were. Exports and backups are not touched."""
        from greenroom.room.voice.recordings import Recordings
        from greenroom.store.own.erase import erase_owner, wipe

        store = self._parts.store.get()
        counts = dict(erase_owner(store, owner_id))
        self._parts.pasts.forget(owner_id)
        sounds = Recordings(self._parts.settings.home / "voice").forget_all(owner_id)
        wipe(store)
        return counts | ({"recordings": sounds} if sounds else {})

    def backup(self, path: Path) -> None:
        """The whole database, consistent, while it is in use."""
        self._parts.store.get().backup(path)

    def restore(self, path: Path) -> Path | None:
        """Replace the database by a backup, checked first. Returns where the old one was put, if there was one. The room must be closed."""
        from greenroom.store import archive

        return archive.restore(path, self._parts.settings.url)

    def doctor(self) -> list[Finding]:
        """Looks at everything that can be wrong on a machine, and changes nothing but what opening the database changes."""
        looks: list[tuple[str, Callable[[], list[Finding]]]] = [
            ("greenroom", self._program),
            ("packs", self._packs),
            ("database", self._database),
            ("assessor", self._assessor),
            ("judge", self._judge),
        ]
        findings: list[Finding] = []
        for name, look in looks:
            try:
                with enough_memory():
                    findings.extend(look())
            except GreenroomError as error:
                findings.append(Finding(name=name, state=error.message, well=False, cure=error.hint))
        return findings

    def _program(self) -> list[Finding]:
        version = tuple(int(part) for part in sqlite3.sqlite_version.split("."))
        note = "" if version >= WAL_RESET_FIXED else " (older than 3.51.3: one writer only, which greenroom keeps to)"
        home = self._parts.settings.home
        free = shutil.disk_usage(home if home.exists() else home.anchor).free
        return [
            Finding(name="greenroom", state=f"{__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"),
            Finding(name="SQLite", state=sqlite3.sqlite_version + note),
            Finding(
                name="disk", state=f"{free / 1e9:.1f} GB free at {home}", well=free > LOW_DISK_BYTES,
                cure="" if free > LOW_DISK_BYTES else "Free some space: answers need it to be kept.",
            ),
        ]  # fmt: skip

    def _packs(self) -> list[Finding]:
        bank = self._parts.bank.get()
        state = ", ".join(f"{pack.header.id} {pack.header.version} ({many(len(pack.questions), 'question')})" for pack in bank.packs)
        cure = "Run `greenroom bank check`: it lists every fault with its file, line and cure."
        plugins = [
            Finding(name="plugin", state=fault, well=False, cure="Update or uninstall it.") for fault in self._parts.plugins.get().faults
        ]
        return [Finding(name="packs", state=state or "none", well=not bank.faults, cure=cure if bank.faults else ""), *plugins]

    def _database(self) -> list[Finding]:
        store = self._parts.store.get()
        facts, sound = store.facts(), store.integrity()
        state = f"{without_password(self._parts.settings.url)}: {sound}; " + ", ".join(f"{key} {value}" for key, value in facts.items())
        cure = "" if sound == "ok" else "Restore the latest backup: `greenroom restore FILE`."
        return [Finding(name="database", state=state, well=sound == "ok", cure=cure), self._answers(store)]

    def _answers(self, store: Store) -> Finding:
        """Those that will not be judged by themselves: that failed, or whose question is in no pack here."""
        failed, bank = store.count_failed(), self._parts.bank.get()
        strange = {question_id: count for question_id, count in store.unclaimed().items() if bank.find(question_id) is None}
        faults, cures = [], []
        if failed:
            faults.append(f"{many(failed, 'answer')} could not be judged")
            cures.append("Open the debrief and press “Judge it again”.")
        if strange:
            count = many(sum(strange.values()), "answer")
            faults.append(f"{count} waiting for questions that are not here ({', '.join(list(strange)[:3])})")
            cures.append("Start greenroom with the question pack they came from (GREENROOM_PACKS).")
        return Finding(name="answers", state="; ".join(faults) or "none failed", well=not faults, cure=" ".join(cures))

    def _assessor(self) -> list[Finding]:
        question = next(iter(self._parts.bank.get().questions()), None)
        if question is None:
            return []
        found = self._parts.offline.get().assess(question.rubric(), question.model_answers.plain)
        grader = f"{found.grader.name} {found.grader.version}"
        return [Finding(name="assessor", state=f"{grader} judged a sample answer: {found.status}", well=found.status == "assessed")]

    def _judge(self) -> list[Finding]:
        """What is set up; if anything is, one small question tries it."""
        settings = self._parts.settings
        if not settings.has_judge:
            return [Finding(name="judge", state="none is set up: assessing sends nothing anywhere")]
        from greenroom.builtin import make_judge

        judge = make_judge(settings)
        started = time.monotonic()
        fault = judge.find_fault()
        where = f"{judge.model.name}, {judge.votes} votes"
        if fault is not None:
            return [Finding(name="judge", state=f"{where}: {fault.message}", well=False, cure=fault.hint)]
        return [Finding(name="judge", state=f"{where}; answered in {time.monotonic() - started:.1f} s")]
