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
    """1,000 callers fail at the same moment; a service takes 100 attempts in a tenth of a second."""
    draw = random.Random(0)
    fixed, fixed_end = peak(1_000, lambda attempt: 10 * 2 ** min(attempt, 5))
    jitter, jitter_end = peak(1_000, lambda attempt: draw.randint(1, 10 * 2 ** min(attempt, 5)))
    assert fixed == 1_000  # all of them again at once
    assert jitter == pytest.approx(120, abs=15)
    assert fixed_end == pytest.approx(1_900, abs=20)  # tenths
    assert jitter_end < 40


def test_a_breaker_saves_waiting():
    calls, timeout, trip, probe = 600, 30, 5, 30  # ten minutes of outage, one call a second, timeout 30 s, opens after 5 failures
    without = calls * timeout
    probes = 600 // probe
    with_breaker = (trip + probes) * timeout
    assert without == 18_000  # seconds spent waiting by callers
    assert with_breaker == 750
    assert 1 - with_breaker / without == pytest.approx(0.96, abs=0.005)


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
