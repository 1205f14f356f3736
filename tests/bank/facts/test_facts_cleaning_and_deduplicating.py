"""The figures and claims of the question on cleaning and deduplicating, computed."""

import numpy as np
import pytest

PRIME = 2**31 - 1


def candidate(similarity, bands=14, rows=8):
    return 1 - (1 - similarity**rows) ** bands


def signatures(sets, hashes, rng):
    a, b = rng.integers(1, PRIME, size=hashes), rng.integers(0, PRIME, size=hashes)
    return np.array([[min((int(x) * item + int(y)) % PRIME for item in s) for x, y in zip(a, b, strict=True)] for s in sets])


def test_minimum_hashes_agree_as_often_as_sets_overlap():
    rng = np.random.default_rng(0)
    words = [int(x) for x in rng.integers(0, PRIME, size=280)]  # word sequences, hashed to numbers
    first, second, other = set(words[:80]), set(words[20:100]), set(words[200:])
    one, two, three = signatures([first, second, other], 2000, rng)
    overlap = len(first & second) / len(first | second)
    assert overlap == 0.6
    assert (one == two).mean() == pytest.approx(overlap, abs=0.04)
    assert (one == three).mean() < 0.01


def test_bands_make_a_threshold():
    assert candidate(0.8) == pytest.approx(0.92, abs=0.005)
    assert candidate(0.5) == pytest.approx(0.05, abs=0.005)
    middle = (1 / 14) ** (1 / 8)
    assert middle == pytest.approx(0.72, abs=0.005) and 0.4 < candidate(middle) < 0.7
    assert candidate(0.8, rows=12) < candidate(0.8) < candidate(0.8, bands=28)  # stricter; more generous

    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(60):
        shared = {int(x) for x in rng.integers(0, PRIME, size=80)}
        pair = [shared | {int(x) for x in rng.integers(0, PRIME, size=10)} for _ in range(2)]
        one, two = signatures(pair, 14 * 8, rng).reshape(2, 14, 8)
        hits += bool((one == two).all(axis=1).any())
    assert hits / 60 == pytest.approx(candidate(0.8), abs=0.1)


def test_all_pairs_are_out_of_reach():
    assert pytest.approx(0.5e18) == 1e9 * (1e9 - 1) / 2
    years = 0.5e18 / 1e9 / 3600 / 24 / 365  # a billion comparisons a second
    assert years > 15
