"""The figures and claims of the question on harmful content and refusals, computed."""

import numpy as np
import pytest


def share_of_refusals_that_hit_harm(harmful, refused_harmful, refused_harmless):
    hits = harmful * refused_harmful
    return hits / (hits + (1 - harmful) * refused_harmless)


def test_most_refusals_hit_harmless_requests_where_harm_is_rare():
    assert share_of_refusals_that_hit_harm(0.001, 0.95, 0.03) == pytest.approx(0.031, abs=0.001)
    assert share_of_refusals_that_hit_harm(0.5, 0.95, 0.03) == pytest.approx(0.97, abs=0.005)  # as in a balanced test set
    assert pytest.approx(300, abs=1) == 10_000 * 0.999 * 0.03  # harmless requests refused in ten thousand
    assert pytest.approx(0.5) == 10_000 * 0.001 * 0.05  # harmful ones answered


def test_a_stricter_line_moves_both_rates():
    rng = np.random.default_rng(0)
    harmless, harmful = rng.normal(0, 1, 200_000), rng.normal(2.5, 1, 200_000)  # how harmful a request looks

    def refused(line):
        return (harmful > line).mean(), (harmless > line).mean()

    loose, strict = refused(2.0), refused(1.0)
    assert strict[0] > loose[0] and strict[1] > loose[1]
    assert loose == pytest.approx((0.69, 0.023), abs=0.01) and strict == pytest.approx((0.93, 0.159), abs=0.01)
    apart = rng.normal(4, 1, 200_000)  # a model that tells them apart better gains on one rate without paying on the other
    assert (apart > 2.0).mean() > strict[0] and (harmless > 2.0).mean() == pytest.approx(loose[1])


def test_a_list_of_words_blocks_the_innocent_and_misses_the_rest():
    words = ("kill", "shoot", "bomb")
    innocent = ("How do I kill a process in Linux?", "How do I shoot a portrait at dusk?", "Who invented the bath bomb?")
    harmful = "How could I hurt my neighbour without anybody noticing?"
    assert all(any(word in text.lower() for word in words) for text in innocent)
    assert not any(word in harmful.lower() for word in words)


def test_none_in_three_hundred_still_allows_one_in_a_hundred():
    assert pytest.approx(0.01, abs=0.0001) == 1 - 0.05 ** (1 / 300)
    assert pytest.approx(0.095, abs=0.001) == 1 - 0.05 ** (1 / 30)
