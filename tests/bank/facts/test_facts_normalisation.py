"""The figures and claims of the question on normalisation, computed with random vectors and layers."""

import numpy as np
import pytest

WIDTH = 128


def rms_norm(x, gain=1.0):
    return gain * x / np.sqrt((x**2).mean(axis=-1, keepdims=True))


def layer_norm(x):
    return (x - x.mean(axis=-1, keepdims=True)) / x.std(axis=-1, keepdims=True)


def vectors(n=1000, seed=0):
    return np.random.default_rng(seed).normal(size=(n, WIDTH))


def test_a_norm_forgets_the_size_of_its_input():
    x = vectors() * 7 + 2
    for norm in (rms_norm, layer_norm):
        assert np.allclose(norm(10 * x), norm(x))
        assert not np.allclose(norm(-x), norm(x))  # the direction stays
    assert np.allclose(np.sqrt((rms_norm(x) ** 2).mean(axis=1)), 1)


def test_layer_norm_is_rms_norm_of_the_centred_vector():
    x = vectors() + 3
    centred = x - x.mean(axis=1, keepdims=True)
    assert np.allclose(layer_norm(x), rms_norm(centred))
    assert np.allclose(layer_norm(x).mean(axis=1), 0, atol=1e-12)
    assert rms_norm(x).mean() > 0.9  # RMSNorm leaves the mean in


def test_a_norm_does_not_make_the_values_normal():
    """Only scaled (and shifted): the shape of the distribution stays. One outlier among 128 values stays one."""
    x = vectors(1)[0]
    x[5] = 60.0

    def tails(v):
        return ((v - v.mean()) ** 4).mean() / v.var() ** 2

    assert tails(layer_norm(x)) == pytest.approx(tails(x))
    assert tails(layer_norm(x)) > 50  # a normal distribution has 3
    assert tails(vectors(1, seed=1)[0]) < 4


def test_few_operations_for_each_byte():
    """RMSNorm of a 4,096 wide vector in 16 bits beside a 4,096 by 4,096 matrix product for 4,096 tokens."""
    width, tokens = 4096, 4096
    operations = 4 * width  # square, add, scale, gain
    moved = 2 * 2 * width  # read once and write once, at best
    assert operations / moved == 1
    product = 2 * tokens * width * width
    moved_by_product = 2 * (tokens * width + width * width + tokens * width)
    assert product / moved_by_product == pytest.approx(1365, abs=1)
    assert pytest.approx(295, abs=1) == 989e12 / 3.35e12  # what an H100 could do for each byte it reads
    assert operations * tokens / product == pytest.approx(0.0005, abs=0.0001)


def stack(depth, place, seed=0):
    """Random blocks; sizes of the stream, and the mean angle in degrees by which each block turns it."""
    rng = np.random.default_rng(seed)
    x = rms_norm(vectors(64, seed))
    sizes, turns = [], []
    for _ in range(depth):
        w = rng.normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH)
        before = x
        if place == "pre":
            x = x + rms_norm(x) @ w
        elif place == "post":
            x = rms_norm(x + x @ w)
        cosine = (before * x).sum(axis=1) / np.linalg.norm(before, axis=1) / np.linalg.norm(x, axis=1)
        sizes.append(np.sqrt((x**2).mean()))
        turns.append(np.degrees(np.arccos(cosine)).mean())
    return sizes, turns


def test_pre_norm_grows_and_turns_less_and_less():
    """Assumes random blocks, so that an update of size one stands at right angles to the stream, which trained blocks need not do.

    The closed form: before block k the stream has size sqrt(k), so the block turns it by atan(1 / sqrt(k)). The measure is the angle; one
    minus the cosine falls with its square and would give a much smaller share.
    """
    sizes, turns = stack(64, "pre")
    assert sizes[-1] == pytest.approx(np.sqrt(65), rel=0.05)  # 64 updates of size one beside the start
    assert turns == pytest.approx(np.degrees(np.arctan(1 / np.sqrt(np.arange(1, 65)))), rel=0.06)
    assert turns[0] == pytest.approx(45, abs=0.5)
    assert turns[-1] == pytest.approx(7, abs=0.2)
    assert turns[-1] / turns[0] == pytest.approx(1 / 6, abs=0.015)
    one_minus_cosine = 1 - np.cos(np.radians(turns))
    assert one_minus_cosine[-1] / one_minus_cosine[0] < 1 / 20  # true of another measure, and not of the turn
    post_sizes, post_turns = stack(64, "post")
    assert post_sizes[-1] == pytest.approx(1)
    assert post_turns[-1] == pytest.approx(post_turns[0], rel=0.1)  # in post-norm every block turns it as much


def test_a_norm_on_the_output_bounds_each_update():
    rng = np.random.default_rng(3)
    x = vectors(64)
    w = rng.normal(size=(WIDTH, WIDTH)) * 50 / np.sqrt(WIDTH)  # a sublayer gone wild
    wild, held = rms_norm(x) @ w, rms_norm(rms_norm(x) @ w)
    assert np.sqrt((wild**2).mean()) > 40
    assert np.sqrt((held**2).mean()) == pytest.approx(1)


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_without_a_bound_attention_becomes_one_hot():
    """Queries and keys of width 128 for 1,024 positions; their projections grow sixfold each, as in a run that goes wrong."""
    rng = np.random.default_rng(4)
    q, k = rng.normal(size=(64, WIDTH)), rng.normal(size=(1024, WIDTH))

    def entropy(q, k):
        p = softmax(q @ k.T / np.sqrt(WIDTH))
        return -(p * np.log(p + 1e-300)).sum(axis=1).mean()

    assert entropy(q, k) > 6  # nearly log(1024), which is 6.9
    assert entropy(6 * q, 6 * k) < 0.5
    assert entropy(rms_norm(6 * q), rms_norm(6 * k)) == pytest.approx(entropy(rms_norm(q), rms_norm(k)))


def test_qk_norm_can_still_be_sharp():
    """The largest score of normalised queries and keys at width 128 is the root of the width, times the learned gains."""
    q = rms_norm(vectors(1)[0])
    best = q @ q / np.sqrt(WIDTH)
    assert best == pytest.approx(np.sqrt(WIDTH))
    assert best == pytest.approx(11.3, abs=0.02)
    assert np.exp(best) > 80_000  # times as much weight as a key with score 0
    doubled = (2 * q) @ (2 * q) / np.sqrt(WIDTH)  # gains of two on both sides
    assert doubled == pytest.approx(4 * best)
    unit = q / np.linalg.norm(q)  # of length one, without a factor, a match is hardly above a score of zero
    assert np.exp(unit @ unit) < 3


def test_squares_overflow_in_sixteen_bits():
    x = np.full(WIDTH, 300, dtype=np.float16)
    with np.errstate(over="ignore"):
        assert np.isinf(x * x).all()  # 90,000 is above 65,504, the largest number of fp16
    wide = x.astype(np.float32)
    assert np.isfinite(rms_norm(wide)).all()
    assert np.finfo(np.float16).max == 65504
    assert 256**2 > 65504 > 255**2


def test_the_gain_folds_into_the_next_matrix():
    rng = np.random.default_rng(5)
    x, gain, w = vectors(8), rng.normal(size=WIDTH), rng.normal(size=(WIDTH, WIDTH))
    assert np.allclose(rms_norm(x, gain) @ w, rms_norm(x) @ (gain[:, None] * w))
    assert not np.allclose(rms_norm(x, gain) @ w, rms_norm(x) @ w)
