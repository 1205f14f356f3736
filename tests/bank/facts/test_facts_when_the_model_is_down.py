"""The figures of the question on what to do when the model is down, reckoned and simulated."""

import random

import pytest

HOURS = 30 * 24


def test_parts_in_a_row_multiply():
    parts = {"gateway": 0.999, "search": 0.999, "model": 0.995, "database": 0.999}
    whole = 1.0
    for share in parts.values():
        whole *= share
    assert whole == pytest.approx(0.992, abs=0.0001)
    assert (1 - whole) * HOURS == pytest.approx(5.7, abs=0.1)  # hours without service in a month
    assert (1 - parts["model"]) * HOURS == pytest.approx(3.6)


def test_a_second_provider_helps_as_far_as_it_fails_alone():
    alone = 0.005
    assert alone * alone * HOURS * 3600 == pytest.approx(65, abs=1)  # seconds a month, if failures had nothing in common
    shared = 0.0005  # a cause that hits both: our own network, our key, our release
    assert (shared + alone * alone) * HOURS * 60 == pytest.approx(22.7, abs=0.1)  # minutes


def test_retries_multiply_over_layers():
    attempts = 4  # the first and three retries
    assert attempts == 4
    assert attempts**2 == 16
    assert attempts**3 == 64


def test_retries_rescue_lone_faults_only():
    assert pytest.approx(0.000125) == 0.05**3  # three attempts, each failing by itself in one of twenty cases
    assert 1.0**3 == 1.0  # in an outage every attempt fails


def test_a_budget_bounds_the_load():
    requests, budget = 1_000, 0.1
    assert requests * 4 == 4_000  # an outage, three retries for each
    assert requests * (1 + budget) == 1_100


def peak(clients, waits, room=100):
    """Attempts in the fullest tenth of a second, and tenths until all are served. The server takes ``room`` a tenth, the rest wait anew."""
    due = dict.fromkeys(range(clients), (0, 0))  # client: (tenth, attempt)
    fullest, tenth = 0, 0
    while due:
        now = [client for client, (when, _) in due.items() if when == tenth]
        if tenth > 0:
            fullest = max(fullest, len(now))
        for place, client in enumerate(now):
            if place < room and tenth > 0:  # at tenth 0 the service is down
                del due[client]
            else:
                attempt = due[client][1]
                due[client] = (tenth + waits(attempt), attempt + 1)
        tenth += 1
    return fullest, tenth


def test_jitter_spreads_the_crowd():
    """1,000 callers fail at the same moment; a service takes 100 attempts in a tenth of a second.

    Assumes that nobody gives up, that a refused attempt costs the service nothing, and that waits stop doubling at 32 seconds. By hand:
    with equal waits a hundred are served each time all come back, so the last at the tenth return.
    """
    draw = random.Random(0)
    fixed, fixed_end = peak(1_000, lambda attempt: 10 * 2 ** min(attempt, 5))
    jitter, jitter_end = peak(1_000, lambda attempt: draw.randint(1, 10 * 2 ** min(attempt, 5)))
    assert fixed == 1_000  # all of them again at once
    assert jitter == pytest.approx(120, abs=15)
    assert fixed_end - 1 == 10 * (1 + 2 + 4 + 8 + 16 + 5 * 32) == 1_910  # tenths
    assert jitter_end < 40


OUTAGE, TIMEOUT, TRIP, PROBE = 600, 30, 5, 30  # seconds; the breaker opens after five timeouts in a row


def wait_for(breaker, after_timeout=True):
    """Seconds that callers wait and the calls sent, event by event.

    Assumes that a call arrives each second from 0 on, that callers do not wait for each other, that no call made during the outage is ever
    answered, and that opening the breaker does not cancel calls under way. A probe is a caller's call, sent alone: 30 s after the last
    failure, or (``after_timeout=False``) every 30 s whether or not the last one has failed yet.
    """
    waiting, sent, failures, probe_at = [], 0, 0, None
    for now in range(OUTAGE):
        while waiting and waiting[0] <= now:  # timeouts first: the breaker knows of them before the next call
            failed = waiting.pop(0)
            failures += 1
            if breaker and failures == TRIP:
                probe_at = failed + PROBE
        if probe_at is not None and now < probe_at:
            continue  # answered at once, the other way
        sent += 1
        waiting.append(now + TIMEOUT)
        if probe_at is not None:
            probe_at = now + (TIMEOUT if after_timeout else 0) + PROBE
    return sent * TIMEOUT, sent


def test_a_breaker_saves_waiting():
    """The simulation against a count by hand, of calls under way at once and of probes."""
    assert wait_for(breaker=False) == (18_000, 600)
    opens = TRIP - 1 + TIMEOUT  # the fifth call is sent at second 4 and times out at second 34
    assert opens == 34  # by then one call a second is waiting or has timed out
    by_hand = opens + len(range(opens + PROBE, OUTAGE, TIMEOUT + PROBE))
    assert by_hand == 34 + 9
    assert wait_for(breaker=True) == (by_hand * TIMEOUT, by_hand) == (1_290, 43)
    assert wait_for(breaker=True, after_timeout=False)[0] == 1_560  # a probe every 30 s, 18 of them
    assert opens * TIMEOUT == 1_020  # no breaker of this kind can do better, even without probes


def test_a_lost_answer_doubles_the_order_without_a_key():
    draw = random.Random(0)
    orders, lost = 10_000, 0.01
    plain, keyed = 0, set()
    for order in range(orders):
        while True:
            plain += 1  # the work is done each time it arrives
            keyed.add(order)
            if draw.random() >= lost:  # and the answer came back
                break
    assert plain - orders == pytest.approx(100, abs=25)
    assert len(keyed) == orders


def test_timeouts_stack_within_a_deadline():
    assert 3 * 30 + 1 + 2 == 93  # three attempts of thirty seconds and the waits between
    assert 93 > 60  # what the page was willing to wait
