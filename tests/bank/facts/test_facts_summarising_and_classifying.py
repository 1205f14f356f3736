"""The figures and claims of the question on summarising and classifying, computed."""

from collections import Counter

import numpy as np
import pytest


def f1(hits, false_alarms, misses):
    return 2 * hits / (2 * hits + false_alarms + misses) if hits else 0.0


def two_classes(found, false_alarms, rare=50, common=950):
    """Accuracy and macro-F1 when ``found`` of the rare ones are found and so many common ones are called rare."""
    missed = rare - found
    right = found + common - false_alarms
    return right / (rare + common), (f1(found, false_alarms, missed) + f1(common - false_alarms, missed, false_alarms)) / 2


def test_a_model_that_never_names_the_rare_class_has_95_percent():
    lazy, useful = two_classes(0, 0), two_classes(40, 60)
    assert lazy == pytest.approx((0.95, 0.487), abs=0.001)
    assert useful == pytest.approx((0.93, 0.748), abs=0.001)
    assert useful[0] < lazy[0]  # by accuracy the lazy one wins, by macro-F1 the useful one
    assert useful[1] > lazy[1]


def test_micro_f1_is_accuracy_when_each_text_has_one_label():
    rng = np.random.default_rng(0)
    true, said = rng.integers(0, 4, 500), rng.integers(0, 4, 500)
    hits = sum(int(((true == c) & (said == c)).sum()) for c in range(4))
    wrong = sum(int(((true != c) & (said == c)).sum()) for c in range(4))
    missed = sum(int(((true == c) & (said != c)).sum()) for c in range(4))
    assert f1(hits, wrong, missed) == pytest.approx((true == said).mean())


def overlap(reference, text):
    """ROUGE-1: F1 over single words."""
    a, b = Counter(reference.lower().split()), Counter(text.lower().split())
    shared = sum((a & b).values())
    return f1(shared, sum(b.values()) - shared, sum(a.values()) - shared)


def test_word_overlap_prefers_the_opposite_to_a_paraphrase():
    reference = "the patient was told to stop the tablets before the operation"
    opposite = "the patient was not told to stop the tablets before the operation"
    paraphrase = "she had been asked to discontinue her medication ahead of surgery"
    assert overlap(reference, opposite) == pytest.approx(0.96, abs=0.005)
    assert overlap(reference, paraphrase) == pytest.approx(0.09, abs=0.005)


def test_the_labels_set_a_ceiling():
    """Two people, each right in 90 of 100 cases of a two-way choice, erring apart from one another."""
    right = 0.9
    assert right**2 + (1 - right) ** 2 == pytest.approx(0.82)  # they agree in 82 of 100
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 200_000)
    labels = np.where(rng.random(truth.size) < right, truth, 1 - truth)
    assert (truth == labels).mean() == pytest.approx(0.9, abs=0.005)  # a perfect model, held against one of them


def test_three_hundred_texts_leave_three_points_either_way():
    n, share, z = 300, 0.9, 1.96
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5 / (1 + z * z / n)
    assert (centre - half, centre + half) == pytest.approx((0.861, 0.929), abs=0.001)


def test_the_price_of_two_million_mails():
    """A supposed price of half a unit of money for a million tokens read; what is written is a single word."""
    mails, price = 2_000_000, 0.5 / 1e6
    short, long = 250 + 150, 250 + 1_750  # tokens of a mail, and of the instructions
    assert mails * short * price == pytest.approx(400)
    assert mails * long * price == pytest.approx(2_000)


def test_a_fact_must_survive_each_step():
    kept_in_its_part, kept_in_the_merge = 0.9, 0.8
    assert kept_in_its_part * kept_in_the_merge == pytest.approx(0.72)
