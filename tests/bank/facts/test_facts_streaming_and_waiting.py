"""The figures of the question on streaming and waiting, computed."""

import numpy as np
import pytest

WORDS_A_MINUTE = 238  # silent reading of English non-fiction, Brysbaert 2019
TOKENS_A_WORD = 4 / 3  # a common rule of thumb for English


def reading(words=WORDS_A_MINUTE):
    return words * TOKENS_A_WORD / 60


def test_reading_speed_in_tokens():
    assert reading() == pytest.approx(5.3, abs=0.05)
    assert reading(175) == pytest.approx(3.9, abs=0.05) and reading(300) == pytest.approx(6.7, abs=0.05)
    assert pytest.approx(4.1, abs=0.05) == 183 * TOKENS_A_WORD / 60  # reading aloud


def done_reading(first, speed, tokens, streamed):
    """Seconds until the last word is read, by somebody who reads as fast as the text allows."""
    arrives = first + np.arange(1, tokens + 1) / speed
    if not streamed:
        return arrives[-1] + tokens / reading()
    read = 0.0
    for moment in arrives:
        read = max(read, moment) + 1 / reading()
    return read


def test_streaming_gives_back_the_time_of_writing():
    whole = done_reading(1.0, 30, 400, streamed=False)
    shown = done_reading(1.0, 30, 400, streamed=True)
    assert pytest.approx(14.3, abs=0.05) == 1.0 + 400 / 30  # nothing to see until then
    assert whole - shown == pytest.approx(13.3, abs=0.1)
    assert shown == pytest.approx(1.0 + 400 / reading(), abs=0.3)


def test_beyond_reading_speed_faster_writing_helps_a_reader_little():
    times = {speed: done_reading(1.0, speed, 400, streamed=True) for speed in (3, 6, 30, 120)}
    assert times[3] == pytest.approx(134.5, abs=0.5)
    assert times[6] - times[120] < 0.5
    for speed in (30, 120):  # but somebody who skims, or a program, waits for the end
        assert 1.0 + 400 / speed == pytest.approx({30: 14.3, 120: 4.3}[speed], abs=0.05)


def test_stopping_early_saves_what_was_not_written():
    tokens, speed, stopped = 800, 50, 3.0
    assert stopped * speed / tokens == pytest.approx(0.19, abs=0.005)
    assert 1 - stopped * speed / tokens == pytest.approx(0.81, abs=0.005)


def test_a_buffer_hides_stalls():
    """Text in bursts: 30 tokens at once every two seconds, shown as it comes, or at fifteen a second from two seconds later."""
    bursts = np.repeat(np.arange(2.0, 32.0, 2.0), 30)
    raw = np.diff(bursts)
    even = 4.0 + np.arange(len(bursts)) / 15
    assert (even >= bursts).all()  # nothing is shown before it has arrived
    assert raw.max() == pytest.approx(2.0) and np.diff(even).max() == pytest.approx(1 / 15)
