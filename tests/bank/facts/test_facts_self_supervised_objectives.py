"""The figures and claims of the question on self-supervised objectives, computed in small."""

import itertools

import numpy as np
import pytest


def test_targets_are_the_text_moved_by_one():
    text = ["The", "cat", "sat", "on", "the", "mat"]
    questions = [(text[:i], text[i]) for i in range(1, len(text))]
    assert len(questions) == 5
    assert [answer for _, answer in questions] == text[1:]
    assert all(answer == text[len(seen)] and seen == text[: len(seen)] for seen, answer in questions)


def chain(length=3):
    """Probabilities of all sequences of a two-word language in which words like to repeat."""
    move = np.array([[0.8, 0.2], [0.3, 0.7]])
    start = np.array([0.6, 0.4])
    p = {}
    for s in itertools.product((0, 1), repeat=length):
        p[s] = start[s[0]] * np.prod([move[a, b] for a, b in itertools.pairwise(s)])
    return p


def conditional(p, place, seen):
    """Chance of each sequence's word at ``place`` given its words at the places ``seen``."""
    out = {}
    for s in p:
        fits = [t for t in p if all(t[i] == s[i] for i in seen)]
        out[s] = sum(p[t] for t in fits if t[place] == s[place]) / sum(p[t] for t in fits)
    return out


def test_both_sides_tell_more_than_one():
    p = chain()
    left, both = conditional(p, 1, [0]), conditional(p, 1, [0, 2])
    cost = [-sum(p[s] * np.log(q[s]) for s in p) for q in (left, both)]
    assert cost[1] < 0.9 * cost[0]


def test_next_tokens_multiply_to_a_distribution_and_gap_filling_does_not():
    p = chain()
    forward = [conditional(p, i, range(i)) for i in range(3)]
    gaps = [conditional(p, i, [j for j in range(3) if j != i]) for i in range(3)]
    assert sum(np.prod([q[s] for q in forward]) for s in p) == pytest.approx(1)
    assert all(np.prod([q[s] for q in forward]) == pytest.approx(p[s]) for s in p)
    assert abs(sum(np.prod([q[s] for q in gaps]) for s in p) - 1) > 0.1


def test_predictions_from_one_text():
    assert round(0.15 * 2048) == 307
    assert pytest.approx(6.7, abs=0.05) == 2048 / 307


def test_span_corruption_shortens_the_target():
    tokens, share, length = 512, 0.15, 3
    hidden = round(tokens * share)
    spans = round(hidden / length)
    assert tokens - hidden + spans == 461  # each span leaves one marker
    assert hidden + spans == 103


def test_a_moved_middle_sees_both_sides():
    document = list("prefix|middle|suffix")
    before, middle, after = document[:7], document[7:14], document[14:]
    moved = before + after + middle
    assert sorted(moved) == sorted(document)
    place = len(before + after)
    assert moved[:place] == before + after  # all that a causal model sees when it begins with the middle
    assert document[:7] == before  # in the plain order it would have seen only what stands before
