"""The figures and claims of the question on finding the right passage, computed."""

import pytest


def fused(*lists, k=60):
    scores = {}
    for ranking in lists:
        for rank, passage in enumerate(ranking, 1):
            scores[passage] = scores.get(passage, 0) + 1 / (k + rank)
    return sorted(scores, key=scores.get, reverse=True)


def test_fusion_rewards_agreement():
    words, vectors = ["w1", "w2", "both", "w4"], ["v1", "v2", "v3", "both"]
    assert fused(words, vectors)[0] == "both"  # third and fourth: ahead of the first of either list
    assert 1 / 63 + 1 / 64 > 1 / 61
    assert fused(words, vectors, k=0)[0] != "both"  # the control: without the constant the first places rule


def test_scores_of_two_searches_do_not_add():
    words, vectors = {"a": 21.0, "b": 18.0}, {"a": 0.60, "b": 0.85}
    added = {p: words[p] + vectors[p] for p in words}
    assert max(added, key=added.get) == "a"  # the second search has no say: its whole range is below 1
    assert added["a"] - added["b"] == pytest.approx(2.75)


def test_a_reranker_cannot_exceed_the_candidates():
    fetched, best_reranker = 0.78, 1.0
    assert fetched * best_reranker == 0.78
    assert pytest.approx(0.855) == 0.95 * 0.9  # more candidates and an imperfect reranker: better all the same


def test_cost_of_pairs():
    assert 1_000_000 / 100 == 10_000  # pairs read: the whole collection against a hundred candidates


def test_reductions_of_failed_searches():
    assert pytest.approx(0.49, abs=0.005) == 1 - 2.9 / 5.7
    assert pytest.approx(0.67, abs=0.005) == 1 - 1.9 / 5.7


def test_a_fact_cut_in_two():
    text = ["the", "fee", "is", "waived", "for", "members", ".", "this", "holds", "only", "until", "march"]
    whole = [text[i : i + 12] for i in range(0, len(text), 12)]
    cut = [text[i : i + 6] for i in range(0, len(text), 6)]
    lapped = [text[i : i + 10] for i in range(0, len(text), 4)]

    def has(chunks, *needed):
        return any(all(word in chunk for word in needed) for chunk in chunks)

    assert has(whole, "waived", "march")
    assert not has(cut, "waived", "march")
    assert has(lapped, "waived", "only") and not has(cut, "waived", "only")
