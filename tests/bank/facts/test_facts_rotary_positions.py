"""The figures and claims of the question on rotary position embeddings, computed."""

import numpy as np
import pytest

WIDTH = 128


def speeds(base=10_000.0, width=WIDTH):
    """Radians a token of each pair: base^(-2i/width)."""
    return base ** (-np.arange(0, width, 2) / width)


def rotate(x, position, base=10_000.0):
    """Pairs (2i, 2i+1) of ``x`` as complex numbers, turned by position times speed."""
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * position * speeds(base, x.shape[-1]))
    out = np.empty_like(x)
    out[..., 0::2], out[..., 1::2] = turned.real, turned.imag
    return out


def test_scores_depend_only_on_the_distance():
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=WIDTH), rng.normal(size=WIDTH)
    first = rotate(q, 30) @ rotate(k, 23)
    assert rotate(q, 1030) @ rotate(k, 1023) == pytest.approx(first)
    assert rotate(q, 1030) @ rotate(k, 1022) != pytest.approx(first)
    assert np.linalg.norm(rotate(q, 777)) == pytest.approx(np.linalg.norm(q))  # a rotation keeps the length
    added = rng.normal(size=(2000, WIDTH))  # positions added as vectors do depend on where both stand
    assert (q + added[30]) @ (k + added[23]) != pytest.approx((q + added[1030]) @ (k + added[1023]))


def test_wavelengths_of_two_bases():
    turns = 2 * np.pi / speeds()
    assert turns[0] == pytest.approx(6.28, abs=0.01)
    assert turns[-1] == pytest.approx(54_400, rel=0.01)
    assert 2 * np.pi / speeds(500_000.0)[-1] == pytest.approx(2.56e6, rel=0.01)


def test_slow_pairs_have_not_turned_once():
    assert ((2 * np.pi / speeds()) > 4096).sum() == 18
    assert len(speeds()) == 64


def test_twice_the_prompt_is_four_times_the_scores_and_twice_the_cache():
    def scores(length):
        return sum(query + 1 for query in range(length))

    assert scores(4096) / scores(2048) == pytest.approx(4, rel=0.001)
    one = np.zeros((2, 2048, 8, WIDTH), dtype=np.float16).nbytes
    assert np.zeros((2, 4096, 8, WIDTH), dtype=np.float16).nbytes == 2 * one


def test_the_score_can_peak_far_away():
    rng = np.random.default_rng(1)
    q = rng.normal(size=WIDTH)
    k = rotate(q, 3000)  # content of the key chosen so that 3,000 tokens back is the best match
    scores = [rotate(q, 5000) @ rotate(k, 5000 - distance) for distance in range(5001)]
    assert int(np.argmax(scores)) == 3000
    # Random contents: the mean square of the score is the same near and far.
    queries, keys = rng.normal(size=(4000, WIDTH)), rng.normal(size=(4000, WIDTH))
    near, far = ((rotate(queries, distance) * keys).sum(axis=1) for distance in (1, 4000))
    assert np.mean(near**2) == pytest.approx(np.mean(far**2), rel=0.1)


def test_interpolation_makes_neighbours_harder_to_tell_apart():
    """All positions divided by eight: one token on, every pair turns an eighth as far, the fastest too."""
    rng = np.random.default_rng(2)
    q = rng.normal(size=WIDTH)

    def turn(distance):
        return np.angle((rotate(q, distance)[0::2] + 1j * rotate(q, distance)[1::2]) / (q[0::2] + 1j * q[1::2]))

    assert np.allclose(turn(1 / 8), turn(1) / 8)
    assert q @ q - rotate(q, 1 / 8) @ q < (q @ q - rotate(q, 1) @ q) / 50  # the score hardly changes with the step
