"""The figures and claims of the question on scaling laws, computed.

The law is the refitted one of Besiroglu et al. 2024 (equation of their section 3): L = E + A / N^alpha + B / D^beta.
"""

import numpy as np
import pytest

E, A, B, ALPHA, BETA = 1.8172, 482.01, 2085.43, 0.3478, 0.3658


def loss(parameters, tokens):
    return E + A / parameters**ALPHA + B / tokens**BETA


def tokens_for(parameters, wanted):
    """Tokens with which a model of this size reaches the loss."""
    return (B / (wanted - E - A / parameters**ALPHA)) ** (1 / BETA)


def best(compute):
    """(parameters, tokens) of the lowest loss for a training budget of 6ND operations, found by trying."""
    sizes = np.geomspace(1e7, 1e13, 40_000)
    losses = loss(sizes, compute / (6 * sizes))
    size = sizes[losses.argmin()]
    return size, compute / (6 * size)


def test_ten_times_more_shrinks_each_part_by_a_little_over_two():
    assert pytest.approx(2.2, abs=0.05) == 10**ALPHA
    assert pytest.approx(2.3, abs=0.05) == 10**BETA


def test_chinchilla_and_gopher_cost_about_the_same():
    chinchilla, gopher = 6 * 70e9 * 1.4e12, 6 * 280e9 * 300e9
    assert chinchilla / gopher == pytest.approx(1, abs=0.2)
    assert loss(70e9, 1.4e12) < loss(280e9, 300e9)


def test_the_refitted_law_wants_about_twenty_tokens_a_parameter():
    size, tokens = best(6 * 70e9 * 1.4e12)
    assert 15 < tokens / size < 30
    bigger, more = best(100 * 6 * 70e9 * 1.4e12)
    assert bigger / size == pytest.approx(10, rel=0.1)  # both grow about as the root of the budget
    assert more / tokens == pytest.approx(10, rel=0.1)


def test_half_the_size_for_the_same_loss():
    wanted = loss(70e9, 1.4e12)
    tokens = tokens_for(35e9, wanted)
    assert loss(35e9, tokens) == pytest.approx(wanted)
    assert tokens / 1.4e12 == pytest.approx(2.6, abs=0.05)
    assert 35e9 * tokens / (70e9 * 1.4e12) == pytest.approx(1.3, abs=0.03)  # training; each token served costs half
    served = np.array([0, 1e12, 1e13, 1e14])
    small, large = 6 * 35e9 * tokens + 2 * 35e9 * served, 6 * 70e9 * 1.4e12 + 2 * 70e9 * served
    assert (small > large).tolist() == [True, True, False, False]  # enough use makes the smaller one cheaper


def test_llama_3_8b_saw_1900_tokens_a_parameter():
    ratio = 15e12 / 8.03e9
    assert ratio == pytest.approx(1_900, rel=0.03)
    assert ratio / 20 == pytest.approx(93, abs=1)


def test_a_smooth_rise_looks_sudden_in_an_all_or_nothing_score():
    assert pytest.approx(0.11, abs=0.005) == 0.8**10
    assert pytest.approx(0.60, abs=0.005) == 0.95**10


def test_a_budget_of_1e22():
    size = (1e22 / (6 * 20)) ** 0.5
    assert size == pytest.approx(9.1e9, abs=0.05e9)
    assert 20 * size == pytest.approx(1.8e11, rel=0.02)
    longer = 1e22 / (6 * 3e9)
    assert longer == pytest.approx(556e9, rel=0.001)
    assert longer / 3e9 == pytest.approx(185, abs=1)
    days = 1e22 / (0.4 * 989e12) / 86_400  # on one H100 at 40 percent
    assert days == pytest.approx(293, abs=1)
