"""The figures of the question on prompting, retrieval and tuning, computed. Prices are assumptions, and the question says so."""

import pytest

PRICE = 1e-6  # dollars for a token of input


def calls_to_pay(project, tokens_saved, price):
    return project / (tokens_saved * price)


def test_when_a_shorter_prompt_pays_for_the_training():
    assert calls_to_pay(2, 2000, PRICE) == pytest.approx(1000)  # two dollars are saved by a thousand calls
    assert calls_to_pay(10_000, 2000, PRICE) == pytest.approx(5e6)
    assert calls_to_pay(10_000, 2000, PRICE / 10) == pytest.approx(5e7)  # if the saved tokens came from a cache at a tenth
