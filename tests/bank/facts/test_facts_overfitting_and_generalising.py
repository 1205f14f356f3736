"""The figures and claims of the question on overfitting and generalising, computed in small."""

import math

import numpy as np
import pytest


def examples(rng, n, width=60, wrong=0.2):
    """The rule: the sum of the first three of ``width`` numbers decides the label; a share ``wrong`` of the labels is turned over."""
    x = rng.normal(size=(n, width))
    label = np.where(x[:, :3].sum(axis=1) > 0, 1.0, -1.0)
    return x, label * np.where(rng.random(n) < wrong, -1, 1)


def log_loss(w, x, y):
    return np.logaddexp(0, -y * (x @ w)).mean()


def accuracy(w, x, y):
    return np.mean(np.sign(x @ w) == y)


def descend(x, y, steps, rate=0.5, decay=0.0):
    """All weights along the way of gradient descent on the log loss."""
    w, way = np.zeros(x.shape[1]), []
    for _ in range(steps):
        w = w + rate * (((1 / (1 + np.exp(y * (x @ w)))) * y) @ x / len(y) - decay * w)
        way.append(w)
    return way


def test_training_loss_falls_while_held_out_loss_turns_up():
    rng = np.random.default_rng(0)
    x, y = examples(rng, 80)
    fresh_x, fresh_y = examples(rng, 4000)
    way = descend(x, y, 600)
    train, held_out = [log_loss(w, x, y) for w in way], [log_loss(w, fresh_x, fresh_y) for w in way]
    assert train == sorted(train, reverse=True)
    best = int(np.argmin(held_out))
    assert best < 60  # the best moment comes early
    assert held_out[-1] > 1.5 * held_out[best]
    assert accuracy(way[-1], x, y) > 0.95 > 0.75 > accuracy(way[-1], fresh_x, fresh_y)


def test_more_examples_and_a_brake_close_the_gap():
    rng = np.random.default_rng(1)
    fresh = examples(rng, 4000)

    def gap(n, decay=0.0):
        x, y = examples(rng, n)
        w = descend(x, y, 600, decay=decay)[-1]
        return log_loss(w, *fresh) - log_loss(w, x, y), log_loss(w, *fresh)

    few, many, braked = gap(80), gap(4000), gap(80, decay=0.1)
    assert few[0] > 10 * many[0]
    assert many[1] < braked[1] < few[1]  # more examples help most, a penalty on large weights helps too


def test_too_simple_fails_on_both():
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 1, 500)
    y = np.sin(6 * x) + 0.1 * rng.normal(size=500)
    line, curve = (np.polynomial.Polynomial.fit(x[:250], y[:250], degree) for degree in (1, 9))

    def error(model, part):
        return np.mean((model(x[part]) - y[part]) ** 2)

    train, held_out = slice(0, 250), slice(250, 500)
    assert error(line, train) > 10 * error(curve, train)
    assert error(line, held_out) == pytest.approx(error(line, train), rel=0.2)  # no gap, and yet bad


def test_the_best_of_twenty_equals_looks_eight_points_better():
    rng = np.random.default_rng(3)
    scores = rng.binomial(100, 0.7, size=(20_000, 20))  # twenty variants, each right in 70 of 100 cases in the long run
    assert scores.max(axis=1).mean() == pytest.approx(78.3, abs=0.5)
    chosen = scores.argmax(axis=1)
    again = rng.binomial(100, 0.7, size=(20_000, 20))[np.arange(20_000), chosen]  # the chosen one on a test kept back
    assert again.mean() == pytest.approx(70, abs=0.2)


def test_copies_across_the_split_flatter():
    """300 documents labelled by chance, each there in three near copies. There is nothing to learn, and a memory seems to know it all."""
    rng = np.random.default_rng(4)
    document = np.repeat(np.arange(300), 3)
    label = rng.integers(0, 2, 300)[document]
    text = rng.normal(size=(300, 20))[document] + 0.05 * rng.normal(size=(900, 20))

    def score(held_out):
        train = ~held_out
        distance = ((text[held_out][:, None] - text[train][None]) ** 2).sum(axis=2)
        return np.mean(label[train][distance.argmin(axis=1)] == label[held_out])

    at_random = rng.random(900) < 0.2
    by_document = (rng.random(300) < 0.2)[document]
    assert score(at_random) > 0.9
    assert score(by_document) == pytest.approx(0.5, abs=0.08)


