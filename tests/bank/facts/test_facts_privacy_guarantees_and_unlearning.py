"""The figures and claims of the question on privacy guarantees and unlearning, computed."""

import math

import numpy as np
import pytest


def test_a_noisy_answer_bounds_the_ratio():
    epsilon, cells = 1.0, np.linspace(-20, 40, 2001)

    def density(count):
        return epsilon / 2 * np.exp(-epsilon * np.abs(cells - count))  # a count with Laplace noise of scale 1 / epsilon

    ratio = density(10) / density(11)  # without one person, and with
    assert ratio.max() <= math.exp(epsilon) + 1e-9 and ratio.min() >= math.exp(-epsilon) - 1e-9
    assert (density(10) / density(13)).max() > math.exp(epsilon)  # three people are not covered by it


def test_clipping_each_example_limits_its_share():
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(64, 10))
    odd = 100 * rng.normal(size=10)  # one example that pulls hard

    def batch_clipped(g, norm=1.0):
        total = g.sum(axis=0)
        return total * min(1, norm / np.linalg.norm(total))

    def each_clipped(g, norm=1.0):
        return sum(row * min(1, norm / np.linalg.norm(row)) for row in g)

    with_odd = np.vstack([gradients, odd])
    assert np.linalg.norm(each_clipped(with_odd) - each_clipped(gradients)) <= 1 + 1e-9
    others = batch_clipped(gradients), batch_clipped(with_odd)
    cosine = others[1] @ odd / np.linalg.norm(others[1]) / np.linalg.norm(odd)
    assert cosine > 0.9  # clipped as a batch, the one example still sets the direction


def test_what_epsilon_means_for_a_guess():
    def belief(epsilon, before=0.5):
        odds = before / (1 - before) * math.exp(epsilon)
        return odds / (1 + odds)

    assert math.exp(1) == pytest.approx(2.7, abs=0.02) and math.exp(8) == pytest.approx(2981, abs=1)
    assert belief(1) == pytest.approx(0.73, abs=0.002) and belief(8) == pytest.approx(0.9997, abs=0.0001)
    assert math.exp(10) == pytest.approx(22_026, abs=1)


def test_a_group_multiplies_epsilon():
    epsilon = 0.1
    counts = [epsilon / 2 * math.exp(-epsilon * abs(0 - c)) for c in (0, 1, 20)]  # the same answer, 1 or 20 records further
    assert math.log(counts[0] / counts[1]) == pytest.approx(epsilon)
    assert math.log(counts[0] / counts[2]) == pytest.approx(20 * epsilon)


def test_a_shard_is_a_twentieth():
    records = list(range(1000))
    shards = [records[n::20] for n in range(20)]
    hit = [shard for shard in shards if 613 in shard]
    assert len(hit) == 1 and len(hit[0]) / len(records) == 1 / 20
    many = {n for n, shard in enumerate(shards) for r in (1, 22, 43, 64) if r in shard}
    assert len(many) == 4  # four deletions may touch four shards


def test_misses_add_up():
    assert round(100 * (1 - 0.97)) == 3
    assert pytest.approx(0.456, abs=0.001) == 1 - 0.97**20  # a text with twenty mentions keeps at least one this often
