"""The figures and claims of the question on contaminated benchmarks, computed."""

import math

import numpy as np
import pytest


def test_a_leaked_fifth_adds_eight_points():
    skill, leaked = 0.6, 0.2
    assert leaked * 1 + (1 - leaked) * skill == pytest.approx(0.68)
    better, clean = 0.65, 0.0  # a better model without leakage
    assert clean + (1 - clean) * better < 0.68  # loses the comparison


def ngrams(text, n):
    words = text.lower().replace(",", "").replace(".", "").split()
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


def test_a_paraphrase_passes_the_string_search():
    item = "A farmer has twelve baskets with nine apples each and sells half of all the apples on Monday. How many apples are left?"
    copy = "From the forum, I was stuck on this one. " + item + " My answer is 54."
    reworded = (
        "On Monday half the apples of a farmer, who owns a dozen baskets holding nine apiece, are sold. What number remains with him?"
    )
    assert ngrams(item, 8) & ngrams(copy, 8)
    assert not ngrams(item, 8) & ngrams(reworded, 8)
    assert not ngrams(item, 5) & ngrams(reworded, 5)


def test_two_hundred_items_leave_six_points():
    items, share = 200, 0.7
    assert 1.96 * math.sqrt(share * (1 - share) / items) == pytest.approx(0.06, abs=0.005)


def test_best_of_eight_is_another_exam():
    once = 0.4
    assert 1 - (1 - once) ** 8 == pytest.approx(0.98, abs=0.005)


def test_only_a_model_that_saw_the_file_prefers_its_order():
    """A bigram model over items, with a little smoothing, trained on random orders, with or without the file in its published order."""
    rng = np.random.default_rng(0)
    items = 12

    def trained(with_file):
        counts = np.full((items, items), 1.0)
        orders = [rng.permutation(items) for _ in range(30)]
        if with_file:
            orders += [np.arange(items)] * 3  # a few copies
        for order in orders:
            np.add.at(counts, (order[:-1], order[1:]), 1)
        return np.log(counts / counts.sum(axis=1, keepdims=True))

    def rank(model):
        """The share of shuffled orders at least as likely as the published one: a p-value."""

        def likelihood(order):
            return model[order[:-1], order[1:]].sum()

        published = likelihood(np.arange(items))
        return np.mean([likelihood(rng.permutation(items)) >= published for _ in range(1000)])

    assert rank(trained(True)) < 0.01
    assert rank(trained(False)) > 0.05
