"""``room.interview``: rehearsing. Each method loads, calls the pure engine, saves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from greenroom.assess.manner.fit import Situation
from greenroom.bank.question import Question
from greenroom.errors import ConflictError, NotFoundError
from greenroom.interview import engine
from greenroom.interview.attempt import Attempt, Dispute, Submission
from greenroom.interview.interviewer import speak
from greenroom.interview.plan import make_plan, review_plan
from greenroom.interview.report import Report, make_report
from greenroom.interview.session import Session, Setup, Turn
from greenroom.review.schedule import schedule
from greenroom.room.answer import check_submission, check_text, new_attempt, with_due_date, with_fit
from greenroom.room.parts import Parts
from greenroom.room.queue import LEASE_SECONDS, AssessmentQueue
from greenroom.room.review import due_points, end_of_day, find_cards, planned
from greenroom.room.views import Receipt, SessionView, may_show, seal, seal_session

DRAFT_LIMIT_FACTOR = 2
"""A draft may be longer than an answer: nobody loses text for being over the limit."""


class InterviewRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        # A judge that is waited for must not look like a worker that died.
        lease = LEASE_SECONDS + parts.settings.judge_wait
        self.queue = AssessmentQueue(parts.store.get, self.assess, parts.clock, parts.new_id(), lease)

    def now(self) -> datetime:
        """The room's clock."""
        return self._parts.clock()

    def start(self, owner_id: str, setup: Setup) -> SessionView:
        """Plan and open a session. Raises NotFoundError for unknown ids, InputError when nothing fits."""
        store, now, seed = self._parts.store.get(), self._parts.clock(), self._parts.new_seed()
        store.ensure_owner(owner_id, now)
        if setup.mode == "review":
            plan = review_plan([planned(due) for due in due_points(self._parts, owner_id, end_of_day(now))], setup)
        else:
            plan = make_plan(self._eligible(setup), setup, seed, store.recently_asked(owner_id))
        session = engine.start(self._parts.new_id(), setup, plan, seed, now)
        store.save_session(owner_id, session)
        return self.get(owner_id, session.session_id)

    def _eligible(self, setup: Setup) -> list[Question]:
        bank = self._parts.bank.get()
        if setup.question_ids:
            return [bank.get(question_id) for question_id in setup.question_ids]
        for topic in setup.topics:
            if topic not in bank.topics():
                raise NotFoundError("topic", topic, bank.topics())
        wanted = [q for q in bank.questions() if not setup.topics or q.topic in setup.topics]
        return [q for q in wanted if setup.level in (None, q.level)]

    def get(self, owner_id: str, session_id: str) -> SessionView:
        return self._view(owner_id, self._parts.store.get().get_session(owner_id, session_id))

    def list(self, owner_id: str, limit: int = 50) -> Sequence[Session]:
        """Newest first."""
        return [seal_session(session) for session in self._parts.store.get().list_sessions(owner_id, limit=limit)]

    def answer(self, owner_id: str, session_id: str, submission: Submission) -> Receipt:
        """Store the answer, then acknowledge it; it is assessed afterwards.

        Raises InputError (empty, unusable text), TooLargeError, ConflictError (not the open question; the id was used for another
        text), BacklogFullError, StoreError.
        """
        check_submission(submission, self._parts.settings.answer_limit)
        store, now = self._parts.store.get(), self._parts.clock()
        turn = self._turn(owner_id, session_id, submission.turn_id)
        attempt = new_attempt(session_id, turn, submission, now)
        event = engine.Answered(turn_id=turn.turn_id, answer_id=attempt.answer_id, at=now)
        limit = self._parts.settings.backlog_limit
        stored, _, is_new = store.add_answer(owner_id, attempt, lambda session: engine.apply(session, event), limit)
        self.queue.wake()
        return Receipt(answer_id=stored.answer_id, saved_at=stored.answered_at, backlog=store.backlog(owner_id), repeated=not is_new)

    def skip(self, owner_id: str, session_id: str, turn_id: str) -> SessionView:
        """Not answering is not a zero: the turn is left without a score."""
        return self._apply(owner_id, session_id, engine.Skipped(turn_id=turn_id, at=self._parts.clock()))

    def rate(self, owner_id: str, session_id: str, turn_id: str, rating: int | None) -> SessionView:
        """``rating`` 1 to 5; None: would rather not."""
        return self._apply(owner_id, session_id, engine.SelfRated(turn_id=turn_id, rating=rating))

    def follow_up(self, owner_id: str, session_id: str, turn_id: str) -> SessionView:
        return self._apply(owner_id, session_id, engine.FollowUpTaken(turn_id=turn_id, at=self._parts.clock()))

    def redo(self, owner_id: str, session_id: str, turn_id: str) -> SessionView:
        return self._apply(owner_id, session_id, engine.RedoTaken(turn_id=turn_id, at=self._parts.clock()))

    def next(self, owner_id: str, session_id: str, after: str | None = None) -> SessionView:
        """``after``: the turn the person was looking at; a late repetition then passes over nothing."""
        return self._apply(owner_id, session_id, engine.NextTaken(at=self._parts.clock(), after=after))

    def end(self, owner_id: str, session_id: str) -> SessionView:
        return self._apply(owner_id, session_id, engine.Ended(at=self._parts.clock()))

    def draft(self, owner_id: str, session_id: str, turn_id: str, text: str) -> datetime:
        """Keep what has been typed so far; returns when it was kept."""
        check_text(text, self._parts.settings.answer_limit * DRAFT_LIMIT_FACTOR)
        now = self._parts.clock()
        turn = self._turn(owner_id, session_id, turn_id)
        if not turn.open:
            raise ConflictError("This question is answered or skipped already.", "Copy what you typed: it is not kept as a draft.")
        if not self._parts.store.get().put_draft(owner_id, session_id, turn_id, text, now):
            raise ConflictError("This question was answered just now.", "Copy what you typed: it is not kept as a draft.")
        return now

    def report(self, owner_id: str, session_id: str) -> Report:
        """The debrief. Scores that may not be shown yet are left out of it."""
        store, bank = self._parts.store.get(), self._parts.bank.get()
        session = store.get_session(owner_id, session_id)
        attempts = [seal(attempt, session) for attempt in store.list_attempts(owner_id, session_id=session_id)]
        questions = {q.id: q for turn in session.turns if (q := bank.find(turn.question_id))}
        disputes = [dispute for attempt in attempts for dispute in store.list_disputes(owner_id, attempt.answer_id)]
        return make_report(session, attempts, questions, disputes)

    def waiting(self, owner_id: str, session_id: str) -> tuple[int, int]:
        """How many answers wait to be judged: of this session, of all. Two counts: cheap enough to ask again and again."""
        store = self._parts.store.get()
        return store.backlog(owner_id, session_id), store.backlog(owner_id)

    def attempted(self, owner_id: str, question_id: str) -> bool:
        """Whether the person has answered this question whole and may see the score: only then are its model answers shown."""
        store = self._parts.store.get()
        attempts = [a for a in store.list_attempts(owner_id, question_id=question_id) if a.point_id is None]
        return any(may_show(attempt, store.get_session(owner_id, attempt.session_id)) for attempt in attempts)

    def dispute(self, owner_id: str, answer_id: str, target: str, view: str) -> Dispute:
        """Keep the person's view beside a verdict. ``target``: the id of a point or misconception of that answer."""
        check_text(view, 2000)
        store = self._parts.store.get()
        attempt = store.get_attempt(owner_id, answer_id)
        if not may_show(attempt, store.get_session(owner_id, attempt.session_id)):
            raise ConflictError("There is no verdict to dispute yet.", "First rate the answer yourself; in a mock, finish it.")
        found = attempt.assessment
        targets = [*(p.id for p in found.points), *(m.id for m in found.misconceptions)] if found else []
        if target not in targets:
            raise NotFoundError("verdict", target, targets)
        dispute = Dispute(answer_id=answer_id, target=target, view=view, disputed_at=self._parts.clock())
        store.add_dispute(owner_id, dispute)
        return dispute

    def wait(self, owner_id: str, answer_id: str, seconds: float) -> Attempt:
        """The attempt once it is assessed, or as it stands after ``seconds``."""
        store = self._parts.store.get()
        self.queue.wait(lambda: store.get_attempt(owner_id, answer_id).status in ("done", "failed"), seconds)
        attempt = store.get_attempt(owner_id, answer_id)
        return seal(attempt, store.get_session(owner_id, attempt.session_id))

    def judge_again(self, owner_id: str, answer_id: str) -> Attempt:
        """Put a failed assessment back in the queue. Raises ConflictError when it has not failed."""
        store = self._parts.store.get()
        attempt = store.get_attempt(owner_id, answer_id)
        if not store.again(owner_id, answer_id) and attempt.status != "pending":
            raise ConflictError("This answer's assessment has not failed.", "Reload the page: it shows how it stands.")
        self.queue.wake()
        return self.wait(owner_id, answer_id, 0)

    def assess(self, owner_id: str, attempt: Attempt, worker: str) -> None:
        """The queue's work: assess one stored answer; store the outcome, the next step and the review cards in one go."""
        from greenroom.store.store import Outcome  # loads SQLAlchemy, which is loaded by now

        store, now = self._parts.store.get(), self._parts.clock()
        question = self._parts.bank.get().get(attempt.question_id)
        rubric = question.point_rubric(attempt.point_id, attempt.ask) if attempt.point_id else question.rubric(attempt.form)
        found, profile = self._parts.assessor.get().assess(rubric, attempt.text), store.get_profile(owner_id)
        if attempt.point_id is None:
            found = with_fit(found, attempt.text, Situation(profile.company, profile.role), attempt.ask)
        cards = find_cards(self._parts, owner_id, [f"{question.id}/{point.id}" for point in found.points])
        new_cards, events = schedule(cards, question.id, found, attempt.answer_id, now, profile.interview_on)
        event = engine.Assessed(answer_id=attempt.answer_id, next_ask=found.follow_up, at=now)
        dated = with_due_date(found, new_cards)
        change = partial(engine.apply, event=event)
        store.finish(owner_id, attempt.answer_id, worker, Outcome(dated, now, change, new_cards, events))

    def _apply(self, owner_id: str, session_id: str, event: engine.Event) -> SessionView:
        store = self._parts.store.get()
        return self._view(owner_id, store.change_session(owner_id, session_id, partial(engine.apply, event=event)))

    def _turn(self, owner_id: str, session_id: str, turn_id: str) -> Turn:
        session = self._parts.store.get().get_session(owner_id, session_id)
        turn = session.find_turn(turn_id)
        if turn is None:
            raise NotFoundError("turn", turn_id, [t.turn_id for t in session.turns])
        return turn

    def _view(self, owner_id: str, session: Session) -> SessionView:
        store = self._parts.store.get()
        attempts = store.list_attempts(owner_id, session_id=session.session_id)
        current = session.current
        return SessionView(
            session=seal_session(session),
            attempts={attempt.turn_id: seal(attempt, session) for attempt in attempts},
            draft=store.find_draft(owner_id, session.session_id, current.turn_id) if current else None,
            backlog=store.backlog(owner_id),
            line=speak(session),
            now=self._parts.clock(),
        )
