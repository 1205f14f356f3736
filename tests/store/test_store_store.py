"""What is kept comes back, to its owner only; on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import OWNER, answered, at, judge, make_assessment, make_attempt, make_card, make_event, make_session, submit

from greenroom.errors import BacklogFullError, ConflictError, InputError, NotFoundError, TooLargeError
from greenroom.interview.attempt import Dispute
from greenroom.interview.session import Session
from greenroom.prep.profile import Profile
from greenroom.store.schema import HEAD
from greenroom.store.store import Outcome, Store

STRANGE = [
    "",
    " ",
    "\r\n\t\x1b[31m",
    "a\u0301 e\u0302",
    "\u202eabc\u202c שלום",
    "👩‍👩‍👧‍👦 \U0010ffff",
    "\ufeff\ufffe\uffff",
    "'; DROP TABLE answers;--",
    "\\u0000",
    "%s {} :x ?",
]


def test_session_comes_back_equal(store: Store) -> None:
    session = make_session(turns=3)
    store.save_session(OWNER, session)
    assert store.get_session(OWNER, "s1") == session
    assert store.find_session(OWNER, "none") is None


def test_unknown_session_names_the_nearest(store: Store) -> None:
    store.save_session(OWNER, make_session("session-one"))
    with pytest.raises(NotFoundError) as caught:
        store.get_session(OWNER, "session-on")
    assert caught.value.nearest == ["session-one"]


def test_sessions_are_listed_newest_first(store: Store) -> None:
    for number in (2, 0, 1):
        store.save_session(OWNER, make_session(f"s{number}", started=number))
    assert [session.session_id for session in store.list_sessions(OWNER, limit=2)] == ["s2", "s1"]


def test_change_that_fails_changes_nothing(store: Store) -> None:
    store.save_session(OWNER, make_session())

    def change(session: Session) -> Session:
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        store.change_session(OWNER, "s1", change)
    with pytest.raises(ConflictError):
        store.add_answer(OWNER, make_attempt(), change, 10)
    assert store.get_session(OWNER, "s1") == make_session()
    assert store.find_attempt(OWNER, "a0") is None and store.backlog() == 0


def test_answer_is_stored_once(store: Store) -> None:
    store.save_session(OWNER, make_session())
    store.put_draft(OWNER, "s1", "t0", "It wei", at())
    first, session, is_new = store.add_answer(OWNER, make_attempt(), answered(), 10)
    assert is_new and first == make_attempt() and session.turns[0].answer_id == "a0"
    assert store.find_draft(OWNER, "s1", "t0") is None
    again, session, is_new = store.add_answer(OWNER, make_attempt(), lambda s: pytest.fail("changed"), 10)
    assert not is_new and again == first and session == store.get_session(OWNER, "s1")
    assert store.list_attempts(OWNER) == [first] and store.backlog(OWNER) == 1


@pytest.mark.parametrize("other", [{"text": "Something else."}, {"turn_id": "t1"}])
def test_answer_id_used_for_something_else(store: Store, other: dict[str, str]) -> None:
    store.save_session(OWNER, make_session(turns=2))
    submit(store)
    with pytest.raises(ConflictError):
        store.add_answer(OWNER, make_attempt(**other), answered(), 10)
    assert store.get_attempt(OWNER, "a0").text == make_attempt().text


def test_full_backlog_takes_no_more_and_keeps_the_draft(store: Store) -> None:
    store.save_session(OWNER, make_session(turns=3))
    submit(store)
    store.put_draft(OWNER, "s1", "t1", "typed", at())
    with pytest.raises(BacklogFullError):
        store.add_answer(OWNER, make_attempt("a1", "t1"), answered("a1", "t1"), 1)
    assert store.find_draft(OWNER, "s1", "t1") == "typed" and store.find_attempt(OWNER, "a1") is None
    assert not store.add_answer(OWNER, make_attempt(), answered(), 1)[2]  # a repeat is told of its answer even then


def test_late_draft_of_an_answered_turn_is_dropped(store: Store) -> None:
    store.save_session(OWNER, make_session())
    submit(store)
    store.put_draft(OWNER, "s1", "t0", "old text", at())
    assert store.find_draft(OWNER, "s1", "t0") is None


def test_queue_is_first_come_and_judged_once(store: Store) -> None:
    store.save_session(OWNER, make_session(turns=2))
    submit(store, "a0", "t0")
    submit(store, "a1", "t1")
    claimed = store.claim("w1", at(), 15)
    assert claimed is not None and (claimed[0], claimed[1].answer_id, claimed[1].status) == (OWNER, "a0", "running")
    assert not store.finish(OWNER, "a0", "w2", Outcome(make_assessment(), at(), change=None, cards=[], events=[]))
    change = answered("a0", "t0")
    assert store.finish(OWNER, "a0", "w1", Outcome(make_assessment(), at(9), change=change, cards=[make_card()], events=[make_event()]))
    assert not store.finish(OWNER, "a0", "w1", Outcome(make_assessment(99), at(), change=None, cards=[make_card(due=9)], events=[]))
    done = store.get_attempt(OWNER, "a0")
    assert (done.status, done.assessed_at, done.assessment) == ("done", at(9), make_assessment())
    assert store.list_cards(OWNER) == [make_card()] and store.list_events(OWNER, 10) == [make_event()]
    assert store.backlog() == 1


def test_lost_lease_is_interrupted_and_taken_again(store: Store) -> None:
    store.save_session(OWNER, make_session())
    submit(store)
    store.claim("dead", at(), 15)
    assert store.recover(at(14)) == 0 and store.claim("w2", at(14), 15) is None
    assert store.recover(at(16)) == 1 and store.get_attempt(OWNER, "a0").status == "interrupted"
    assert store.claim("w2", at(16), 15) is not None
    assert not store.finish(OWNER, "a0", "dead", Outcome(make_assessment(), at(17), change=None, cards=[], events=[]))
    assert not store.fail(OWNER, "a0", "dead", "too late", at(17))
    assert store.fail(OWNER, "a0", "w2", "The encoder is missing.", at(17))
    failed = store.get_attempt(OWNER, "a0")
    assert (failed.status, failed.fault, store.backlog()) == ("failed", "The encoder is missing.", 0)


def test_outcome_that_cannot_be_stored_leaves_the_claim(store: Store) -> None:
    store.save_session(OWNER, make_session())
    submit(store)
    store.claim("w", at(), 15)

    def change(session: Session) -> Session:
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        store.finish(OWNER, "a0", "w", Outcome(make_assessment(), at(), change=change, cards=[make_card()], events=[]))
    assert store.get_attempt(OWNER, "a0").status == "running" and store.list_cards(OWNER) == []


def test_attempts_by_session_and_question_latest_last(store: Store) -> None:
    store.save_session(OWNER, make_session(turns=3))
    for number in range(3):
        submit(store, f"a{number}", f"t{number}")
    assert [a.answer_id for a in store.list_attempts(OWNER, limit=2)] == ["a1", "a2"]
    assert len(store.list_attempts(OWNER, session_id="s1", question_id="attention")) == 3
    assert store.recently_asked(OWNER, 2)[::2] == ["attention", "attention"]
    assert store.recently_asked("other") == []
    assert store.list_attempts(OWNER, question_id="training") == [] == store.list_attempts(OWNER, session_id="s2")


def test_cards_by_time_and_by_point(store: Store) -> None:
    store.save_session(OWNER, make_session())
    submit(store)
    judge(store)
    assert store.list_cards(OWNER, due_before=at(59)) == [] and store.list_cards(OWNER, due_before=at(60)) == [make_card()]
    assert store.find_cards(OWNER, ["attention/p1", "attention/p2"]) == {"attention/p1": make_card()} and store.find_cards(OWNER, []) == {}


def test_dispute_stays_beside_the_verdict(store: Store) -> None:
    store.save_session(OWNER, make_session())
    submit(store)
    dispute = Dispute(answer_id="a0", target="p1", view="I did say it.", disputed_at=at())
    store.add_dispute(OWNER, dispute)
    store.add_dispute(OWNER, dispute)
    assert store.list_disputes(OWNER, "a0") == [dispute] and store.list_disputes("other", "a0") == []
    with pytest.raises(NotFoundError):
        store.add_dispute(OWNER, dispute.model_copy(update={"answer_id": "none"}))


def test_profile(store: Store) -> None:
    assert store.get_profile(OWNER) == Profile()
    profile = Profile(role="ML engineer", company="Ältestenrat GmbH", interview_on=date(2025, 4, 1))
    store.save_profile(OWNER, profile)
    assert store.get_profile(OWNER) == profile


def test_another_owners_rows_do_not_exist(store: Store) -> None:
    store.save_session(OWNER, make_session())
    submit(store)
    judge(store)
    store.put_draft(OWNER, "s1", "t9", "mine", at())
    store.ensure_owner("eve", at())
    for call in (
        lambda: store.get_session("eve", "s1"),
        lambda: store.change_session("eve", "s1", lambda s: s),
        lambda: store.get_attempt("eve", "a0"),
        lambda: store.put_draft("eve", "s1", "t0", "x", at()),
        lambda: store.add_answer("eve", make_attempt("a9"), lambda s: s, 10),
        lambda: store.add_dispute("eve", Dispute(answer_id="a0", target="p", view="v", disputed_at=at())),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert store.find_draft("eve", "s1", "t9") is None and store.find_cards("eve", ["attention/p1"]) == {}
    assert store.list_sessions("eve") == store.list_attempts("eve") == store.list_cards("eve") == store.list_events("eve", 9) == []
    store.save_session("eve", make_session())
    assert submit(store, owner_id="eve"), "the same id for another owner is another answer"


@pytest.mark.parametrize("text", STRANGE)
def test_text_is_byte_exact(store: Store, text: str) -> None:
    store.save_session(OWNER, make_session())
    submit(store, text=text)
    store.put_draft(OWNER, "s1", "t1", text, at())
    store.save_profile(OWNER, Profile(role=text[:120]))
    assert store.get_attempt(OWNER, "a0").text == text
    assert store.find_draft(OWNER, "s1", "t1") == text and store.get_profile(OWNER).role == text[:120]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_any_text_is_byte_exact_or_refused(store: Store, text: str) -> None:
    store.save_session(OWNER, make_session())
    try:
        store.put_draft(OWNER, "s1", "t0", text, at())
    except InputError:
        assert "\0" in text or any("\ud800" <= c <= "\udfff" for c in text)
    else:
        assert store.find_draft(OWNER, "s1", "t0") == text


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"])
def test_text_that_cannot_come_back_is_refused_with_a_cure(store: Store, text: str) -> None:
    store.save_session(OWNER, make_session())
    attempt = make_attempt().model_construct(**(make_attempt().model_dump() | {"text": text}))
    profile = Profile.model_construct(role=text, company="", level=None, interview_on=None)
    for call in (
        lambda: store.put_draft(OWNER, "s1", "t0", text, at()),
        lambda: store.add_answer(OWNER, attempt, answered(), 10),
        lambda: store.save_profile(OWNER, profile),
        lambda: store.find_session(OWNER, text),
        lambda: store.find_attempt(text, "a0"),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.hint
    assert store.list_attempts(OWNER) == []


def test_limits_and_times_without_a_zone_are_refused(store: Store) -> None:
    with pytest.raises(TooLargeError):
        store.find_session(OWNER, "x" * 201)
    with pytest.raises(TooLargeError):
        store.save_profile(OWNER, Profile.model_construct(role="x" * 8_000_001, company="", level=None, interview_on=None))
    with pytest.raises(InputError):
        store.ensure_owner(OWNER, datetime(2025, 1, 1))  # noqa: DTZ001
    zoned = datetime(2025, 1, 1, 1, 0, 0, 1, tzinfo=timezone(timedelta(hours=9)))
    store.save_session(OWNER, make_session().model_copy(update={"started_at": zoned}))
    assert store.get_session(OWNER, "s1").started_at == zoned


def test_opening_again_finds_everything(url: str) -> None:
    store = Store.open(url)
    store.save_session(OWNER, make_session())
    submit(store)
    store.close()
    store = Store.open(url, create=False)
    assert store.get_attempt(OWNER, "a0").text == make_attempt().text and store.integrity() == "ok"
    facts = store.facts()
    assert facts["answers"] == 1 and facts["schema"] == HEAD
    store.close()


def test_a_draft_of_an_answered_turn_is_not_kept_and_says_so(store: Store) -> None:
    store.save_session(OWNER, make_session(turns=2))
    submit(store)
    assert store.put_draft(OWNER, "s1", "t0", "late", at()) is False and store.find_draft(OWNER, "s1", "t0") is None
    assert store.put_draft(OWNER, "s1", "t1", "early", at()) is True


def test_views_on_one_answer_have_an_end(store: Store) -> None:
    store.save_session(OWNER, make_session(turns=2))
    submit(store)
    submit(store, "a1", "t1")
    views = [Dispute(answer_id="a0", target="p1", view=f"View {n}.", disputed_at=at(n)) for n in range(21)]
    for view in views[:20]:
        store.add_dispute(OWNER, view)
    with pytest.raises(ConflictError) as caught:
        store.add_dispute(OWNER, views[20])
    assert caught.value.hint and len(store.list_disputes(OWNER, "a0")) == 20
    store.add_dispute(OWNER, views[19])
    store.add_dispute(OWNER, views[20].model_copy(update={"answer_id": "a1"}))
