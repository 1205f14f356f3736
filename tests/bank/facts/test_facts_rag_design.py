"""The figures and claims of the question on the design of retrieval-augmented generation, computed."""

import numpy as np
import pytest


def cut_share(chunk, overlap, statement, length=200_000):
    """The share of starting places at which no chunk holds the whole statement."""
    starts = np.arange(length)
    first = starts // (chunk - overlap) * (chunk - overlap)  # of the last chunk that begins at or before the start
    return np.mean(starts + statement > first + chunk)


def test_overlap_saves_statements_from_the_knife():
    assert cut_share(200, 0, 30) == pytest.approx(0.145, abs=0.001)
    assert cut_share(200, 30, 30) == 0
    assert cut_share(1000, 0, 30) < cut_share(200, 0, 30)  # larger pieces cut less often, at another price (below)


def test_a_vector_of_many_topics_moves_away_from_each():
    """A chunk's vector as the mean of its sentences', each of another topic: the cosine to one of them falls as 1 / sqrt(n)."""
    rng = np.random.default_rng(0)
    sentences = rng.normal(size=(64, 2000))
    sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)

    def cosine(n):
        chunk = sentences[:n].mean(axis=0)
        return sentences[0] @ chunk / np.linalg.norm(chunk)

    assert [cosine(n) for n in (1, 4, 16, 64)] == pytest.approx([1, 1 / 2, 1 / 4, 1 / 8], abs=0.06)


def test_ranks_can_be_fused_where_scores_cannot():
    words = {"manual": 31.0, "recall notice": 28.0, "advert": 30.0}  # BM25: no upper bound
    meaning = {"manual": 0.62, "recall notice": 0.81, "advert": 0.35}  # cosine: at most 1
    by_sum = sorted(words, key=lambda d: words[d] + meaning[d], reverse=True)
    assert by_sum == sorted(words, key=words.__getitem__, reverse=True)  # the sum just repeats the word search

    def reciprocal(*lists, k=60):
        ranks = [sorted(scores, key=scores.__getitem__, reverse=True) for scores in lists]
        return {d: sum(1 / (k + r.index(d) + 1) for r in ranks) for d in words}

    fused = reciprocal(words, meaning)
    assert max(fused, key=fused.__getitem__) == "manual"  # first and second
    assert fused["recall notice"] > fused["advert"]  # the second list counts now
    third_in_both, first_in_one = 2 / 63, 1 / 61 + 1 / 1060
    assert third_in_both > first_in_one


def test_reranking_everything_is_too_slow():
    seconds_a_pair = 0.010
    assert 1_000_000 * seconds_a_pair / 3600 == pytest.approx(2.8, abs=0.03)
    assert 100 * seconds_a_pair == pytest.approx(1)


def test_recall_is_a_ceiling_for_grounded_answers():
    rng = np.random.default_rng(1)
    found = rng.random(100_000) < 0.8
    perfect_writer = found  # writes rightly whenever the passage is there
    assert perfect_writer.mean() == pytest.approx(0.8, abs=0.005)
    good_writer = found & (rng.random(100_000) < 0.95)
    assert good_writer.mean() < perfect_writer.mean()
