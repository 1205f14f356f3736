"""``room.interview``: rehearsing. Each method loads, calls the pure engine, saves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from greenroom.assess.assessment import Assessment
from greenroom.bank.question import Question
from greenroom.errors import ConflictError, NotFoundError, TooLargeError, enough_memory
from greenroom.interview import engine
from greenroom.interview.attempt import Attempt, Dispute, Submission
from greenroom.interview.course import cv
from greenroom.interview.course.chase import needs_of
from greenroom.interview.course.clock import time_of, told
from greenroom.interview.course.rounds import complete
from greenroom.interview.feedback.written import write_report
from greenroom.interview.report import Report, make_report
from greenroom.interview.session import Need, Session, Setup, Turn, Way
from greenroom.interview.voices.cast import CAST
from greenroom.interview.wording.brief import BEYOND
from greenroom.paper.forms import Form, Paper, to_paper
from greenroom.review.schedule import schedule
from greenroom.room.answer import (
    aim_of,
    check_objection,
    check_submission,
    check_text,
    hold,
    new_attempt,
    remembered,
    with_due_date,
    with_fit,
)
from greenroom.room.hosting import beside, plans, words
from greenroom.room.own.company import situation_of, taken_there
from greenroom.room.own.stories import StoryRoom
from greenroom.room.parts import Parts
from greenroom.room.queue import LEASE_SECONDS, AssessmentQueue
from greenroom.room.review import find_cards
from greenroom.room.views import Receipt, SessionView, may_show, seal, seal_session, spoken
from greenroom.voice.doubt import as_heard

DRAFT_LIMIT_FACTOR = 5
TOO_LONG = "Keep what answers the question: nobody listens for an hour. Until you do, all of it is kept as your draft."
"""A draft may be longer than an answer: nobody loses text for being over the limit."""


class InterviewRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        # A judge that is waited for must not look like a worker that died.
        lease = LEASE_SECONDS + parts.settings.judge_wait
        self.queue = AssessmentQueue(parts.store.get, self.assess, self._knows, parts.clock, parts.new_id(), lease)

    def close(self) -> None:
        """Finish what is being assessed; what waits stays in the store."""
        self.queue.stop()

    def now(self) -> datetime:
        """The room's clock."""
        return self._parts.clock()

    def start(self, owner_id: str, setup: Setup) -> SessionView:
        """Plan and open a session. Raises NotFoundError for unknown ids, InputError when nothing fits."""
        store, now, seed = self._parts.store.get(), self._parts.clock(), self._parts.new_seed()
        store.ensure_owner(owner_id, now)
        setup = complete(setup)
        session = engine.start(self._parts.new_id(), setup, plans.make(self._parts, owner_id, setup, seed), seed, now)
        store.save_session(owner_id, session)
        return self.get(owner_id, session.session_id)

    def next_ask(self, owner_id: str, question_id: str) -> str:
        """How this question would be put now. Raises NotFoundError."""
        return plans.make(self._parts, owner_id, Setup(question_ids=(question_id,)), 0)[0].ask

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
        try:
            check_submission(submission, self._parts.settings.answer_limit)
        except TooLargeError as error:
            self.draft(owner_id, session_id, submission.turn_id, submission.text)  # it must not hang on a window being open
            raise TooLargeError(error.message, TOO_LONG) from error
        store, now = self._parts.store.get(), self._parts.clock()
        session, turn = self._session_and_turn(owner_id, session_id, submission.turn_id)
        attempt = new_attempt(session, turn, submission, now)
        event = engine.Answered(turn_id=turn.turn_id, answer_id=attempt.answer_id, at=now)
        limit = self._parts.settings.backlog_limit
        try:
            stored, _, is_new = store.add_answer(owner_id, attempt, lambda session: engine.apply(session, event), limit)
        except ConflictError as error:
            raise beside.keep_other(store, owner_id, attempt, error) from error
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

    def redo(self, owner_id: str, session_id: str, turn_id: str, way: Way | None = None) -> SessionView:
        """``way``: to be said so this time."""
        return self._apply(owner_id, session_id, engine.RedoTaken(turn_id=turn_id, at=self._parts.clock(), way=way))

    def next(self, owner_id: str, session_id: str, after: str | None = None) -> SessionView:
        """``after``: the turn the person was looking at; a late repetition then passes over nothing."""
        return self._apply(owner_id, session_id, engine.NextTaken(at=self._parts.clock(), after=after))

    def end(self, owner_id: str, session_id: str) -> SessionView:
        return self._apply(owner_id, session_id, engine.Ended(at=self._parts.clock()))

    def pause(self, owner_id: str, session_id: str) -> SessionView:
        """The clock stands still until somebody answers, skips, goes on or resumes."""
        return self._apply(owner_id, session_id, engine.Paused(at=self._parts.clock()))

    def resume(self, owner_id: str, session_id: str) -> SessionView:
        return self._apply(owner_id, session_id, engine.Resumed(at=self._parts.clock()))

    def think(self, owner_id: str, session_id: str, turn_id: str) -> SessionView:
        """ "Let me think": the interviewer waits, and says so."""
        return self._apply(owner_id, session_id, engine.ThinkingTaken(turn_id=turn_id, at=self._parts.clock()))

    def word(self, owner_id: str, session_id: str) -> SessionView:
        """The open question in a connected model's words, or with a note why the authored ones stand; waits for the model."""
        store, host = self._parts.store.get(), self._parts.host.get()
        session = store.get_session(owner_id, session_id)
        turn = words.to_word(session) if host else None
        if host is None or turn is None:
            return self._view(owner_id, session)
        attempts, question = store.list_attempts(owner_id, session_id=session_id), self._parts.bank.get().find(turn.question_id)
        wording = words.word(host, session, turn, attempts, question)
        return self._apply(owner_id, session_id, engine.Worded(turn_id=turn.turn_id, wording=wording))

    def draft(self, owner_id: str, session_id: str, turn_id: str, text: str) -> datetime:
        """Keep what has been typed so far; returns when it was kept."""
        check_text(text, self._parts.settings.answer_limit * DRAFT_LIMIT_FACTOR)
        now = self._parts.clock()
        turn = self._turn(owner_id, session_id, turn_id)
        if not turn.open:
            raise ConflictError("This question is answered or skipped already.", "Copy what you typed: it is not kept as a draft.")
        store = self._parts.store.get()
        beside.keep_earlier(store, owner_id, session_id, turn_id, text, now)
        if not store.put_draft(owner_id, session_id, turn_id, text, now):
            raise ConflictError("This question was answered just now.", "Copy what you typed: it is not kept as a draft.")
        self._apply_quietly(owner_id, session_id, engine.Typed(turn_id=turn_id, at=now, words=bool(text.strip())))
        return now

    def report(self, owner_id: str, session_id: str) -> Report:
        """The debrief. Scores that may not be shown yet are left out of it."""
        store, bank = self._parts.store.get(), self._parts.bank.get()
        session = store.get_session(owner_id, session_id)
        attempts = [seal(attempt, session) for attempt in store.list_attempts(owner_id, session_id=session_id)]
        questions = {q.id: q for turn in session.turns if (q := bank.find(turn.question_id))}
        disputes = [dispute for attempt in attempts for dispute in store.list_disputes(owner_id, attempt.answer_id)]
        return make_report(session, attempts, questions, disputes)

    def paper(self, owner_id: str, session_id: str, form: Form) -> Paper:
        """The debrief to take along: one HTML file, Markdown, or the report as JSON. It holds no more than ``report`` shows."""
        found = self.report(owner_id, session_id)
        return to_paper(write_report(found), found, f"greenroom-{found.mode}-{found.started_at:%Y-%m-%d}", form)

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
        check_objection(view)
        store = self._parts.store.get()
        attempt = store.get_attempt(owner_id, answer_id)
        if not may_show(attempt, store.get_session(owner_id, attempt.session_id)):
            raise ConflictError("There is no verdict to dispute yet.", "First rate the answer yourself; in a mock, finish it.")
        found = attempt.assessment
        targets = [*(p.id for p in found.points), *(m.id for m in found.misconceptions)] if found else []
        if target not in targets:
            raise NotFoundError("verdict", target, targets, f"One of: {', '.join(targets)}.")
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
        """The queue's work. A failure belongs to the answer; the interview does not wait for it."""
        try:
            with enough_memory():
                self._assess(owner_id, attempt, worker)
        except Exception:
            self._apply_quietly(owner_id, attempt.session_id, engine.Unjudged(answer_id=attempt.answer_id, at=self._parts.clock()))
            raise

    def _knows(self, question_id: str) -> bool:
        return self._parts.bank.get().find(question_id) is not None

    def _assess(self, owner_id: str, attempt: Attempt, worker: str) -> None:
        """Assess one stored answer; store the outcome, the next step and the review cards in one go."""
        from greenroom.store.store import Outcome  # loads SQLAlchemy, which is loaded by now

        store, now = self._parts.store.get(), self._parts.clock()
        question = self._parts.bank.get().get(attempt.question_id)
        rubric = question.point_rubric(attempt.point_id, attempt.ask) if attempt.point_id else question.rubric(attempt.form)
        session, turn = self._session_and_turn(owner_id, attempt.session_id, attempt.turn_id)
        found = hold(self._parts.assessor.get(), rubric, attempt.text, cv.asked_of(session, turn))
        profile = store.get_profile(owner_id)
        if attempt.point_id is None:
            found = with_fit(found, attempt.text, situation_of(self._parts, owner_id, profile), attempt.ask)
        found = as_heard(found, attempt.text, store.list_takes(owner_id, attempt.session_id, attempt.turn_id))
        if attempt.point_id == BEYOND:
            found = words.unjudged(found)
        before = self._gone_back(owner_id, session, turn)
        kept = remembered(turn, found)
        cards = find_cards(self._parts, owner_id, [f"{question.id}/{point.id}" for point in kept.points])
        new_cards, events = schedule(cards, question.id, kept, attempt.answer_id, now, profile.interview_on)
        aim = aim_of(turn, attempt.text, found, before, question)
        needs = needs_of(rubric, found, attempt.text) or self._beyond(owner_id, attempt, found, question)
        needs = taken_there(self._parts, owner_id, profile, found, needs)
        event = engine.Assessed(answer_id=attempt.answer_id, next_ask=found.follow_up, at=now, aim=aim, needs=needs)
        dated = with_due_date(found, new_cards)
        store.finish(owner_id, attempt.answer_id, worker, Outcome(dated, now, partial(engine.apply, event=event), new_cards, events))
        StoryRoom(self._parts).note(owner_id, attempt)

    def _beyond(self, owner_id: str, attempt: Attempt, found: Assessment, question: Question) -> tuple[Need, ...]:
        host = self._parts.host.get()
        if host is None:
            return ()
        return words.beyond(host, self._parts.store.get().get_session(owner_id, attempt.session_id), attempt, found, question)

    def _apply_quietly(self, owner_id: str, session_id: str, event: engine.Event) -> None:
        self._parts.store.get().change_session(owner_id, session_id, partial(engine.apply, event=event))

    def _apply(self, owner_id: str, session_id: str, event: engine.Event) -> SessionView:
        store = self._parts.store.get()
        return self._view(owner_id, store.change_session(owner_id, session_id, partial(engine.apply, event=event)))

    def _turn(self, owner_id: str, session_id: str, turn_id: str) -> Turn:
        return self._session_and_turn(owner_id, session_id, turn_id)[1]

    def _session_and_turn(self, owner_id: str, session_id: str, turn_id: str) -> tuple[Session, Turn]:
        session = self._parts.store.get().get_session(owner_id, session_id)
        turn = session.find_turn(turn_id)
        if turn is None:
            raise NotFoundError("turn", turn_id, [t.turn_id for t in session.turns])
        return session, turn

    def _gone_back(self, owner_id: str, session: Session, turn: Turn) -> Assessment | None:
        """How the answer was judged that this turn says again."""
        said = session.find_turn(turn.redo_of) if turn.redo_of else None
        return self._parts.store.get().get_attempt(owner_id, said.answer_id).assessment if said and said.answer_id else None

    def _view(self, owner_id: str, session: Session) -> SessionView:
        store = self._parts.store.get()
        attempts = store.list_attempts(owner_id, session_id=session.session_id)
        current = session.current
        return SessionView(
            session=seal_session(session),
            attempts={attempt.turn_id: seal(attempt, session) for attempt in attempts},
            draft=store.find_draft(owner_id, session.session_id, current.turn_id) if current else None,
            backlog=store.backlog(owner_id),
            line=spoken(session),
            by=CAST[session.turns[-1].by],
            to_word=self._parts.host.get() is not None and words.to_word(session) is not None,
            beside=beside.kept_beside(store, owner_id, session.session_id, [turn.turn_id for turn in session.turns]),
            told=tuple(told(session)),
            now=time_of(session, self._parts.clock()),
        )
