"""``room.assess``: one answer in, one assessment out; nothing is stored."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from greenroom.assess.assessment import Assessment
from greenroom.assess.assessor import Assessor
from greenroom.assess.grade import ScoredRow, grade, may_stand, row_keys
from greenroom.assess.manner.fit import Situation
from greenroom.bank.question import Question
from greenroom.room.answer import check_text, with_fit
from greenroom.room.parts import Parts

if TYPE_CHECKING:
    from greenroom.assess.ruler.calibration import Calibration
    from greenroom.assess.ruler.rows import Marks


class AssessRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def assessor(self) -> Assessor:
        return self._parts.assessor.get()

    def once(self, question_id: str, form: str | None, text: str, situation: Situation | None = None) -> Assessment:
        """``situation``: the company and role that the answer should fit. Raises NotFoundError (with the nearest ids), TooLargeError,
        InputError.
        """
        return self.of(self._parts.bank.get().get(question_id), form, text, situation)

    def of(self, question: Question, form: str | None, text: str, situation: Situation | None = None) -> Assessment:
        """The same for a question that need not be in the bank. Raises NotFoundError for an unknown form, TooLargeError, InputError."""
        rubric = question.rubric(form)
        check_text(text, self._parts.settings.answer_limit)
        return with_fit(self.assessor.assess(rubric, text), text, situation or Situation(), rubric.ask)

    def grade(self, lines: Iterable[str], done: Mapping[tuple[int, str], ScoredRow] | None = None) -> Generator[ScoredRow, None, None]:
        """A result a row, in order; ``done``: results of an earlier run by (row, hash). A judge is asked about one row at a time."""
        settings = self._parts.settings
        return grade(lines, self.assessor, done, 1 if settings.has_judge else settings.threads)

    def calibrate(self, lines: Iterable[str], marks: Marks = "0-1") -> Calibration:
        """Agreement of the assessor with one's own marks; the bootstrap's draws are the same every time."""
        from greenroom.assess.ruler.calibration import calibrate  # loads numpy

        return calibrate(lines, self.assessor, self._parts.bank.get().get, marks, random.Random(0))  # noqa: S311 - no secret

    def may_stand(self, earlier: ScoredRow) -> bool:
        """Whether an earlier result need not be graded again."""
        return may_stand(earlier, self.assessor)

    def row_hashes(self, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
        """(row number, content hash) of each row that has a result."""
        return row_keys(lines)
