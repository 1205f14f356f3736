"""The figures of the question on licences and the EU AI Act, computed."""

import pytest


def operations(parameters, tokens):
    """6 N D: training a dense model."""
    return 6 * parameters * tokens


def test_fine_tuning_is_far_below_a_third():
    original, tuning = operations(8e9, 15e12), operations(8e9, 100e6)
    assert original == pytest.approx(7.2e23)
    assert tuning == pytest.approx(4.8e18)
    assert 100 * tuning / original < 0.001  # percent
    assert tuning < original / 3


def test_the_threshold_of_systemic_risk():
    """Article 51(2): presumed above 10^25 operations."""
    assert operations(405e9, 15.6e12) > 1e25  # Llama 3.1 405B
    assert operations(70e9, 15e12) < 1e25
