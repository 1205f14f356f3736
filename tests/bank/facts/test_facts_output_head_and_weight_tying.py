"""The figures and claims of the question on the output head, computed."""

import numpy as np
import pytest


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_scores_are_dot_products_with_rows():
    rng = np.random.default_rng(0)
    head, vector = rng.normal(size=(50, 8)), rng.normal(size=8)
    scores = head @ vector
    assert scores.shape == (50,) and scores[7] == pytest.approx(float(head[7] @ vector))
    drawn = {int(rng.choice(50, p=softmax(scores))) for _ in range(50)}
    assert len(drawn) > 1  # the scores leave the choice open


def test_the_share_of_the_tables():
    smol, rest = 49_152 * 576, 134.5e6 - 49_152 * 576  # SmolLM2-135M, tied
    assert smol == pytest.approx(28.3e6, rel=0.01) and smol / 134.5e6 == pytest.approx(0.21, abs=0.005)
    assert rest == pytest.approx(106.2e6, rel=0.01)
    one = 128_256 * 4096  # Llama 3 8B, two tables
    assert one == pytest.approx(525e6, rel=0.01) and 2 * one / 8.03e9 == pytest.approx(0.13, abs=0.005)
    large = 128_256 * 8192  # Llama 3 70B, two tables
    assert large == pytest.approx(1.05e9, rel=0.01) and 2 * large / 70.6e9 == pytest.approx(0.03, abs=0.001)


def test_every_output_row_gets_a_gradient_and_few_input_rows():
    rng = np.random.default_rng(1)
    vocabulary, width, read, target = 40, 6, 3, 17
    embedding, head, body = (rng.normal(size=s) for s in ((vocabulary, width), (vocabulary, width), (width, width)))
    hidden = embedding[read] @ body
    push = softmax(head @ hidden)
    push[target] -= 1
    on_head, on_embedding = np.outer(push, hidden), np.zeros_like(embedding)
    on_embedding[read] = body @ (head.T @ push)
    assert (np.abs(on_head).sum(axis=1) > 0).all()
    assert np.flatnonzero(np.abs(on_embedding).sum(axis=1)).tolist() == [read]


def test_a_common_shift_changes_nothing():
    scores = np.array([5.0, 3.0, -1.0])
    assert np.allclose(softmax(scores), softmax(scores + 100))
    assert softmax(np.array([12.0, 12.5]))[0] < 0.5  # a high score beside a higher one


def test_the_scores_of_a_batch_take_gigabytes():
    assert pytest.approx(8.4e9, rel=0.01) == 16_384 * 128_256 * 4


def test_the_scores_have_at_most_the_rank_of_the_width():
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 90))
    assert np.linalg.matrix_rank(scores) == 5
    logs = np.log(softmax(scores))
    assert np.linalg.matrix_rank(logs, tol=1e-8) <= 6  # the normaliser adds one
    wanted = np.log(softmax(4 * np.eye(60)))  # sixty contexts, each with another likely token
    u, s, v = np.linalg.svd(wanted)
    assert np.abs((u[:, :6] * s[:6]) @ v[:6] - wanted).max() > 1


def test_a_mean_row_never_wins_and_a_row_near_zero_can():
    rng = np.random.default_rng(3)
    direction = rng.normal(size=16)
    head = rng.normal(size=(200, 16)) - 2 * direction
    vector = 2 * direction
    scores = head @ vector
    assert scores.max() < -20  # a trained model whose scores are all negative
    noise = rng.normal(size=16) * 0.02
    with_noise = softmax(np.append(scores, noise @ vector))
    with_mean = softmax(np.append(scores, head.mean(axis=0) @ vector))
    assert with_noise[-1] > 0.99
    assert with_mean[-1] < with_mean[:-1].max()
    for _ in range(50):
        query = rng.normal(size=16)
        assert head.mean(axis=0) @ query <= (head @ query).max()


def test_the_loss_from_parts_of_the_vocabulary():
    rng = np.random.default_rng(4)
    scores, target = rng.normal(size=1000) * 3, 613
    parts = np.split(scores, 4)
    top = max(part.max() for part in parts)
    total = sum(np.exp(part - top).sum() for part in parts)
    assert np.log(total) + top - scores[target] == pytest.approx(-np.log(softmax(scores)[target]))
