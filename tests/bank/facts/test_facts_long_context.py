"""The figures and claims of the question on long contexts, computed. Shape: Llama 3 8B, 32 layers of width 4,096, 8 key-value heads."""

import math

import numpy as np
import pytest

LAYERS, WIDTH, PARAMETERS = 32, 4096, 8.03e9
CACHE_A_TOKEN = 2 * LAYERS * 8 * 128 * 2  # bytes, in 16 bit


def share(lead, others):
    """Attention weight of one key whose score leads each of the others by ``lead``."""
    return math.exp(lead) / (math.exp(lead) + others)


def test_one_passage_among_more_others_gets_less_attention():
    assert share(7, 1_000) > 0.5 > 0.02 > share(7, 100_000)
    needed = [math.log(n) for n in (1_000, 100_000)]  # the lead with which it keeps half
    assert [share(lead, n) for lead, n in zip(needed, (1_000, 100_000), strict=True)] == pytest.approx([0.5, 0.5])
    assert needed[1] - needed[0] == pytest.approx(4.6, abs=0.01)
    rng = np.random.default_rng(0)
    lost = []
    for n in (100, 10_000):  # the best of many lookalikes comes closer and closer to the true one
        lost.append(np.mean(rng.normal(size=(300, n)).max(axis=1) > 3))
    assert lost[0] < 0.2 and lost[1] > 0.95


def operations(tokens):
    """Of reading a prompt: the matrices (2 for each weight and token), and the scores and mixing of causal attention."""
    return 2 * PARAMETERS * tokens, 2 * 2 * LAYERS * WIDTH * tokens * (tokens + 1) / 2


def test_attention_outweighs_the_matrices_only_beyond_sixty_thousand_tokens():
    matrices, attention = operations(61_000)
    assert attention / matrices == pytest.approx(1, abs=0.01)
    matrices, attention = operations(4_000)
    assert attention < 0.07 * matrices
    ratio = {n: sum(operations(2 * n)) / sum(operations(n)) for n in (2_000, 200_000)}
    assert ratio[2_000] == pytest.approx(2.06, abs=0.01)
    assert ratio[200_000] == pytest.approx(3.53, abs=0.01)


def test_a_full_window_of_128k_doubles_what_each_token_has_to_read():
    cache, weights = 131_072 * CACHE_A_TOKEN, 2 * PARAMETERS
    assert cache == 16 * 2**30
    assert cache / weights == pytest.approx(1.07, abs=0.01)


def test_one_changed_word_at_the_front_makes_the_kept_prefix_useless():
    def shared(a, b):
        same = [x == y for x, y in zip(a, b, strict=False)]
        return same.index(False) if False in same else len(same)

    manual, asked = ["manual"] * 50_000, [["how", "long"], ["who", "pays"]]
    stable_first = [[*manual, *question] for question in asked]
    question_first = [[*question, *manual] for question in asked]
    dated = [[day, *manual, *question] for day, question in zip(("monday", "tuesday"), asked, strict=True)]
    assert shared(*stable_first) == 50_000
    assert shared(*question_first) == shared(*dated) == 0
    first, later = 50_002, 50_002 - 50_000 * 0.9  # read again at a tenth of the price
    assert 10 * first / (first + 9 * later) == pytest.approx(5.3, abs=0.05)  # ten questions: not free, about five times cheaper


def test_local_layers_leave_a_sixth_of_the_cache():
    everywhere = 6 * 131_072
    mixed = 1 * 131_072 + 5 * 1_024  # one layer in six sees all, five see the last 1,024
    assert mixed / everywhere == pytest.approx(0.173, abs=0.001)


def wavelengths(base, width=128):
    return 2 * math.pi * base ** (2 * np.arange(width // 2) / width)


def test_a_larger_base_stretches_the_slow_pairs_and_spares_the_fast():
    stretch, width = 8, 128
    old, new = wavelengths(10_000), wavelengths(10_000 * stretch ** (width / (width - 2)))
    assert new[0] == old[0]
    assert new[-1] / old[-1] == pytest.approx(stretch)
    assert (np.diff(new / old) > 0).all()
    interpolated = old * stretch  # dividing every position by eight
    assert interpolated[0] / old[0] == stretch


def test_reading_in_parts_costs_less_and_misses_what_spans_them():
    whole, parts = sum(operations(200_000)), 10 * sum(operations(20_000))
    assert whole / parts == pytest.approx(3.2, abs=0.1)
    clauses = np.arange(200)  # clause 3 and clause 150 contradict each other
    pieces = np.array_split(clauses, 10)
    assert not any({3, 150} <= set(piece.tolist()) for piece in pieces)
