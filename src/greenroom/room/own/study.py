"""``room.prep.study``: a question looked at before the first attempt, and the answer that one keeps as one's best."""

from __future__ import annotations

from collections.abc import Sequence

from greenroom.bank.question import Question, Value
from greenroom.errors import NotFoundError
from greenroom.interview.attempt import Attempt
from greenroom.labs.lab import Card
from greenroom.prep.study import Best, Kept, Studied, find_best, reading_of
from greenroom.room.parts import Parts
from greenroom.room.review import ReviewRoom


class StudyView(Value):
    """``mark`` None: not studied yet. ``attempted``: an answer was given already."""

    question: Question
    mark: Studied | None
    attempted: bool
    labs: tuple[Card, ...]
    reading: tuple[str, ...]


class BestView(Value):
    """``chosen``: the person said so; else it is the one with the highest score."""

    attempt: Attempt
    chosen: bool


class StudyRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def get(self, owner_id: str, question_id: str) -> StudyView:
        """Raises NotFoundError. Looking marks nothing."""
        question, store = self._parts.bank.get().get(question_id), self._parts.store.get()
        cards = tuple(lab.card for lab in self._parts.labs.get().values() if question.topic in lab.card.topics)
        given = any(attempt.point_id is None for attempt in store.list_attempts(owner_id, question_id=question_id, limit=50))
        mark = store.papers.studied(owner_id).get(question_id)
        return StudyView(question=question, mark=mark, attempted=given, labs=cards, reading=tuple(reading_of(question)))

    def begin(self, owner_id: str, question_id: str) -> StudyView:
        """Mark it as studied; the first time stays. Raises NotFoundError."""
        question, store, now = self._parts.bank.get().get(question_id), self._parts.store.get(), self._parts.clock()
        store.ensure_owner(owner_id, now)
        store.papers.note_studied(owner_id, Studied(question_id=question.id, studied_at=now))
        return self.get(owner_id, question_id)

    def all(self, owner_id: str) -> Sequence[Studied]:
        """What was studied, by question id."""
        return list(self._parts.store.get().papers.studied(owner_id).values())

    def best(self, owner_id: str, question_id: str) -> BestView | None:
        """The answer kept as one's best; without a choice, the one with the highest score that may be seen. None while there is none."""
        store = self._parts.store.get()
        history = ReviewRoom(self._parts).progress(owner_id).history
        found: Best | None = find_best(question_id, history, store.papers.kept(owner_id).get(question_id))
        return BestView(attempt=store.get_attempt(owner_id, found.answer_id), chosen=found.chosen) if found else None

    def keep(self, owner_id: str, question_id: str, answer_id: str) -> None:
        """Raises NotFoundError for an answer that is not one's own to that question."""
        now, attempt = self._parts.clock(), self._parts.store.get().get_attempt(owner_id, answer_id)
        if attempt.question_id != question_id:
            raise NotFoundError("answer", answer_id, hint=f"It is an answer to “{attempt.question_id}”, not to “{question_id[:60]}”.")
        self._parts.store.get().papers.keep(owner_id, Kept(question_id=question_id, answer_id=answer_id, kept_at=now))
