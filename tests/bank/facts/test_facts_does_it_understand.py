"""The claims of the question whether a language model understands, computed in small."""

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest


def parity_stream(length, rng):
    """Free bits, each followed by the parity of all free bits before and with it."""
    free = rng.integers(0, 2, length)
    return free, np.cumsum(free) % 2


def test_some_streams_cannot_be_predicted_without_their_state():
    rng = np.random.default_rng(0)
    free, _ = parity_stream(60_000, rng)
    told = np.concatenate([[0], np.cumsum(free)[:-1] % 2])  # whether the ones before this place are odd in number
    seen = defaultdict(Counter)
    for i in range(3, 30_000):
        seen[tuple(free[i - 3 : i])][told[i]] += 1
    guesses = [seen[tuple(free[i - 3 : i])].most_common(1)[0][0] for i in range(30_000, 60_000)]
    assert np.mean(np.array(guesses) == told[30_000:]) == pytest.approx(0.5, abs=0.01)
    state, right = 0, 0
    for bit, target in zip(free, told, strict=True):
        right += state == target
        state ^= int(bit)
    assert right == len(free)
    # The control: where only the last two bits count, the same short memory is enough.
    easy = defaultdict(set)
    for i in range(3, 1_000):
        easy[tuple(free[i - 3 : i])].add(free[i - 2] ^ free[i - 1])
    assert all(len(answers) == 1 for answers in easy.values())


def test_a_wide_probe_fits_random_labels():
    rng = np.random.default_rng(1)
    words, others = rng.normal(size=(200, 400)), rng.normal(size=(2_000, 400))
    labels, other_labels = rng.choice([-1, 1], 200), rng.choice([-1, 1], 2_000)
    probe = np.linalg.lstsq(words, labels, rcond=None)[0]
    assert (np.sign(words @ probe) == labels).all()  # labels that mean nothing, and no error
    assert np.mean(np.sign(others @ probe) == other_labels) == pytest.approx(0.5, abs=0.04)
    narrow = np.linalg.lstsq(words[:, :10], labels, rcond=None)[0]
    assert np.mean(np.sign(words[:, :10] @ narrow) == labels) < 0.75  # a narrow probe cannot


def test_what_can_be_read_out_need_not_be_used():
    rng = np.random.default_rng(2)
    hidden = rng.normal(size=(1_000, 8))
    reads = np.array([0.0, 1, 1, 1, 0, 0, 0, 0])  # the output looks at three directions, not at the first
    probe = np.linalg.lstsq(hidden, hidden[:, 0], rcond=None)[0]
    assert np.allclose(hidden @ probe, hidden[:, 0])
    ignored, used = hidden.copy(), hidden.copy()
    ignored[:, 0] *= -1
    used[:, 1] *= -1
    assert np.array_equal(ignored @ reads, hidden @ reads)
    assert not np.allclose(used @ reads, hidden @ reads)


def test_valid_moves_need_no_map():
    moves = [(place, move) for place in range(100) for move in (-1, 1)]
    assert np.mean([(place, move) != (50, 1) for place, move in moves]) == 0.995  # a guess without any idea of the place
    # The control: whether two routes end in the same place is a question that needs the map.
    rng = np.random.default_rng(3)
    first, second = rng.choice([-1, 1], (2, 2_000, 40))
    same = (first.sum(axis=1) - second.sum(axis=1)) % 100 == 0
    by_map = [sum(a) % 100 == sum(b) % 100 for a, b in zip(first, second, strict=True)]
    assert 0 < same.mean() < 0.2 and (by_map == same).all()
    last_three_alike = (first[:, -3:] == second[:, -3:]).all(axis=1)  # what a short memory could go by
    assert np.mean(same[last_three_alike]) < 0.25


def test_only_the_swapped_sentence_exposes_a_bag_of_words():
    def bag(sentence):
        return frozenset(Counter(sentence.split()).items())

    people = ("doctor", "actor", "lawyer", "judge")
    ordinary = [(f"the {a} paid the {b}", a) for a, b in itertools.combinations(people, 2)]
    swapped = [(f"the {b} paid the {a}", b) for a, b in itertools.combinations(people, 2)]
    model = {bag(s): payer for s, payer in ordinary}
    assert all(model[bag(s)] == payer for s, payer in ordinary)
    assert not any(model[bag(s)] == payer for s, payer in swapped)
    assert all(s.split()[1] == payer for s, payer in ordinary + swapped)  # the control: order settles it
