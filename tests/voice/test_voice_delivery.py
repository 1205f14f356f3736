"""Figures of delivery from words with times: known by construction, and the same whatever a voice sounds like."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from greenroom.voice.delivery import ENOUGH_RECALL, RECALL, SHOWN, band_of, deliver
from greenroom.voice.heard import Span, Take, Word, fitted

AT = datetime(2025, 3, 1, tzinfo=UTC)


def take(words: list[Word], take_id: str = "a" * 32) -> Take:
    return Take(take_id=take_id, session_id="s", turn_id="t", begun_at=AT, seconds=600, recogniser="x", words=tuple(words))


def evenly(text: str, start: float = 0.0, step: float = 0.4) -> list[Word]:
    """A word every ``step`` seconds, without a gap."""
    return [
        Word(text=f" {word}", start=round(start + n * step, 3), end=round(start + (n + 1) * step, 3), probability=0.9)
        for n, word in enumerate(text.split())
    ]


def test_pace_in_windows_of_half_a_minute() -> None:
    slow, quick = evenly("word " * 50, step=0.6), evenly("word " * 100, start=30.0, step=0.3)
    found = deliver([take(slow + quick)])
    assert found is not None
    assert [(w.start, w.end, w.words_a_minute, w.band) for w in found.windows] == [(0, 30, 100, "measured"), (30, 60, 200, "fast")]
    assert (found.words, found.words_a_minute, found.seconds) == (150, 150, 60.0)


def test_a_short_rest_belongs_to_the_window_before_it() -> None:
    found = deliver([take(evenly("word " * 95))])
    assert found is not None and [(w.start, w.end, w.words_a_minute) for w in found.windows] == [(0, 38, 150)]


def test_pauses_and_the_longest_monologue() -> None:
    words = evenly("one " * 20) + evenly("two " * 40, start=10.0) + evenly("three " * 10, start=26.9)
    found = deliver([take(words)])
    assert found is not None
    assert found.pauses == (Span(8.0, 10.0),)  # 0.9 seconds later on is none
    assert found.monologue == Span(10.0, 30.9) and found.speech == (Span(0.0, 8.0), Span(10.0, 30.9))


def test_fillers_and_hedges_stand_where_they_were_said() -> None:
    text = "so you know it is sort of a table and I think maybe that you know helps with the rest of it all"
    found = deliver([take(evenly(text, step=0.5))])
    assert found is not None
    assert [(p.kind, p.text, p.at) for p in found.places] == [
        ("filler", "you know", 0.5), ("filler", "sort of", 2.5), ("hedge", "i think", 5.0), ("hedge", "maybe", 6.0),
        ("filler", "you know", 7.0),
    ]  # fmt: skip
    count = len(text.split())
    assert found.a_hundred == {"filler": round(300 / count, 1), "hedge": round(200 / count, 1)}


def test_what_recognisers_drop_is_not_counted() -> None:
    """A figure that is three times too small is worse than none."""
    assert RECALL["hesitation"] < ENOUGH_RECALL and "hesitation" not in SHOWN
    found = deliver([take(evenly("um " * 30))])
    assert found is not None and found.places == () and "hesitation" not in found.a_hundred


def test_between_two_takes_nothing_is_measured() -> None:
    found = deliver([take(evenly("one " * 20, start=1.0)), take(evenly("two " * 20, start=3.0), "b" * 32)])
    assert found is not None
    assert found.pauses == () and found.breaks == (8.25,) and found.words_a_minute == 150
    assert [round(w.start, 1) for w in found.windows] == [0.0, 8.5]


def test_too_little_has_no_figures() -> None:
    assert deliver([]) is None
    assert deliver([take(evenly("word " * 19))]) is None
    assert deliver([take(evenly("word " * 25, step=0.3))]) is None


@pytest.mark.parametrize(
    ("pace", "band"), [(0, "slow"), (99.9, "slow"), (100, "measured"), (150, "conversational"), (199, "brisk"), (500, "fast")]
)
def test_bands(pace: float, band: str) -> None:
    assert band_of(pace) == band


def test_words_are_pulled_out_of_the_silences_they_reach_into() -> None:
    """A recogniser stretches a word over the pause beside it; the detector of speech knows better."""
    speech = (Span(0.0, 2.0), Span(5.0, 8.0))
    words = [
        Word(text=" before", start=1.5, end=5.0, probability=1), Word(text=" after", start=2.4, end=5.6, probability=1),
        Word(text=" over", start=1.9, end=6.5, probability=1), Word(text=" inside", start=6.0, end=6.4, probability=1),
    ]  # fmt: skip
    assert [(w.start, w.end) for w in fitted(words, speech)] == [(1.5, 2.0), (5.0, 5.6), (5.0, 6.5), (6.0, 6.4)]
