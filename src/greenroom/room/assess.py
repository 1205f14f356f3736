"""``room.assess``: one answer in, one assessment out; nothing is stored."""

from __future__ import annotations

from greenroom.assess.assessment import Assessment
from greenroom.assess.assessor import Assessor
from greenroom.room.answer import check_text
from greenroom.room.parts import Parts


class AssessRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def assessor(self) -> Assessor:
        return self._parts.assessor.get()

    def once(self, question_id: str, form: str | None, text: str) -> Assessment:
        """Raises NotFoundError (with the nearest ids), TooLargeError, InputError."""
        question = self._parts.bank.get().get(question_id)
        check_text(text, self._parts.settings.answer_limit)
        return self.assessor.assess(question.rubric(form), text)
