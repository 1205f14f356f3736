"""The figures and claims of the question on encoders and decoders, computed in small."""

import numpy as np
import pytest

WIDTH = 8
RNG = np.random.default_rng(0)
WORDS = RNG.normal(size=(50, WIDTH))
LAYERS = [RNG.normal(size=(3, WIDTH, WIDTH)) / WIDTH**0.5 for _ in range(3)]


def states(tokens, causal):
    x = WORDS[tokens]
    for query, key, value in LAYERS:
        scores = x @ query @ (x @ key).T / WIDTH**0.5
        if causal:
            scores[np.triu_indices(len(tokens), 1)] = -np.inf
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        x = x + weights / weights.sum(axis=1, keepdims=True) @ x @ value
    return x


def test_a_later_token_moves_earlier_states_in_the_encoder_only():
    one, two = list(range(12)), [*range(11), 40]
    moved = {kind: ~np.isclose(states(one, kind), states(two, kind)).all(axis=1) for kind in (True, False)}
    assert moved[False].all()  # encoder: every state
    assert moved[True].tolist() == [False] * 11 + [True]  # decoder: only that of the changed token


def test_the_last_state_of_a_decoder_depends_on_every_token():
    text = list(range(12))
    for place in range(11):
        changed = [*text[:place], 40, *text[place + 1 :]]
        assert not np.allclose(states(text, causal=True)[-1], states(changed, causal=True)[-1])


def test_work_a_token_of_a_small_encoder():
    assert pytest.approx(54, abs=0.5) == 8e9 / 149e6


def test_a_million_tickets():
    tokens = 1_000_000 * 300
    assert tokens == 3e8
    assert 2 * 149e6 * tokens == pytest.approx(9e16, rel=0.01)
    assert 2 * 8e9 * tokens == pytest.approx(4.8e18)


def test_writing_with_and_without_settled_states():
    prompt, new = 100, 100
    assert prompt + new == 200  # each token once
    assert sum(prompt + i for i in range(1, new + 1)) == 15_050  # everything again for each token
    text = [*range(12)]
    assert np.allclose(states(text[:11], causal=True), states(text, causal=True)[:11])
    assert not np.allclose(states(text[:11], causal=False), states(text, causal=False)[:11])


def test_a_split_stack_does_less_work_on_long_inputs():
    width, layers, read, written = 1, 12, 2_000, 100
    block = 12 * width**2  # attention 4, feed-forward 8 in the classic design
    crossing = 4 * width**2  # queries and output for what is written, keys and values for what is read
    one_stack = 2 * layers * block * (read + written)
    split = layers * block * (read + written) + layers * crossing / 2 * (read + written)
    assert split / one_stack == pytest.approx(0.58, abs=0.005)
    assert layers * (2 * block + crossing) / (2 * layers * block) == pytest.approx(1.17, abs=0.005)
    # The control: passed through both parts, every token would cost more than in one stack.
    assert layers * (2 * block + crossing) * (read + written) > one_stack
