"""Facts behind the question `training`, computed from first principles."""

import hashlib
from itertools import pairwise

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def markov_text(rng: np.random.Generator, table: np.ndarray, length: int) -> np.ndarray:
    steps, cumulative = rng.random(length), table.cumsum(axis=1)
    out = [0]
    for step in steps:
        out.append(min(int(np.searchsorted(cumulative[out[-1]], step)), len(table) - 1))
    return np.array(out)


def loss_and_gradient(weights: np.ndarray, text: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean next-token cross-entropy of a bigram softmax model, and its gradient."""
    probabilities = softmax(weights)
    counts = np.zeros_like(weights)
    np.add.at(counts, (text[:-1], text[1:]), 1.0 / (len(text) - 1))
    loss = float(-(counts * np.log(probabilities)).sum())
    return loss, counts.sum(axis=1, keepdims=True) * probabilities - counts


def descend(weights: np.ndarray, text: np.ndarray, steps: int, rate: float = 20.0) -> np.ndarray:
    for _ in range(steps):
        weights = weights - rate * loss_and_gradient(weights, text)[1]
    return weights


def fingerprint(weights: np.ndarray) -> str:
    return hashlib.sha256(weights.tobytes()).hexdigest()


def test_gradient_descent_brings_next_token_loss_from_chance_towards_the_uncertainty_of_the_text():
    rng = np.random.default_rng(0)
    size = 8
    table = rng.dirichlet(np.full(size, 0.3), size=size)
    text = markov_text(rng, table, 20_000)
    held_out = markov_text(rng, table, 20_000)
    start = np.zeros((size, size))
    assert np.isclose(loss_and_gradient(start, text)[0], np.log(size))  # untrained: chance

    trained = descend(start, text, 400)
    frequency = np.bincount(text[:-1], minlength=size) / (len(text) - 1)
    floor = float(-(frequency[:, None] * table * np.log(table)).sum())
    loss = loss_and_gradient(trained, held_out)[0]
    assert loss < 0.7 * np.log(size)
    assert abs(loss - floor) < 0.05  # it cannot do better than the text is predictable


def test_pretraining_pairs_come_from_the_text_alone():
    """Inputs and targets are one sequence shifted by one: n tokens give n - 1 targets and no annotator appears."""
    text = np.array([5, 2, 9, 2, 7])
    inputs, targets = text[:-1], text[1:]
    assert list(zip(inputs, targets, strict=True)) == list(pairwise(text))
    assert len(targets) == len(text) - 1
    table = np.eye(10)[[(i * 3 + 1) % 10 for i in range(10)]] * 0.9 + 0.01
    corpus = markov_text(np.random.default_rng(1), table, 5_000)
    before = loss_and_gradient(np.zeros((10, 10)), corpus)[0]
    after = loss_and_gradient(descend(np.zeros((10, 10)), corpus, 200), corpus)[0]
    assert after < 0.5 * before  # it learns from those pairs


def test_examples_in_the_prompt_change_the_answer_but_no_weight_while_one_gradient_step_does():
    """A fixed linear-attention layer solves unseen regressions better with more examples in context; its weights never move."""
    rng = np.random.default_rng(0)
    width = 4
    weights = np.stack([np.eye(width), np.eye(width)])  # query and key projections
    before = fingerprint(weights)

    def answer(shots_x: np.ndarray, shots_y: np.ndarray, query: np.ndarray) -> float:
        if not len(shots_x):
            return 0.0
        scores = (shots_x @ weights[1]) @ (weights[0] @ query)
        return float(scores @ shots_y / len(shots_x))

    errors = {}
    for shots in (0, 20, 200):
        squared = []
        for _ in range(300):
            task, query = rng.normal(size=width), rng.normal(size=width)
            x = rng.normal(size=(shots, width))
            squared.append((answer(x, x @ task, query) - task @ query) ** 2)
        errors[shots] = np.mean(squared)
    assert errors[200] < 0.3 * errors[20] < 0.3 * errors[0]
    assert fingerprint(weights) == before

    text = np.array([0, 1, 2, 3, 0, 1])
    bigram = np.zeros((width, width))
    assert fingerprint(descend(bigram, text, 1)) != fingerprint(bigram)


def test_fine_tuning_from_trained_weights_beats_the_same_steps_from_scratch():
    rng = np.random.default_rng(3)
    size = 20
    general = rng.dirichlet(np.full(size, 0.2), size=size)
    domain = 0.8 * general + 0.2 * rng.dirichlet(np.full(size, 0.2), size=size)
    pretrained = descend(np.zeros((size, size)), markov_text(rng, general, 30_000), 400)
    small, test = markov_text(rng, domain, 1_000), markov_text(rng, domain, 10_000)
    tuned, scratch = descend(pretrained, small, 3), descend(np.zeros((size, size)), small, 3)
    assert loss_and_gradient(tuned, test)[0] < loss_and_gradient(pretrained, test)[0]
    assert loss_and_gradient(tuned, test)[0] < 0.9 * loss_and_gradient(scratch, test)[0]


def test_a_policy_tuned_for_reward_holds_the_reward_in_its_own_log_ratio():
    """The identity DPO rests on: maximise E[r] - beta KL(policy || reference) numerically; beta * log-ratio then gives r back."""
    rng = np.random.default_rng(2)
    beta, reference, reward = 0.5, softmax(rng.normal(size=6)), rng.normal(size=6)
    logits = np.log(reference)
    for _ in range(8_000):
        policy = softmax(logits)
        value = reward - beta * np.log(policy / reference)
        logits = logits + 3.0 * policy * (value - policy @ value)  # exact policy gradient
    implicit = beta * np.log(softmax(logits) / reference)
    assert np.allclose(implicit - implicit[0], reward - reward[0], atol=1e-3)
    assert not np.allclose(softmax(logits), reference, atol=0.05)


def test_duplicated_text_worsens_the_model_on_unseen_text():
    rng = np.random.default_rng(5)
    size = 12
    table = rng.dirichlet(np.full(size, 0.5), size=size)
    clean, held_out = markov_text(rng, table, 3_000), markov_text(rng, table, 10_000)
    passage = clean[:30]
    duplicated = np.concatenate([clean, np.tile(passage, 400)])
    losses = [loss_and_gradient(descend(np.zeros((size, size)), text, 300), held_out)[0] for text in (clean, duplicated)]
    assert losses[1] > 1.1 * losses[0]


def test_a_model_that_memorises_scores_full_marks_only_where_the_test_leaked():
    """More weights than examples, and labels with no pattern in them: gradient descent fits the leaked half and learns nothing else."""
    rng = np.random.default_rng(4)
    questions, labels = rng.normal(size=(400, 300)), rng.integers(4, size=400)
    leaked, fresh = slice(0, 200), slice(200, 400)
    weights, targets = np.zeros((300, 4)), np.eye(4)[labels]
    for _ in range(300):
        weights -= 0.5 * questions[leaked].T @ (softmax(questions[leaked] @ weights) - targets[leaked]) / 200

    def loss(part: slice) -> float:
        return float(-np.log(softmax(questions[part] @ weights)[targets[part] == 1]).mean())

    def accuracy(part: slice) -> float:
        return float(((questions[part] @ weights).argmax(axis=1) == labels[part]).mean())

    assert loss(leaked) < 0.1  # the training loss looks excellent
    assert accuracy(leaked) == 1.0
    assert accuracy(fresh) < 0.4  # four options: about a quarter by chance
    assert loss(fresh) > np.log(4)  # worse than admitting ignorance


def test_pretraining_compute_is_six_flops_per_weight_and_token_and_years_on_one_gpu():
    """Count multiply-adds of y = xW and of both its gradients, then apply it to 7e9 weights and 2e12 tokens."""
    tokens, inputs, outputs = 3, 5, 7

    def matmul_flops(a: tuple[int, int], b: tuple[int, int]) -> int:
        return 2 * a[0] * a[1] * b[1]

    forward = matmul_flops((tokens, inputs), (inputs, outputs))
    grad_input = matmul_flops((tokens, outputs), (outputs, inputs))
    grad_weight = matmul_flops((inputs, tokens), (tokens, outputs))
    per_weight_and_token = (forward + grad_input + grad_weight) / (inputs * outputs * tokens)
    assert per_weight_and_token == 6

    total = per_weight_and_token * 7e9 * 2e12
    assert np.isclose(total, 8.4e22)
    years = total / 4e14 / (365.25 * 86_400)  # 4e14 useful FLOP/s, about 40 % of a 989 TFLOP/s GPU
    assert 6 < years < 7

    two_weeks = 4e14 * 14 * 86_400
    weights = (two_weeks / (per_weight_and_token * 20)) ** 0.5  # at 20 tokens per weight, the Chinchilla ratio
    assert np.isclose(two_weeks, 4.8e20, rtol=0.02)
    assert 1.9e9 < weights < 2.1e9