def test_in_one_pass_every_batch_is_held_out_until_it_is_read():
    rng = np.random.default_rng(5)
    fresh = examples(rng, 4000)

    def before_each_step(batches):
        w, on_batch = np.zeros(60), []
        for x, y in batches:
            on_batch.append(log_loss(w, x, y))
            w = w + 0.2 * ((1 / (1 + np.exp(y * (x @ w)))) * y) @ x / len(y)
        return np.mean(on_batch[-100:]), log_loss(w, *fresh)

    new, held_out = before_each_step([examples(rng, 20) for _ in range(500)])
    assert new == pytest.approx(held_out, abs=0.05)
    few = [examples(rng, 20) for _ in range(4)]
    repeated, held_out_then = before_each_step(few * 125)
    assert repeated < held_out_then - 0.3


def test_a_model_that_can_fit_noise_may_still_learn_a_rule():
    """400 weights for 100 examples, the smallest that fit exactly: chance labels are fitted as well, a rule is learned."""
    rng = np.random.default_rng(6)
    strong = np.r_[np.full(5, 6.0), np.full(395, 0.5)]  # the rule lies in the strong directions, as in real data
    x, fresh = (rng.normal(size=(n, 400)) * strong for n in (100, 1000))
    inverse = np.linalg.pinv(x)
    truth = np.sign(fresh[:, :5].sum(axis=1))

    def fitted(labels):
        w = inverse @ labels
        assert np.allclose(x @ w, labels)  # every training label is met
        return np.mean(np.sign(fresh @ w) == truth)

    assert fitted(np.sign(x[:, :5].sum(axis=1))) > 0.8
    assert np.mean([fitted(rng.choice([-1.0, 1.0], 100)) for _ in range(40)]) == pytest.approx(0.5, abs=0.1)


def test_error_peaks_where_the_model_just_fits_and_falls_again():
    rng = np.random.default_rng(7)
    truth = rng.normal(size=200) / 14

    def error(used):
        found = []
        for _ in range(25):
            x = rng.normal(size=(40, 200))
            w = np.zeros(200)
            w[:used] = np.linalg.lstsq(x[:, :used], x @ truth + 0.3 * rng.normal(size=40))[0]
            found.append(np.sum((w - truth) ** 2))  # the mean squared error on fresh examples of this kind
        return np.median(found)

    small, exact, large = error(10), error(40), error(200)
    assert exact > 3 * small and exact > 3 * large


def test_remembering_rare_cases_pays_where_they_come_again():
    """A rule for most, and many rare exceptions, each seen at most a few times: who remembers those seen is better on new cases."""
    rng = np.random.default_rng(8)
    kinds = 2000
    often = 1 / np.arange(1, kinds + 1)
    often /= often.sum()
    exception = rng.random(kinds) < 0.3
    train, test = (rng.choice(kinds, 3000, p=often) for _ in range(2))
    rule = np.mean(~exception[test])
    once = np.isin(test, np.flatnonzero(np.bincount(train, minlength=kinds) == 1))
    seen = np.isin(test, train)
    remembering = np.mean(~exception[test] | seen)
    assert remembering > rule + 0.15
    assert np.mean(once & exception[test]) > 0.01  # some of it from cases read a single time


def test_held_out_data_of_the_same_kind_say_nothing_on_another_kind():
    rng = np.random.default_rng(9)
    x = rng.uniform(0, 1, 400)
    y = np.sin(5 * x) + 0.05 * rng.normal(size=400)
    model = np.polynomial.Polynomial.fit(x[:200], y[:200], 6)
    same = np.mean((model(x[200:]) - y[200:]) ** 2)
    elsewhere = rng.uniform(1.2, 1.6, 200)
    assert same < 0.01
    assert np.mean((model(elsewhere) - np.sin(5 * elsewhere)) ** 2) > 100 * same


def test_a_hundred_cases_leave_nine_points():
    assert 1.96 * math.sqrt(0.7 * 0.3 / 100) == pytest.approx(0.09, abs=0.001)
