"""The figures and claims of the question on fine-tuning, computed."""

import numpy as np
import pytest


def test_full_tuning_takes_sixteen_bytes_a_parameter():
    n = 1000
    half, full = np.float16, np.float32  # mixed precision: half for the passes, full for the optimiser
    held = [
        np.zeros(n, half),  # weights
        np.zeros(n, half),  # gradients
        np.zeros(n, full),  # master weights
        np.zeros(n, full),  # Adam's first moment
        np.zeros(n, full),  # Adam's second moment
    ]
    per_parameter = sum(a.nbytes for a in held) / n
    assert per_parameter == 16
    assert 7e9 * per_parameter / 1e9 == 112
    assert per_parameter / np.dtype(half).itemsize == 8  # against the weights alone


def lora(rng, d, k, r):
    return rng.normal(size=(d, r)), rng.normal(size=(r, k))


def test_lora_trains_two_percent():
    w = np.zeros((768, 768))
    b, a = lora(np.random.default_rng(0), 768, 768, 8)
    assert (b @ a).shape == w.shape
    assert np.linalg.matrix_rank(b @ a) == 8
    trained = b.size + a.size
    assert (trained, w.size) == (12_288, 589_824)
    assert 100 * trained / w.size == pytest.approx(2.1, abs=0.05)


def test_merged_lora_gives_the_same_output():
    rng = np.random.default_rng(1)
    w, x = rng.normal(size=(64, 48)), rng.normal(size=(10, 48))
    b, a = lora(rng, 64, 48, 4)
    merged = w + b @ a
    assert np.allclose(x @ merged.T, x @ w.T + (x @ a.T) @ b.T)
    assert merged.nbytes == w.nbytes  # no smaller, so no faster either
    assert np.allclose(merged - b @ a, w)  # and it can be taken out again


def test_training_loss_hides_overfitting():
    """More and more capacity on twenty noisy examples: the training error falls, the held-out error turns up."""
    rng = np.random.default_rng(2)

    def data(n):
        x = rng.uniform(-1, 1, n)
        return x, np.sin(3 * x) + rng.normal(scale=0.3, size=n)

    (x, y), (tx, ty) = data(20), data(2000)
    degrees = [1, 3, 5, 9, 14]
    fits = [np.polynomial.Polynomial.fit(x, y, d) for d in degrees]
    train = [np.mean((f(x) - y) ** 2) for f in fits]
    test = [np.mean((f(tx) - ty) ** 2) for f in fits]
    assert train == sorted(train, reverse=True)
    assert test[-1] > 2 * min(test)
    assert degrees[int(np.argmin(test))] < degrees[-1]


def test_more_rank_can_fit_noise():
    """The true change of a weight matrix has rank 2; the examples are few and noisy."""
    rng = np.random.default_rng(3)
    d, n, true_rank = 40, 80, 2
    w = rng.normal(size=(d, d))
    change = np.linalg.multi_dot(lora(rng, d, d, true_rank)) / np.sqrt(d)
    x = rng.normal(size=(n, d))
    y = x @ (w + change) + rng.normal(scale=2.0, size=(n, d))
    delta = np.linalg.lstsq(x, y - x @ w, rcond=None)[0]  # the base stays frozen, only the change is fitted
    fitted = x @ delta
    _, _, vt = np.linalg.svd(fitted, full_matrices=False)  # the best fit of each rank (reduced-rank regression)

    def errors(rank):
        project = vt[:rank].T @ vt[:rank]
        low = delta @ project
        return np.mean((y - x @ (w + low)) ** 2), np.mean((low - change) ** 2)

    (train_2, test_2), (train_40, test_40) = errors(2), errors(40)
    assert train_40 < train_2
    assert test_40 > 5 * test_2


def test_narrow_tuning_forgets():
    """Train on task A, go on with B alone in the same weights: A gets worse, and mixing A in prevents that."""
    rng = np.random.default_rng(4)
    d = 20
    xa, xb = rng.normal(size=(15, d)), rng.normal(size=(15, d))
    ya, yb = rng.normal(size=15), rng.normal(size=15)

    def descend(w, x, y, steps=4000, rate=0.01):
        for _ in range(steps):
            w = w - rate * x.T @ (x @ w - y) / len(y)
        return w

    def loss(w, x, y):
        return np.mean((x @ w - y) ** 2)

    before = descend(np.zeros(d), xa, ya)
    after = descend(before, xb, yb)
    assert loss(after, xb, yb) < loss(before, xb, yb)
    assert loss(after, xa, ya) > 10 * loss(before, xa, ya)
    mixed = descend(before, np.vstack([xa, xb]), np.concatenate([ya, yb]))
    assert loss(mixed, xa, ya) < loss(after, xa, ya)
