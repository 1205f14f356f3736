"""The figures of the question on agents and tools, computed."""

import numpy as np
import pytest


def test_errors_multiply_and_checks_help():
    step, steps, caught = 0.95, 20, 0.8
    assert step**steps == pytest.approx(0.36, abs=0.003)
    repaired = step + (1 - step) * caught * step  # an error that is noticed is tried once more
    assert repaired**steps == pytest.approx(0.79, abs=0.01)
    again = step / (1 - (1 - step) * caught)  # tried again until it works or an error goes unnoticed
    assert again**steps == pytest.approx(0.81, abs=0.01)
    rng = np.random.default_rng(0)
    assert (rng.random((50_000, steps)) < step).all(axis=1).mean() == pytest.approx(0.36, abs=0.01)


def test_a_protocol_turns_a_product_into_a_sum():
    applications, systems = 10, 10
    assert applications * systems == 100
    assert applications + systems == 20


def test_history_is_paid_again_at_every_step():
    steps, tokens = 20, 1000
    history, paid = 0, 0
    for _ in range(steps):
        history += tokens
        paid += history
    assert paid == tokens * steps * (steps + 1) // 2 == 210_000
