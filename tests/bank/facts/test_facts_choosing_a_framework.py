"""The figures and claims of the question on choosing a framework."""

import numpy as np
import pytest
from tokenizers import pre_tokenizers


def steps_a_second(weights_gb, bandwidth_gb, users=1, kept_gb=0.0):
    """Decoding is bound by what each step reads: all weights once, and what is kept of each user's text."""
    return bandwidth_gb / (weights_gb + users * kept_gb)


def test_the_hardware_and_the_number_of_users_decide():
    """8 billion weights; a card of 3,350 GB/s, a laptop of 100 GB/s (assumed); upper bounds by memory alone."""
    kept = 2_000 * 128 * 1024 / 1e9  # 2,000 tokens at 128 KiB each, the shape of Llama 3 8B
    alone = steps_a_second(16, 3_350, 1, kept)
    together = 32 * steps_a_second(16, 3_350, 32, kept)
    laptop = steps_a_second(4.9, 100, 1, kept)
    assert kept == pytest.approx(0.262, abs=0.001)
    assert alone == pytest.approx(206, abs=1)
    assert together == pytest.approx(4_396, abs=5)
    assert together / alone == pytest.approx(21.3, abs=0.1)
    assert laptop == pytest.approx(19.4, abs=0.1)


ENGINES = {"one": {1: 60, 32: 300}, "many": {1: 45, 32: 1_400}}
"""Tokens a second in all, by users at once: a constructed example of two engines."""


def test_the_faster_engine_changes_with_the_load():
    assert ENGINES["one"][1] > ENGINES["many"][1]
    assert ENGINES["one"][32] < ENGINES["many"][32]
    assert ENGINES["many"][32] / 32 == pytest.approx(43.75)  # for each user still nearly what one alone had


def summed(values, parts):
    """The same numbers, added in so many parts and then the parts, in single precision."""
    return np.float32(sum((chunk.sum(dtype=np.float32) for chunk in np.split(values, parts)), np.float32(0)))


def test_the_order_of_adding_changes_the_sum():
    values = np.random.default_rng(0).standard_normal(4_096).astype(np.float32)
    sums = {float(summed(values, parts)) for parts in (1, 4, 32)}
    assert len(sums) > 1
    assert max(sums) - min(sums) < 1e-3
    big, small = np.float32(2**24), np.float32(1)
    assert (big + small) + small != big + (small + small)


def test_a_last_digit_can_turn_the_text():
    """A rival that is level, and a sum of three numbers: another order of adding makes another token the likeliest."""
    big, small = np.float32(2**24), np.float32(1)
    rival = big
    assert int(np.argmax([rival, (big + small) + small])) == 0  # each single one is lost
    assert int(np.argmax([rival, big + (small + small)])) == 1


def likely(logits, share):
    """How many tokens remain when the likeliest are kept up to this share of the probability."""
    chances = np.sort(np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum())[::-1]
    return int(np.searchsorted(np.cumsum(chances), share) + 1)


def test_the_same_settings_in_another_order_keep_other_tokens():
    """Temperature 1.5 and top-p 0.9: temperature first, or the cut first."""
    logits = np.array([4.0, 3.0, 2.0, 1.0, 0.0, -1.0, -2.0])
    assert (likely(logits / 1.5, 0.9), likely(logits, 0.9)) == (4, 3)


def test_a_rule_that_a_converter_drops_makes_other_pieces_of_the_same_number():
    with_digits = pre_tokenizers.Digits(individual_digits=True).pre_tokenize_str("2026")
    without = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str("2026")
    assert [piece for piece, _ in with_digits] == ["2", "0", "2", "6"]
    assert [piece for piece, _ in without] == ["2026"]
