"""The bank's test of itself: what an earlier run found is not looked for again, and what somebody has read is known by name."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from greenroom.assess.assessment import Grader
from greenroom.assess.assessor import Assessor
from greenroom.assess.selftest.report import Named
from greenroom.assess.selftest.trial import Outcome, Trial, other_topics, trials
from greenroom.bank.question import Question, Value
from greenroom.errors import InputError

HEADER = b'{"greenroom":"selftest","schema":1}\n'
"""The first line of a file of earlier runs."""
CURE = "It is a list; each entry has question_id, check, about, fault (assessor, bank or overlap) and why."


class Line(Value):
    """What came of one trial, as a line of the file. ``seal``: of the trial, see there. ``grader``: who assessed it."""

    seal: str
    grader: Grader
    outcomes: tuple[Outcome, ...]


class Earlier:
    """The file of earlier runs: JSON, after the header a line a trial, written as soon as it has come out.

    A line counts for as long as its answer, what that was held against and the grader's version are what they were. A line that a killed
    run left torn costs its trial, no more. Not covered: two assessors that give themselves the same version.

    Raises:
        InputError: the file cannot be read or written, or holds something else, which is left as it is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Line] = {}
        try:
            with path.open("a+b") as file:
                file.seek(0)
                raw = file.read()
        except OSError as error:
            raise _unusable(path, error) from error
        if not raw.startswith(HEADER[: len(raw)]):
            raise InputError(f"{path} is no file of a self-test of this version.", "Name a new file, or one that an earlier run wrote.")
        if len(raw) < len(HEADER):
            self._append(HEADER[len(raw) :])
        for text in raw.splitlines()[1:]:
            with contextlib.suppress(ValidationError):
                line = Line.model_validate_json(text)
                self._known[line.seal] = line
        if len(raw) > len(HEADER) and not raw.endswith(b"\n"):
            self._append(b"\n")

    def find(self, trial: Trial, grader: Grader) -> Line | None:
        line = self._known.get(trial.seal)
        return line if line is not None and line.grader == grader else None

    def add(self, line: Line) -> None:
        """On the disk before it is given to anybody."""
        self._append(json.dumps(line.model_dump(mode="json"), separators=(",", ":")).encode() + b"\n")

    def _append(self, raw: bytes) -> None:
        try:
            with self._path.open("ab") as file:
                file.write(raw)
        except OSError as error:
            raise _unusable(self._path, error) from error


def run(
    chosen: Sequence[Question], questions: Sequence[Question], others: int | None, assessor: Assessor, kept: Path | None
) -> Iterator[Outcome]:
    """The outcomes for ``chosen``, out of the file ``kept`` where they stand there already. Raises InputError as ``Earlier`` does."""
    held = (trial for question in chosen for trial in trials(question, other_topics(question, questions, others)))
    return _outcomes(held, assessor, None if kept is None else Earlier(kept))


def _outcomes(held: Iterator[Trial], assessor: Assessor, earlier: Earlier | None) -> Iterator[Outcome]:
    """The first trial is assessed in any case: it tells who grades."""
    grader = None
    for trial in held:
        line = earlier.find(trial, grader) if earlier and grader else None
        if line is None:
            found = assessor.assess(trial.rubric, trial.answer)
            grader = found.grader
            line = Line(seal=trial.seal, grader=grader, outcomes=tuple(trial.judge(found)))
            if earlier:
                earlier.add(line)
        yield from line.outcomes


def read_names(path: Path) -> list[Named]:
    """Failures that somebody has read, from a YAML list. Raises InputError."""
    try:
        rows = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  (strings, lists and maps only)
        return TypeAdapter(list[Named]).validate_python([] if rows is None else rows)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ": ".join([f"entry {int(where) + 1}" if n == 0 else str(where) for n, where in enumerate(first["loc"])] + [""])
        raise InputError(f"{path} cannot be used: {place}{first['msg']}.", CURE) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{path} cannot be read: {' '.join(str(error).split())}.", CURE) from error


def _unusable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be read or written: {error.strerror}.", "Name a file in a folder that exists.")
