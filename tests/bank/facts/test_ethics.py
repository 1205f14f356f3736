"""The figures and claims of the question on ethics, computed."""

import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest


def test_an_average_hides_a_group():
    """All ways in which 50 errors in 1,000 answers can fall on a group of 900 and a group of 100."""
    splits = [(errors, 50 - errors) for errors in range(51)]  # errors in the larger, errors in the smaller
    average = {1 - (large + small) / 1000 for large, small in splits}
    smaller = [1 - small / 100 for _, small in splits]
    assert average == {0.95}  # the average is the same for every one of them
    assert min(smaller) == 0.5 and max(smaller) == 1.0  # and leaves open whether the smaller group gets half or all


def test_raw_agreement_flatters():
    """Nearly everything is harmless, and two raters agree on one of the six comments that each of them flags."""
    a, b = np.zeros(100, dtype=int), np.zeros(100, dtype=int)
    a[:6], b[5:11] = 1, 1
    raw = (a == b).mean()
    chance = sum((a == c).mean() * (b == c).mean() for c in (0, 1))
    kappa = (raw - chance) / (1 - chance)
    assert raw == 0.9
    assert kappa < 0.2


def historic_decisions(rng, n):
    """Past decisions in which group 1 was marked down; the district mostly gives the group away."""
    group = rng.integers(0, 2, n)
    skill = rng.normal(size=n)
    district = np.where(rng.random(n) < 0.9, group, 1 - group)
    granted = skill - 1.0 * group + rng.normal(scale=0.3, size=n)
    return group, skill, district, granted


def test_dropping_the_column_keeps_the_gap():
    group, skill, district, granted = historic_decisions(np.random.default_rng(0), 20_000)

    def gap(*features):
        x = np.column_stack([np.ones(len(skill)), *features])
        score = x @ np.linalg.lstsq(x, granted, rcond=None)[0]
        return score[group == 0].mean() - score[group == 1].mean()

    with_group, without, without_proxy = gap(skill, group), gap(skill, district), gap(skill)
    assert with_group == pytest.approx(1, abs=0.05)
    assert without > 0.5 * with_group  # the group was left out, and most of the gap is still there
    assert abs(without_proxy) < 0.05  # it came through the district


def test_more_of_the_same_data_keeps_the_skew():
    """A question answered yes by half of the people; those who say yes are twice as likely to be sampled."""
    rng = np.random.default_rng(1)

    def estimates(n):
        share_in_sample = 2 * 0.5 / (2 * 0.5 + 0.5)
        return rng.binomial(n, share_in_sample, size=500) / n

    small, large = estimates(50), estimates(50_000)
    assert large.std() < small.std() / 20  # random error shrinks
    assert abs(large.mean() - 0.5) == pytest.approx(abs(small.mean() - 0.5), abs=0.02)  # the skew does not
    assert abs(large.mean() - 0.5) > 0.15


def test_people_without_names_can_be_singled_out():
    """A town of 30,000 people: birth date (over 80 years) and sex, no names."""
    rng = np.random.default_rng(2)
    people = zip(rng.integers(0, 80 * 365, 30_000).tolist(), rng.integers(0, 2, 30_000).tolist(), strict=True)
    counts = Counter(people)
    unique = sum(1 for c in counts.values() if c == 1) / 30_000
    assert 0.55 < unique < 0.65


def test_fairness_criteria_conflict():
    """Every pair of confusion tables of two groups of twenty: ten deserve a yes in one, five in the other."""

    def rates(positives, negatives, keep=(0, 1, 2)):
        """Precision, hit rate and false alarm rate of every table that has hits; ``keep`` picks among the three."""
        found = set()
        for tp, fp in itertools.product(range(1, positives + 1), range(negatives + 1)):
            three = Fraction(tp, tp + fp), Fraction(tp, positives), Fraction(fp, negatives)
            found.add((*(three[i] for i in keep), fp > 0))
        return found

    def shared_with_alarms(*groups, keep=(0, 1, 2)):
        return {r for r in set.intersection(*(rates(*g, keep=keep) for g in groups)) if r[-1]}

    ten, five = (10, 10), (5, 15)
    assert not shared_with_alarms(ten, five)  # once there are hits and a false alarm, never all three
    assert rates(*ten) & rates(*five)  # without false alarms they can agree
    assert shared_with_alarms(ten, (5, 5))  # and with equal base rates too
    assert shared_with_alarms(ten, five, keep=(0, 1))  # and two of the three can be had
    assert shared_with_alarms(ten, five, keep=(1, 2))


def test_single_attribute_audits_can_miss_a_combination():
    cells = {("f", "old"): 0.4, ("f", "young"): 1.0, ("m", "old"): 1.0, ("m", "young"): 0.4}
    rows = [(sex, age, i < rate * 50) for (sex, age), rate in cells.items() for i in range(50)]

    def rate(**wanted):
        kept = [ok for sex, age, ok in rows if wanted.get("sex", sex) == sex and wanted.get("age", age) == age]
        return sum(kept) / len(kept)

    assert rate(sex="f") == rate(sex="m") == rate(age="old") == rate(age="young") == 0.7
    assert rate(sex="f", age="old") == 0.4


ENGLISH = (
    "Every person has the right to an education. No one shall be held without reason. All people are equal before the "
    "law and have the right to be protected by it. Everyone has the right to work and to be free to choose their work. "
    "They have the duty to act toward one another in dignity. These rights are for all human beings that are born. "
) * 4
SAME = {
    "English": "All human beings are born free and equal in dignity and rights.",
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "Hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
}


def merge(ids, pair, new):
    out, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


def learn(text, count):
    """Byte-pair encoding: the most frequent neighbouring pair becomes a new token, again and again."""
    ids, merges = list(text.encode()), []
    for new in range(256, 256 + count):
        pair = Counter(itertools.pairwise(ids)).most_common(1)[0][0]
        merges.append((pair, new))
        ids = merge(ids, pair, new)
    return merges


def encode(text, merges):
    ids = list(text.encode())
    for pair, new in merges:
        ids = merge(ids, pair, new)
    return ids


def decode(ids, merges):
    table = {i: bytes([i]) for i in range(256)}
    for (a, b), new in merges:
        table[new] = table[a] + table[b]
    return b"".join(table[i] for i in ids).decode()


@pytest.fixture(scope="module")
def merges():
    return learn(ENGLISH, 120)


def test_an_english_tokenizer_costs_others_more(merges):
    tokens = {language: len(encode(text, merges)) for language, text in SAME.items()}
    assert tokens["Greek"] > 3 * tokens["English"]
    assert tokens["Hindi"] > 5 * tokens["English"]


def test_a_tokenizer_is_reversible(merges):
    secret = "Maria Müller, born 3 May 1980, account 4711"
    ids = encode(secret, merges)
    assert ids != list(secret.encode())
    assert decode(ids, merges) == secret
