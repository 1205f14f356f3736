"""The tools that only look: questions, ask, assess, next_due, explain."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from greenroom.assess.assessment import Assessment
from greenroom.assess.manner.fit import Situation
from greenroom.bank.question import Question
from greenroom.errors import ConflictError, NotFoundError
from greenroom.mcp import shapes
from greenroom.mcp.shapes import Tool
from greenroom.room import LOCAL_OWNER, Room

MOST_FOUND = 1000
MOST_REMEMBERED = 100
"""Questions whose latest assessment of this session is kept for ``explain``."""
LISTS = "Lists interview questions about large language models, with the ids that the other tools take. By topic, level, or words."
ASKS = "What an interviewer says, and its other forms. No rubric: that opens after an attempt."
ASSESSES = (
    "One answer in, one assessment out: which key points were hit, partial, missed or wrong, each with the candidate's own words as "
    "evidence; misconceptions; how it was said. Nothing is stored."
)
DUE = "The key points that come back today in the candidate's own schedule, with what to ask."
EXPLAINS = (
    "After an attempt: every key point with why it matters and its source, what the answer came nearest to, the misconceptions, both "
    "model answers."
)
THEN = "Let the candidate answer in their own words; then call assess with the answer unchanged. The rubric opens with explain, afterwards."


class Tried(NamedTuple):
    """An answer that was judged: what was asked, and the verdicts."""

    form: str | None
    assessment: Assessment


class Reading:
    """Looks at the bank, and at a database that is there; makes none."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._tried: OrderedDict[str, Tried] = OrderedDict()

    def tools(self) -> list[Tool]:
        return [
            Tool("questions", "Questions of the bank", LISTS, shapes.QuestionsIn, shapes.QuestionsOut, self.questions),
            Tool("ask", "One question, to be asked", ASKS, shapes.AskIn, shapes.AskOut, self.ask),
            Tool("assess", "Assess an answer", ASSESSES, shapes.AssessIn, Assessment, self.assess),
            Tool("next_due", "What is due", DUE, shapes.DueIn, shapes.DueOut, self.next_due),
            Tool("explain", "Why it was judged so", EXPLAINS, shapes.ExplainIn, shapes.ExplainOut, self.explain),
        ]

    def questions(self, given: shapes.QuestionsIn) -> shapes.QuestionsOut:
        bank = self._room.bank
        if given.topic is not None and given.topic not in bank.topics():
            raise NotFoundError("topic", given.topic, bank.topics(), f"There are: {', '.join(bank.topics())}.")
        if given.words.strip():
            hits = bank.search(given.words, given.topic, given.level, MOST_FOUND)
            found = [bank.get(hit.question_id) for hit in hits]
        else:
            found = bank.chosen(given.topic, given.level)
        shown = found[given.start : given.start + given.limit]
        left = max(0, len(found) - given.start - len(shown))
        return shapes.QuestionsOut(questions=tuple(_line(question) for question in shown), more=left, topics=bank.topics())

    def ask(self, given: shapes.AskIn) -> shapes.AskOut:
        question = self._room.bank.get(given.question_id)
        form = _form(question, given.form)
        chosen = question.get_form(form) if form else None
        return shapes.AskOut(
            question_id=question.id, form=given.form, ask=chosen.ask if chosen else question.ask, topic=question.topic,
            level=question.level, kind=question.kind, then=THEN,
            needs=tuple(dict.fromkeys((*question.needs, *(chosen.needs if chosen else ())))),
            other_forms=tuple(
                shapes.FormLine(form=n, ask=each.ask, needs=each.needs) for n, each in enumerate(question.forms, 1) if n != given.form
            ),
        )  # fmt: skip

    def assess(self, given: shapes.AssessIn) -> Assessment:
        """Without the nearest wordings of the rubric: ``explain`` has them."""
        form = _form(self._room.bank.get(given.question_id), given.form)
        found = self._room.assess.once(given.question_id, form, given.answer, Situation(given.company, given.role))
        if found.status == "assessed":
            self._tried.pop(given.question_id, None)
            self._tried[given.question_id] = Tried(form, found)
            while len(self._tried) > MOST_REMEMBERED:
                self._tried.popitem(last=False)
        return found.model_copy(update={"points": tuple(point.model_copy(update={"why": None}) for point in found.points)})

    def next_due(self, given: shapes.DueIn) -> shapes.DueOut:
        if not self._room.kept:
            return shapes.DueOut(due=(), more=0, next_due_at=None)
        due, coming = self._room.review.due(LOCAL_OWNER), self._room.review.progress(LOCAL_OWNER).next_due_at
        shown = tuple(
            shapes.DueLine(
                point_id=each.point_id, question_id=each.question.id, ask=each.ask, due_at=each.due_at, last_verdict=each.last_verdict
            )
            for each in due[: given.limit]
        )
        return shapes.DueOut(due=shown, more=len(due) - len(shown), next_due_at=coming)

    def explain(self, given: shapes.ExplainIn) -> shapes.ExplainOut:
        """Raises ConflictError before an attempt, NotFoundError for an answer there is not."""
        question = self._room.bank.get(given.question_id)
        tried = self._kept(question, given.answer_id) if given.answer_id else self._tried.get(question.id)
        if tried is None:
            raise ConflictError(
                f"There is no attempt at “{question.id}” here yet; the rubric is for afterwards.",
                "Let the candidate answer and call assess first; or give the answer_id of an answer that is kept.",
            )
        return self._explained(question, tried)

    def _kept(self, question: Question, answer_id: str) -> Tried | None:
        if not self._room.kept:
            raise NotFoundError("answer", answer_id, hint="Nothing is kept on this machine yet.")
        attempt = self._room.interview.wait(LOCAL_OWNER, answer_id, 0)
        if attempt.question_id != question.id:
            raise NotFoundError("answer", answer_id, hint=f"It is an answer to “{attempt.question_id}”, not to “{question.id}”.")
        found = attempt.assessment
        return Tried(attempt.form, found) if found is not None and found.status == "assessed" else None

    def _explained(self, question: Question, tried: Tried) -> shapes.ExplainOut:
        found, links = tried.assessment, self._room.labs.links()
        verdicts = {point.id: point for point in found.points}
        said = {wrong.id: wrong.quote for wrong in found.misconceptions}
        return shapes.ExplainOut(
            question_id=question.id, ask=question.rubric(tried.form).ask, listens_for=question.listens_for, overall=found.overall,
            points=tuple(
                shapes.PointOut(
                    id=point.id, point=point.point, weight=point.weight, because=point.because, source=point.source,
                    verdict=(seen := verdicts[point.id]).verdict, quote=seen.quote, nearest=seen.why.nearest if seen.why else None,
                    lab=links.get(f"{question.id}/{point.id}"),
                )
                for point in question.key_points if point.id in verdicts
            ),
            misconceptions=tuple(
                shapes.MisconceptionOut(
                    id=wrong.id, claim=wrong.claim, correction=wrong.correction, source=wrong.source, quote=said.get(wrong.id),
                    lab=wrong.lab if self._room.labs.may_follow(wrong.lab) else links.get(f"{question.id}/{wrong.id}"),
                )
                for wrong in question.misconceptions
            ),
            model_answers=question.answers(tried.form), sources=question.sources,
        )  # fmt: skip


def _form(question: Question, number: int) -> str | None:
    """The id of a form. Raises NotFoundError."""
    if number == 0:
        return None
    if number > len(question.forms):
        raise NotFoundError("form", str(number), hint=f"“{question.id}” has {len(question.forms)} other forms; 0 is the question itself.")
    return question.forms[number - 1].id


def _line(question: Question) -> shapes.QuestionLine:
    return shapes.QuestionLine(
        question_id=question.id, topic=question.topic, level=question.level, kind=question.kind, ask=question.ask, forms=len(question.forms)
    )
