"""The figures and claims of the question on the challenges of training, computed."""

import itertools

import numpy as np
import pytest


class Counter:
    """Matrix products that count their multiplications and additions."""

    def __init__(self):
        self.operations = 0

    def matmul(self, a, b):
        self.operations += 2 * a.shape[0] * a.shape[1] * b.shape[1]
        return a @ b


def forward_and_backward(widths, tokens):
    """Operations of a stack of linear layers: (forward, backward, parameters)."""
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((m, n)) / m**0.5 for m, n in itertools.pairwise(widths)]
    forward, backward = Counter(), Counter()
    inputs = [rng.standard_normal((tokens, widths[0]))]
    for w in weights:
        inputs.append(forward.matmul(inputs[-1], w))
    gradient = inputs[-1]  # of half the squared output
    for w, x in zip(reversed(weights), reversed(inputs[:-1]), strict=True):
        backward.matmul(x.T, gradient)  # gradient of the weights
        gradient = backward.matmul(gradient, w.T)  # gradient of the input
    return forward.operations, backward.operations, sum(w.size for w in weights)


def test_six_operations_per_parameter_and_token():
    tokens = 11
    forward, backward, parameters = forward_and_backward([32, 128, 32, 64], tokens)
    assert forward == 2 * parameters * tokens
    assert backward == 4 * parameters * tokens
    per_parameter_and_token = (forward + backward) / (parameters * tokens)

    run = per_parameter_and_token * 7e9 * 2e12
    assert run == pytest.approx(8.4e22)
    gpu_hours = run / (0.40 * 989e12) / 3600  # H100 SXM, dense bfloat16 peak
    assert gpu_hours == pytest.approx(59_000, rel=0.01)
    # the published figure for Llama 3 405B, 15.6 trillion tokens: 3.8e25
    assert per_parameter_and_token * 405e9 * 15.6e12 == pytest.approx(3.8e25, rel=0.01)


def test_sixteen_bytes_per_parameter():
    """Weights and gradients in half precision; master copy and two moments of Adam in full."""
    n = 1000
    state = [np.zeros(n, np.float16), np.zeros(n, np.float16)] + [np.zeros(n, np.float32) for _ in range(3)]
    per_parameter = sum(a.nbytes for a in state) / n
    assert per_parameter == 16
    assert per_parameter * 7e9 == 112e9
    weights_alone = state[0].nbytes / n * 7e9
    assert weights_alone == 14e9
    assert per_parameter * 7e9 > 80e9 > weights_alone  # fits for use, not for training


def descend(rate, steps=200):
    """Gradient descent on a quadratic with curvatures 1 and 10; the loss at each step."""
    curvature, w, losses = np.array([1.0, 10.0]), np.array([1.0, 1.0]), []
    for _ in range(steps):
        losses.append(0.5 * (curvature * w * w).sum())
        w = w - rate * curvature * w
    return np.array(losses)


def test_too_high_a_learning_rate_diverges():
    limit = 2 / 10  # 2 / largest curvature
    slow, good, below, above = descend(0.01), descend(0.15), descend(0.99 * limit), descend(1.01 * limit)
    assert good[50] < slow[50]  # up to the limit, higher is faster ...
    assert below[-1] < below[0]
    assert above[-1] > 10 * above[0]  # ... and beyond it the loss grows
    assert np.all(np.diff(above[-100:]) > 0)


def test_a_smaller_model_with_more_tokens_can_win_at_equal_compute():
    gopher, chinchilla = (280e9, 300e9), (70e9, 1.4e12)
    cost = {name: 6 * n * d for name, (n, d) in {"gopher": gopher, "chinchilla": chinchilla}.items()}
    assert cost["gopher"] == pytest.approx(5.0e23, rel=0.01)
    assert cost["chinchilla"] == pytest.approx(5.9e23, rel=0.01)
    assert chinchilla[1] / chinchilla[0] == pytest.approx(20)

    # loss = E + A / N^a + B / D^b: the published fit (Hoffmann et al. 2022) and its correction (Besiroglu et al. 2024)
    for e, a, b, alpha, beta in [(1.69, 406.4, 410.7, 0.34, 0.28), (1.8172, 482.01, 2085.43, 0.3478, 0.3658)]:

        def loss(n, d, e=e, a=a, b=b, alpha=alpha, beta=beta):
            return e + a / n**alpha + b / d**beta

        same = cost["gopher"]
        assert loss(70e9, same / 6 / 70e9) < loss(*gopher)
        sizes = np.geomspace(1e9, 1e13, 400)
        best = sizes[np.argmin([loss(n, same / 6 / n) for n in sizes])]
        assert 1e9 < best < 280e9  # an optimum inside, below Gopher's size


def test_rare_faults_become_routine_at_scale():
    hours, interruptions, gpus = 54 * 24, 419, 16_384
    assert hours / interruptions == pytest.approx(3, abs=0.2)
    years_per_gpu = hours * gpus / interruptions / (24 * 365)
    assert years_per_gpu == pytest.approx(6, abs=0.3)


def test_serving_catches_up_after_three_times_the_training_tokens():
    forward, backward, parameters = forward_and_backward([16, 64, 16], 5)
    training_per_token, serving_per_token = (forward + backward) / 5, forward / 5
    assert serving_per_token == 2 * parameters
    assert training_per_token / serving_per_token == 3


def test_leaked_items_measure_memory():
    """Nearest neighbour on noisy labels: adding test items to the training set lifts the score on those and on no others."""
    rng = np.random.default_rng(2)

    def sample(count):
        points = rng.standard_normal((count, 3))
        return points, (points[:, 0] + 0.7 * rng.standard_normal(count)) > 0

    (train, train_labels), (leaked, leaked_labels), (fresh, fresh_labels) = sample(600), sample(400), sample(400)

    def score(known, known_labels, items, labels):
        distances = ((items[:, None, :] - known[None, :, :]) ** 2).sum(axis=2)
        return (known_labels[distances.argmin(axis=1)] == labels).mean()

    both, both_labels = np.vstack([train, leaked]), np.concatenate([train_labels, leaked_labels])
    honest = score(train, train_labels, leaked, leaked_labels)
    assert 0.55 < honest < 0.8
    assert score(both, both_labels, leaked, leaked_labels) == 1
    gain = score(both, both_labels, fresh, fresh_labels) - score(train, train_labels, fresh, fresh_labels)
    assert abs(gain) < 0.08  # no better on what did not leak
