"""What is added to is what is made anew, and nothing that is remembered outlives what the store says."""

from __future__ import annotations

from datetime import timedelta, timezone
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_review_progress import BANK, START, Diary, judged

from greenroom.interview.session import Mode, Session, Setup, Turn
from greenroom.review.past import Entry, Past
from greenroom.review.progress import make_progress
from greenroom.review.seen import SeenSession
from greenroom.store.reviews import _Known

WAYS_TO_STAND = list(product(("drill", "mock", "review"), (None, 3), (True, False), (True, False)))
LATER = START + timedelta(days=30)


def shown(past: Past) -> str:
    return make_progress(BANK, past, (), LATER).model_dump_json()


def anew(entries: list[Entry], sessions: int = 1) -> Past:
    return Past(BANK, LATER.tzinfo).reach(entries, sessions)


answers = st.tuples(
    st.integers(0, 5), st.sampled_from(["hci", "hci-2", "ethics"]), st.sampled_from(["hit missed wrong", "partial hit unscored", None]),
    st.sampled_from([None, 1, 4]), st.booleans(),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(answers, max_size=12), st.data())
def test_added_to_or_made_anew_it_says_the_same(given_: list[tuple[int, str, str | None, int | None, bool]], data: st.DataObject) -> None:
    """In any number of steps, also where answers from between came in, or some went."""
    diary, kept = Diary(), Past(BANK, LATER.tzinfo)
    for day, question_id, verdicts, rating, rated in given_:
        found = judged(verdicts) if verdicts else None
        diary.rehearse(START + timedelta(days=day, minutes=len(diary.sessions)), question_id, (found, rating), rate=rated)
        if diary.attempts and data.draw(st.integers(0, 9)) == 0:
            diary.attempts.pop(data.draw(st.integers(0, len(diary.attempts) - 1)))
        entries = diary.entries()
        kept = kept.reach(entries, len(diary.sessions))
        assert shown(kept) == shown(anew(entries, len(diary.sessions)))


@pytest.fixture
def diary() -> Diary:
    diary = Diary()
    for day in range(4):
        diary.rehearse(START + timedelta(days=day), "hci", (judged("missed hit wrong"), 3))
    return diary


def test_more_answers_are_added_to_the_same(diary: Diary) -> None:
    kept = anew(diary.entries())
    diary.rehearse(START + timedelta(days=9), "ethics", (judged("hit hit hit"), 5))
    assert kept.reach(diary.entries(), 5) is kept and kept.answers == 5
    assert kept.reach(diary.entries(), 5) is kept and kept.answers == 5, "nothing new adds nothing"


@pytest.mark.parametrize("change", ["a rating", "a late judgement", "an erased answer", "an earlier answer", "everything erased"])
def test_a_changed_beginning_is_noticed(diary: Diary, change: str) -> None:
    if change == "a rating":
        diary.rehearse(START, "hci", (judged("hit"), None), rate=False)
    if change == "a late judgement":
        diary.rehearse(START, "hci", (None, 3))
    kept, before = anew(diary.entries()), diary.entries()
    if change == "a rating":
        diary.sessions[-1] = diary.sessions[-1].model_copy(
            update={"turns": tuple(turn.model_copy(update={"self_rating": 2}) for turn in diary.sessions[-1].turns)}
        )
    elif change == "a late judgement":
        diary.attempts[-1] = diary.attempts[-1].model_copy(update={"assessment": judged("hit")})
    elif change == "an erased answer":
        del diary.attempts[1]
    elif change == "an earlier answer":
        diary.rehearse(START - timedelta(days=9), "ethics", (judged("hit"), 3))
    else:
        diary.attempts.clear()
    assert diary.entries() != before
    found = kept.reach(diary.entries(), 4)
    assert found is not kept and shown(found) == shown(anew(diary.entries(), 4)) != shown(kept)


def test_days_are_those_of_the_clock_one_asks_by(diary: Diary) -> None:
    late = Past(BANK, timezone(timedelta(hours=9))).reach(diary.entries(), 4)
    assert late.days != anew(diary.entries()).days


@pytest.mark.parametrize(("mode", "rating", "declined", "ended"), WAYS_TO_STAND)
def test_a_glance_at_a_session_shows_what_the_session_shows(mode: Mode, rating: int | None, declined: bool, ended: bool) -> None:
    turn = Turn(turn_id="t1", kind="question", question_id="hci", ask="?", asked_at=START, self_rating=rating, rating_declined=declined)
    session = Session(session_id="s", setup=Setup(mode=mode), seed=1, started_at=START, ended_at=START if ended else None, turns=(turn,))
    glance = SeenSession.model_validate_json(session.model_dump_json())
    assert glance.shows(glance.turns[0]) is session.may_show_score(turn)


def test_a_glance_that_was_kept_is_never_out_of_date() -> None:
    """Read by what is written: a rating given since is another text."""
    turn = Turn(turn_id="t1", kind="question", question_id="hci", ask="?", asked_at=START)
    open_ = Session(session_id="s", setup=Setup(), seed=1, started_at=START, turns=(turn,))
    rated = open_.model_copy(update={"turns": (turn.model_copy(update={"self_rating": 4}),)})
    glances = _Known(SeenSession.model_validate_json, most=2)
    first = glances.read(open_.model_dump_json())
    assert glances.read(open_.model_dump_json()) is first and not first.asked["t1"].shown
    assert glances.read(rated.model_dump_json()).asked["t1"] == ("question", None, 4, True)
    for n in range(5):
        body = open_.model_copy(update={"session_id": f"s{n}"}).model_dump_json()
        assert glances.read(body) == SeenSession.model_validate_json(body) and len(glances._kept) <= 2
    assert not any(isinstance(each, str) for each in glances._kept), "no text is kept, only its mark"
