"""The figures and claims of the question on leaks of personal data, computed."""

from collections import Counter

import numpy as np
import pytest


def test_misses_add_up_over_mentions():
    recall, mentions = 0.98, 5
    clean = recall**mentions
    assert clean == pytest.approx(0.904, abs=0.0005)
    rng = np.random.default_rng(0)
    letters = (rng.random((100_000, mentions)) < recall).all(axis=1)
    assert 1 - letters.mean() == pytest.approx(0.096, abs=0.004)  # about one in ten shows something


def test_constant_surrogates_keep_the_frequencies():
    """Names as uneven as words (the n-th as often as 1/n); each always replaced by the same random token; matched back by rank alone."""
    rng = np.random.default_rng(1)
    share = 1 / np.arange(1, 201)
    share /= share.sum()
    tokens = rng.permutation(200)
    seen = Counter(tokens[rng.choice(200, size=50_000, p=share)].tolist())
    guessed = [token for token, _ in seen.most_common()]
    right = [guessed[n] == tokens[n] for n in range(5)]  # the five most common names, known from any directory
    assert all(right)
    fresh = Counter(rng.integers(0, 10**9, 50_000).tolist())  # a new token each time: nothing to match
    assert fresh.most_common(1)[0][1] <= 2
