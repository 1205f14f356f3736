"""The figures and claims of the question on faithfulness, computed."""

import pytest

PASSAGES = {"fee": "12 euros", "delivery": "monday"}  # what the search found: the fee is out of date
TRUTH = {"fee": "14 euros", "delivery": "monday", "return": "30 days"}


def judged(answer):
    """(faithful, correct) for each claim of an answer."""
    return {key: (PASSAGES.get(key) == value, TRUTH.get(key) == value) for key, value in answer.items()}


def test_faithful_and_correct_are_two_tables():
    found = judged({"fee": "12 euros", "delivery": "monday", "return": "30 days"})
    assert found == {"fee": (True, False), "delivery": (True, True), "return": (False, True)}
    assert judged({"delivery": "tuesday"})["delivery"] == (False, False)  # all four combinations occur


def test_saying_little_is_perfectly_faithful():
    def faithful(answer):
        return sum(f for f, _ in judged(answer).values()) / len(answer)

    def complete(answer):
        return sum(answer.get(key) == value for key, value in TRUTH.items()) / len(TRUTH)

    short, full = {"delivery": "monday"}, {"fee": "14 euros", "delivery": "monday", "return": "30 days"}
    assert faithful(short) == 1 and complete(short) == pytest.approx(1 / 3)
    assert faithful(full) < 1 and complete(full) == 1


def test_most_alarms_can_be_false():
    unsupported, found, false_alarm = 0.05, 0.8, 0.05
    right = unsupported * found
    wrong = (1 - unsupported) * false_alarm
    assert right / (right + wrong) == pytest.approx(0.46, abs=0.005)
    reported = 1 - right - wrong  # the score on the dashboard, against a truth of 0.95
    assert reported == pytest.approx(0.9125)


def test_claims_and_answers():
    assert pytest.approx(0.82, abs=0.003) == 0.98**10
    assert pytest.approx(0.60, abs=0.003) == 0.95**10
    clustered = [[False] * 10] * 5 + [[True] * 10] * 95  # the same five percent, all in five answers
    assert sum(map(sum, clustered)) / 1000 == 0.95
    assert sum(all(claims) for claims in clustered) / 100 == 0.95
