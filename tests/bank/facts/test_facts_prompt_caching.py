"""The figures and claims of the question on prompt caching, computed in small."""

import itertools

import numpy as np
import pytest

WIDTH = 8
RNG = np.random.default_rng(0)
WORDS = RNG.normal(size=(50, WIDTH))
LAYERS = [RNG.normal(size=(3, WIDTH, WIDTH)) / WIDTH**0.5 for _ in range(3)]


def run(tokens, kept=None):
    """States of a small causal network; `kept` is the store of an earlier beginning: (states, store, tokens computed)."""
    old = 0 if kept is None else len(kept[0][0])
    x, store = WORDS[tokens[old:]], []
    for layer, (query, key, value) in enumerate(LAYERS):
        q, k, v = x @ query, x @ key, x @ value
        if kept is not None:
            k, v = np.vstack([kept[layer][0], k]), np.vstack([kept[layer][1], v])
        scores = q @ k.T / WIDTH**0.5
        scores[np.arange(len(k))[None, :] > np.arange(old, len(k))[:, None]] = -np.inf
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        x = x + weights / weights.sum(axis=1, keepdims=True) @ v
        store.append((k, v))
    return x, store, len(tokens) - old


def reused(before, after, block=16):
    """Tokens in full blocks that are identical up to and with that block."""
    same = 0
    for start in range(0, min(len(before), len(after)) - block + 1, block):
        if before[: start + block] != after[: start + block]:
            break
        same = start + block
    return same


def test_a_kept_beginning_gives_the_same_states():
    beginning, first, second = list(range(20)), [30, 31, 32], [33, 34]
    _, kept, _ = run(beginning)
    for ending in (first, second):  # one beginning serves several continuations
        whole, _, _ = run(beginning + ending)
        rest, _, _ = run(beginning + ending, kept)
        assert np.allclose(whole[20:], rest)
    # The control: the states of another beginning do not do.
    _, other, _ = run([40, *range(1, 20)])
    assert not np.allclose(run(beginning + first)[0][20:], run(beginning + first, other)[0])


def test_one_early_change_spoils_all_that_follows():
    one, two = run(list(range(20)))[1], run([40, *range(1, 20)])[1]
    assert np.allclose(one[0][0][1:], two[0][0][1:])  # first layer: a token's key depends on the token alone
    assert not any(np.allclose(a, b) for a, b in zip(one[1][0][1:], two[1][0][1:], strict=True))
    text = list(range(160))
    assert reused(text, [999, *text[1:]]) == 0
    assert reused(text, [*text[:-1], 999]) == 144  # a change at the end costs the last block only


def test_the_order_decides_what_can_be_reused():
    fixed, anna, ben = list(range(4_000)), [-1] * 40, [-2] * 40
    assert reused(fixed + anna, fixed + ben) == 4_000
    assert reused(anna + fixed, ben + fixed) == 0


def test_a_kept_beginning_saves_reading_and_not_writing():
    beginning, question = list(range(40)), [41, 42]
    _, kept, _ = run(beginning)
    _, after, read = run(beginning + question, kept)
    _, without, read_all = run(beginning + question)
    assert (read, read_all) == (2, 42)
    written, with_cache = run([*beginning, *question, 43], after), run([*beginning, *question, 43], without)
    assert written[2] == with_cache[2] == 1  # the next token costs the same
    assert len(written[1][0][0]) == 43  # and looks at all 43 tokens, the kept ones too


def test_when_a_write_pays():
    def cost(uses, write, read=0.1):
        return write + read * (uses - 1)

    assert cost(2, 1.25) == pytest.approx(1.35) and cost(2, 1.25) < 2
    assert cost(2, 2.0) > 2 and cost(3, 2.0) < 3  # twice the price for the longer time: two reuses
    assert cost(1, 1.25) > 1  # used once, it costs more than without
    limit = 0.25 / 1.15
    assert limit == pytest.approx(0.217, abs=0.001)
    assert 0.1 * limit + 1.25 * (1 - limit) == pytest.approx(1)
    assert 0.1 * 0.2 + 1.25 * 0.8 > 1 > 0.1 * 0.25 + 1.25 * 0.75


def test_twenty_turns_with_and_without():
    sent = [3_000 + 500 * turn for turn in range(20)]
    assert sum(sent) == 155_000
    cached = 1.25 * sent[0] + sum(0.1 * before + 1.25 * (now - before) for before, now in itertools.pairwise(sent))
    assert cached == pytest.approx(29_875)


def test_hits_piece_by_piece_make_guessing_cheap():
    secret, tries, known = (7, 0, 9, 4), 0, ()
    while len(known) < 4:
        for guess in range(10):
            tries += 1
            if (*known, guess) == secret[: len(known) + 1]:  # a quick reply: this beginning is in the cache
                known = (*known, guess)
                break
    assert known == secret and tries <= 40
    assert len(list(itertools.product(range(10), repeat=4))) == 10_000
