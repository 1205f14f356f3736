"""The figures and claims of the question on made-up statements, computed."""

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest

TRUE = tuple(
    f"{name} was born in {town} and worked as a {trade} ."
    for name, town, trade in (
        ("Ana", "Lima", "baker"),
        ("Ben", "Oslo", "baker"),
        ("Chi", "Hanoi", "nurse"),
        ("Dov", "Haifa", "pilot"),
        ("Eva", "Oslo", "nurse"),
        ("Fay", "Lima", "judge"),
    )
)


def next_words(sentences, context):
    """Counts of the next word after the last ``context`` words."""
    table = defaultdict(Counter)
    for sentence in sentences:
        words = ["^"] * context + sentence.split()
        for i in range(context, len(words)):
            table[tuple(words[i - context : i])][words[i]] += 1
    return table


def write(table, context, rng):
    words = ["^"] * context
    while words[-1] != ".":
        counts = table[tuple(words[-context:])]
        words.append(rng.choice(list(counts), p=np.array(list(counts.values())) / sum(counts.values())))
    return " ".join(words[context:])


def triples(text):
    words = ["^", "^", *text.split()]
    return set(zip(words, words[1:], words[2:], strict=False))


def test_a_model_of_true_sentences_writes_false_ones():
    rng = np.random.default_rng(0)
    short, long = next_words(TRUE, 2), next_words(TRUE, 9)
    texts = [write(short, 2, rng) for _ in range(500)]
    assert all(triples(text) <= set.union(*map(triples, TRUE)) for text in texts)  # each step is one that was learned
    assert sum(text not in TRUE for text in texts) / 500 > 0.6
    assert all(write(long, 9, rng) in TRUE for _ in range(500))  # one that can only recite is right, and says nothing else


def test_facts_seen_once_tell_of_those_never_seen():
    """Good and Turing: the share of the text made of facts that occur once is about the chance that the next one is new."""
    rng = np.random.default_rng(1)
    kinds = 50_000
    for power in (0.8, 1.0, 1.2):
        p = 1.0 / np.arange(1, kinds + 1) ** power
        p /= p.sum()
        seen = np.bincount(rng.choice(kinds, 40_000, p=p), minlength=kinds)
        once, unseen = (seen == 1).sum() / 40_000, p[seen == 0].sum()
        assert once > 0.05
        assert once == pytest.approx(unseen, rel=0.05)


@pytest.mark.parametrize("sure", [0.0, 0.5, 0.75, 0.9])
def test_a_penalty_sets_how_sure_one_must_be(sure):
    """An error costs t / (1 - t): answering pays exactly for those who are right more often than t. For nothing: always."""
    penalty = sure / (1 - sure)
    for chance in np.linspace(0.01, 0.99, 99):
        if abs(chance - sure) > 1e-9:
            assert (chance - (1 - chance) * penalty > 0) == (chance > sure)
    assert {0: 0, 0.5: 1, 0.75: 3, 0.9: 9}[sure] == pytest.approx(penalty)


def test_declining_pays_for_fewer_errors_with_fewer_answers():
    rng = np.random.default_rng(2)
    n = 400_000
    confidence = rng.uniform(0.5, 1, n)
    right = rng.random(n) < confidence

    def wrong_and_answered(signal, least):
        answered = signal >= least
        return 1 - right[answered].mean(), answered.mean()

    assert wrong_and_answered(confidence, 0) == pytest.approx((0.25, 1), abs=0.005)
    assert wrong_and_answered(confidence, 0.9) == pytest.approx((0.05, 0.2), abs=0.005)
    noise = rng.uniform(0.5, 1, n)  # a signal that knows nothing
    assert wrong_and_answered(noise, 0.9)[0] == pytest.approx(0.25, abs=0.01)


def test_agreement_misses_what_is_wrong_every_time():
    """Of 100 questions 60 are known, 25 are guessed among ten answers, and 15 were learned wrong."""
    rng = np.random.default_rng(3)
    rounds, samples = 400, 5
    known, learned_wrong = np.zeros((60, samples), int), np.ones((15, samples), int)
    kept, wrong = [], []
    for _ in range(rounds):
        answers = np.vstack([known, rng.integers(0, 10, (25, samples)), learned_wrong])
        alike = (answers == answers[:, :1]).all(axis=1)
        kept.append(alike.sum())
        wrong.append((answers[alike, 0] != 0).sum())
    assert np.mean(kept) == pytest.approx(75, abs=0.1)  # nearly all that was guessed is noticed
    assert np.mean(wrong) == pytest.approx(15, abs=0.1)  # and nothing of what was learned wrong
    assert np.sum(wrong) / np.sum(kept) == pytest.approx(0.2, abs=0.005)


def test_a_long_answer_is_rarely_free_of_errors():
    claims, right = 10, 0.95
    spread = {k: 0.0 for k in range(claims + 1)}
    for pattern in itertools.product((0, 1), repeat=claims):
        spread[sum(pattern)] += np.prod([1 - right if wrong else right for wrong in pattern])
    assert spread[0] == pytest.approx(0.60, abs=0.005)
    assert sum(k * share for k, share in spread.items()) == pytest.approx(0.5)
