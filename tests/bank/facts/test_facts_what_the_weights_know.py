"""The figures of the question on what the weights know: sums, and toy memories of one matrix (no language model)."""

import numpy as np
import pytest

TOKENS, PARAMETERS = 15e12, 8e9  # an example of a model of 2024 and the text it was trained on


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def recalled(memory, keys, values):
    """For each subject the number of the value that comes nearest to what the memory returns."""
    return (keys @ memory.T @ values.T).argmax(1)


def test_weights_are_far_smaller_than_the_text():
    kept = PARAMETERS * 2 / 8  # bytes, at two bits a parameter
    assert kept == 2e9
    assert TOKENS * 4 / kept == 30_000  # four characters a token


def test_a_catalogue_needs_few_bits():
    bits = 50_000 * 10 * 30  # products, attributes, bits an attribute
    assert bits == 15e6
    assert bits / 2 == 7.5e6  # parameters, if room were all
    assert bits / (PARAMETERS * 2) < 0.001


def test_frequent_facts_drown_rare_ones():
    """2,000 facts laid over each other in one matrix of 256 by 256; some were seen a hundred times, most once."""
    rng = np.random.default_rng(0)
    keys, values = (unit(rng.standard_normal((2_000, 256))) for _ in range(2))
    seen = np.ones(2_000)
    seen[:20], seen[20:200] = 100, 10
    right = recalled((values * seen[:, None]).T @ keys, keys, values) == np.arange(2_000)
    assert right[:20].mean() == 1
    assert right[20:200].mean() == pytest.approx(0.23, abs=0.08)
    assert right[200:].mean() < 0.01
    half = recalled(values[:1_000].T @ keys[:1_000], keys[:1_000], values[:1_000]) == np.arange(1_000)
    assert half.mean() > 0.99  # a thousand facts seen equally often: each number of the matrix takes part in all of them


def after_edits(edits, seed):
    """400 facts on 40 groups of related subjects. An edit is of rank one and spares the others as far as it can."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(unit(rng.standard_normal((40, 128))), 10, 0)
    keys = unit(groups * 0.7**0.5 + unit(rng.standard_normal((400, 128))) * 0.3**0.5)
    values = unit(rng.standard_normal((400, 128)))
    memory = np.linalg.lstsq(keys, values, rcond=None)[0].T
    assert (recalled(memory, keys, values) == np.arange(400)).mean() > 0.99
    spare = np.linalg.inv(keys.T @ keys)
    changed = rng.permutation(400)[:edits]
    for one in changed:
        way = spare @ keys[one]
        memory = memory + np.outer(values[(one + 200) % 400] - memory @ keys[one], way) / (way @ keys[one])
    now = recalled(memory, keys, values)
    rest = np.setdiff1d(np.arange(400), changed)
    assert (now[changed] == (changed + 200) % 400).mean() > 0.98  # the edits themselves succeeded
    return (now[rest] == rest).mean()


@pytest.mark.parametrize(("edits", "kept"), [(1, 0.99), (10, 0.95), (40, 0.65), (80, 0.23)])
def test_edits_add_up_to_damage(edits, kept):
    assert np.mean([after_edits(edits, seed) for seed in range(5)]) == pytest.approx(kept, abs=0.05)
