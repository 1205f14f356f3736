"""The figures and claims of the question on speculative decoding, computed and simulated."""

import numpy as np
import pytest


def expected_tokens(alpha, drafted):
    return (1 - alpha ** (drafted + 1)) / (1 - alpha)


def speed(alpha, drafted, draft_cost):
    """Times faster than one token a pass, when a pass over a few tokens takes as long as one."""
    return expected_tokens(alpha, drafted) / (drafted * draft_cost + 1)


def decide(p, q, rng):
    """One drafted token under the rule of acceptance: (token written, accepted)."""
    token = rng.choice(len(q), p=q)
    if rng.random() < min(1, p[token] / q[token]):
        return token, True
    left = np.maximum(p - q, 0)
    return rng.choice(len(p), p=left / left.sum()), False


def test_accepted_and_corrected_add_up_to_the_large_model():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
    accepted = np.minimum(p, q)
    left = np.maximum(p - q, 0)
    corrected = (1 - accepted.sum()) * left / left.sum()
    assert np.allclose(accepted + corrected, p)
    drawn = [decide(p, q, rng) for _ in range(20_000)]
    assert np.allclose(np.bincount([token for token, _ in drawn], minlength=6) / 20_000, p, atol=0.015)
    rate = np.mean([kept for _, kept in drawn])
    assert rate == pytest.approx(1 - np.abs(p - q).sum() / 2, abs=0.015)  # one minus half the summed difference
    # The control: redrawing from p itself after a rejection does not give p.
    assert not np.allclose(accepted + (1 - accepted.sum()) * p, p, atol=0.01)


def test_tokens_a_pass():
    assert expected_tokens(0.8, 4) == pytest.approx(3.36, abs=0.005)
    assert expected_tokens(0.3, 4) == pytest.approx(1.43, abs=0.005)
    rng = np.random.default_rng(1)
    runs = rng.random((50_000, 4)) < 0.8
    written = np.cumprod(runs, axis=1).sum(axis=1) + 1  # the accepted run, and one token of the large model
    assert written.mean() == pytest.approx(3.36, abs=0.02)
    gains = [expected_tokens(0.8, n + 1) - expected_tokens(0.8, n) for n in range(1, 8)]
    assert gains == sorted(gains, reverse=True)  # each further drafted token helps less


def test_a_bad_drafter_makes_it_slower():
    assert speed(0.1, 4, 0.2) == pytest.approx(0.6, abs=0.02)


def test_expected_speed_at_four_of_five():
    assert speed(0.8, 4, 0.05) == pytest.approx(2.8, abs=0.01)
    assert speed(0.8, 4, 0.1) == pytest.approx(2.4, abs=0.01)
    assert pytest.approx(0.41, abs=0.001) == 0.8**4


def test_a_pass_over_five_tokens_takes_as_long_as_one():
    weights, peak, bandwidth = 8e9, 989e12, 3.35e12  # 16-bit weights, NVIDIA H100 SXM

    def seconds(tokens):
        return max(2 * weights / bandwidth, 2 * weights * tokens / peak)

    assert seconds(5) == seconds(50) == seconds(1)
    assert seconds(400) > seconds(1)  # with a full batch there is nothing to spare
    assert peak / bandwidth == pytest.approx(295, abs=1)
    assert 2 * weights / (2 * weights) == 1  # operations for each byte read, one token


def test_five_tokens_wake_more_experts_for_one_user_than_for_many():
    """256 experts in a layer and 8 of them a token, as in DeepSeek-V3, with even random routing."""

    def woken(tokens):
        return 256 * (1 - (1 - 8 / 256) ** tokens)

    assert woken(5) == pytest.approx(38, abs=0.5)
    assert woken(5) / woken(1) > 4.5  # one user: checking five positions reads nearly five times the experts
    assert woken(5 * 64) / woken(64) < 1.2  # sixty-four users: most are read anyway


def test_speculation_computes_more_positions_than_it_keeps():
    """The large model works on five positions a pass (the last token and four drafted) and keeps 3.36 of them on average."""
    assert 5 / expected_tokens(0.8, 4) == pytest.approx(1.49, abs=0.01)
