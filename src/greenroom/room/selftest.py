"""The bank's test of itself: what an earlier run found is not looked for again, and what somebody has read is known by name."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from greenroom.assess.assessment import Grader
from greenroom.assess.assessor import Assessor
from greenroom.assess.selftest.report import Named
from greenroom.assess.selftest.trial import Outcome, Trial, other_topics, trials
from greenroom.bank.question import Question, Value
from greenroom.bank.source import Source, SourceFault
from greenroom.errors import InputError
from greenroom.files import open_plain

HEADER = b'{"greenroom":"selftest","schema":1}\n'
"""The first line of a file of earlier runs."""
SIZE_LIMIT, LINE_LIMIT = 100_000_000, 100_000
"""Bytes of the file and of a line: the whole bank against all other topics takes some 12 MB."""
CURE = "It is a list; each entry has question_id, check, about, fault (assessor, bank or overlap) and why."


class Line(Value):
    """What came of one trial, as a line of the file. ``seal``: of the trial, see there. ``grader``: who assessed it."""

    seal: str
    grader: Grader
    outcomes: tuple[Outcome, ...]


class Earlier:
    """The file of earlier runs: JSON, after the header a line a trial, written as soon as it has come out.

    A line counts for as long as its answer, what that was held against, the bars and the grader's version are what they were. A line that
    a killed run left torn costs its trial, no more. Not covered: an assessor whose code changed and not its version; somebody who writes
    lines by hand: the file is trusted as the code is.

    Raises:
        InputError: the file cannot be read or written, or holds something else, which is left as it is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Line] = {}
        try:
            with open_plain(self._path, os.O_RDWR | os.O_CREAT) as file:
                raw = file.read(len(HEADER))
                if not HEADER.startswith(raw) or os.fstat(file.fileno()).st_size > SIZE_LIMIT:
                    raise InputError(f"{path} is no file of a self-test of this version.", "Name a new file, or one that a run wrote.")
                self._append(HEADER[len(raw) :])
                text = b"\n"
                for text in iter(partial(file.readline, LINE_LIMIT), b""):
                    self._take(text)
            if not text.endswith(b"\n"):
                self._append(b"\n")
        except OSError as error:
            raise _unusable(path, error) from error

    def _take(self, text: bytes) -> None:
        with contextlib.suppress(ValidationError):
            line = Line.model_validate_json(text)
            self._known[line.seal] = line

    def find(self, trial: Trial, grader: Grader) -> Line | None:
        line = self._known.get(trial.seal)
        mine = line is not None and line.grader == grader and all(each.question_id == trial.question_id for each in line.outcomes)
        return line if mine else None

    def add(self, line: Line) -> None:
        """Written before it is given to anybody; safe from a killed process, not from a power cut."""
        self._append(json.dumps(line.model_dump(mode="json"), separators=(",", ":")).encode() + b"\n")

    def _append(self, raw: bytes) -> None:
        """Raises InputError."""
        try:
            with open_plain(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as file:
                file.write(raw)
        except OSError as error:
            raise _unusable(self._path, error) from error


class Run(NamedTuple):
    """``trials``: how many there are; ``results``: what comes of each, as it comes out."""

    trials: int
    results: Iterator[tuple[Outcome, ...]]


def run(chosen: Sequence[Question], questions: Sequence[Question], others: int | None, assessor: Assessor, kept: Path | None) -> Run:
    """``chosen`` held against ``assessor``; what stands in the file ``kept`` already is taken from there. Raises InputError as ``Earlier``
    does. An assessor that does not say who it is has nothing taken; what another one than it decided (a judge was away) is held again.
    """
    held = [trial for question in chosen for trial in trials(question, other_topics(question, questions, others))]
    earlier = None if kept is None else Earlier(kept)
    return Run(len(held), (_held(trial, assessor, earlier) for trial in held))


def _held(trial: Trial, assessor: Assessor, earlier: Earlier | None) -> tuple[Outcome, ...]:
    grader: Grader | None = getattr(assessor, "grader", None)
    known = earlier.find(trial, grader) if earlier and grader else None
    if known is not None:
        return known.outcomes
    found = assessor.assess(trial.rubric, trial.answer)
    outcomes = tuple(trial.judge(found))
    if earlier:
        earlier.add(Line(seal=trial.seal, grader=found.grader, outcomes=outcomes))
    return outcomes


def read_names(path: Path) -> list[Named]:
    """Failures that somebody has read, from a YAML list; the file as strictly read, and as bounded, as one of a pack. Raises InputError."""
    if not os.path.lexists(path):
        raise InputError(f"{path} cannot be read: there is no such file.", f"Correct the path. {CURE}")
    try:
        source = Source(path.absolute(), path.absolute().parent)
        return TypeAdapter(list[Named]).validate_python([] if source.data is None else source.data)
    except SourceFault as found:
        raise InputError(f"{path} cannot be read: line {found.fault.line}: {found.fault.what}", f"{found.fault.cure} {CURE}") from found
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        line = source.line(first["loc"])
        place = ": ".join([f"entry {int(where) + 1}" if n == 0 else str(where) for n, where in enumerate(first["loc"])] + [""])
        raise InputError(f"{path} cannot be used: line {line}: {place}{first['msg']}.", CURE) from error


def _unusable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be read or written: {error.strerror or error}.", "Name a file in a folder that exists.")
