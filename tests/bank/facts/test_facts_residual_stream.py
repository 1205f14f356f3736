"""The figures and claims of the question on the residual stream and its norms, computed with random layers."""

import numpy as np
import pytest

WIDTH, DEPTH = 64, 64


def rms_norm(x):
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True))


def layer_norm(x):
    return (x - x.mean(axis=-1, keepdims=True)) / x.std(axis=-1, keepdims=True)


def matrices(seed=0, depth=DEPTH):
    return np.random.default_rng(seed).normal(size=(depth, WIDTH, WIDTH)) / np.sqrt(WIDTH)


def start(seed=1):
    return np.random.default_rng(seed).normal(size=WIDTH)


def test_the_final_vector_is_the_embedding_plus_all_updates():
    x = embedding = start()
    updates = []
    for w in matrices():
        updates.append(np.tanh(rms_norm(x) @ w))
        x = x + updates[-1]
    assert np.allclose(x, embedding + np.sum(updates, axis=0))


def gradient(gain, skips):
    """How the gradient's size changes from last to first of 64 random ReLU layers, their weights ``gain`` times the right size.

    The derivative of the last vector by the first is the product of the layers' derivatives (the norm's own one is left out).
    """
    x, product = start(), np.eye(WIDTH)
    branch = np.sqrt(2 / DEPTH) if skips else np.sqrt(2)
    for w in matrices() * gain:
        before = (rms_norm(x) if skips else x) @ w * branch
        here = w * branch * (before > 0)
        product = product @ (np.eye(WIDTH) + here if skips else here)
        x = x + np.maximum(before, 0) if skips else np.maximum(before, 0)
    return np.linalg.norm(product) / np.linalg.norm(np.eye(WIDTH))


def test_the_gradient_survives_only_with_skips():
    assert gradient(1, skips=False) == pytest.approx(1, abs=0.1)  # exactly right weights would do
    assert gradient(0.8, skips=False) < 1e-6
    assert gradient(1.25, skips=False) > 1e6
    assert 1 < gradient(0.8, skips=True) < gradient(1.25, skips=True) < 30


def test_only_pre_norm_leaves_the_stream_untouched():
    w = np.zeros((WIDTH, WIDTH))  # a sublayer that has nothing to add
    x = 5 * start()
    pre, post = x + rms_norm(x) @ w, layer_norm(x + x @ w)
    assert np.allclose(pre, x)
    assert not np.allclose(post, x)


def test_rms_norm_fixes_the_size_and_keeps_the_mean():
    x = start() * 7 + 3
    assert np.sqrt((rms_norm(x) ** 2).mean()) == pytest.approx(1)
    assert layer_norm(x).mean() == pytest.approx(0, abs=1e-12)
    assert rms_norm(x).mean() == pytest.approx(x.mean() / np.sqrt((x**2).mean()))
    assert rms_norm(x).mean() > 0.1
    assert np.allclose(rms_norm(10 * x), rms_norm(x))
    centred = x - x.mean()
    assert np.allclose(rms_norm(centred), layer_norm(x))  # on centred vectors the two are the same


def test_one_tokens_norm_ignores_all_others():
    batch = np.random.default_rng(2).normal(size=(3, 5, WIDTH))
    other = np.random.default_rng(3).normal(size=batch.shape) * 50
    other[0, 0] = batch[0, 0]
    for norm in (rms_norm, layer_norm):
        assert np.allclose(norm(batch)[0, 0], norm(other)[0, 0])
        assert np.allclose(norm(batch)[0, 0], norm(batch[0, 0]))

    def batch_norm(x):
        return (x - x.mean(axis=(0, 1))) / x.std(axis=(0, 1))

    assert not np.allclose(batch_norm(batch)[0, 0], batch_norm(other)[0, 0])


def test_the_stream_grows_and_late_updates_weigh_less():
    rng = np.random.default_rng(3)
    x, shares = np.zeros(WIDTH), []
    for _ in range(65):
        update = rms_norm(rng.normal(size=WIDTH))
        shares.append(np.linalg.norm(update) / max(np.linalg.norm(x), 1e-9))
        x = x + update
    assert np.linalg.norm(x) / np.sqrt(WIDTH) == pytest.approx(np.sqrt(65), rel=0.15)
    assert shares[-1] == pytest.approx(1 / 8, rel=0.15)
    assert shares[1] > 5 * shares[-1]


def test_normed_queries_and_keys_bound_the_scores():
    rng = np.random.default_rng(4)
    q, k = rng.normal(size=(200, WIDTH)) * 50, rng.normal(size=(200, WIDTH)) * 50
    bound = np.sqrt(WIDTH)
    assert np.abs(q @ k.T / np.sqrt(WIDTH)).max() > 100 * bound
    assert np.abs(rms_norm(q) @ rms_norm(k).T / np.sqrt(WIDTH)).max() <= bound


def test_scaling_by_depth_keeps_the_variance():
    rng = np.random.default_rng(5)

    def variance(depth, scale):
        return np.var(sum(scale * rng.normal(size=4000) for _ in range(depth)))

    assert variance(64, 1) == pytest.approx(64, rel=0.1)
    for depth in (16, 64):
        assert variance(depth, 1 / np.sqrt(depth)) == pytest.approx(1, rel=0.1)
