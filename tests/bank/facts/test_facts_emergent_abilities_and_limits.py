"""The figures and claims of the question on emergence and limits, computed in small."""

import math

import numpy as np
import pytest


def right_token(parameters):
    """Chance of one right token, improving smoothly: the loss on it falls as a power of the size."""
    return np.exp(-((1e8 / parameters) ** 0.4))


SIZES = np.geomspace(1e7, 1e11, 9)


def test_a_smooth_gain_looks_like_a_jump_when_ten_tokens_must_all_be_right():
    one, ten = right_token(SIZES), right_token(SIZES) ** 10
    assert (np.diff(one) > 0).all() and one[0] > 0.05  # token by token it improves all the way
    steps = np.diff(np.log(-np.log(one)))
    assert np.allclose(steps, steps[0])  # as a straight line in the right units
    assert (ten[:5] < 0.02).all()  # up to a billion parameters nothing to be seen
    assert ten[-1] > 0.5
    assert pytest.approx(0.11, abs=0.005) == 0.8**10
    assert pytest.approx(0.60, abs=0.005) == 0.95**10


def test_partial_credit_on_the_same_outputs_shows_the_slope():
    rng = np.random.default_rng(0)
    exact, partial = [], []
    for size in SIZES:
        hits = rng.random((500, 10)) < right_token(size)  # the same outputs, marked in two ways
        exact.append(hits.all(axis=1).mean())
        partial.append(hits.mean())
    assert max(exact[:4]) < 0.02
    assert min(np.diff(partial)) > 0.01
    assert partial[4] > partial[0] + 0.25


def test_multiple_choice_marks_flip_while_the_scores_move_evenly():
    lead = np.linspace(-2, 2, 9)  # how far the right option is ahead of the best wrong one, growing evenly with size
    marks = (lead > 0).astype(int)
    assert np.allclose(np.diff(lead), 0.5)
    assert np.count_nonzero(np.diff(marks)) == 1


def test_a_hundred_items_show_nothing_of_half_a_percent():
    assert pytest.approx(0.61, abs=0.005) == 0.995**100  # chance of no hit at all
    assert 0.995**10_000 < 1e-20
    # A model three times as good is seen to be so only with many items.
    assert 0.985**100 > 0.2


def test_fixed_weights_do_two_tasks_given_by_examples():
    """Attention over the examples in the prompt: queries and keys are the inputs, values the answers. Nothing is trained in between."""
    rng = np.random.default_rng(1)

    def answer(examples, labels, question):
        weights = np.exp(-30 * ((examples - question) ** 2).sum(axis=1))
        return (weights / weights.sum()) @ labels

    x, new = rng.uniform(-1, 1, (400, 2)), rng.uniform(-0.8, 0.8, (50, 2))
    for task in (lambda z: z[:, 0] - z[:, 1], lambda z: np.sin(3 * z[:, 0])):
        found = np.array([answer(x, task(x), q) for q in new])
        assert np.corrcoef(found, task(new))[0, 1] > 0.98
    nothing = answer(x, np.zeros(400), new[0])
    assert nothing == 0  # without the labels in the prompt it knows neither


def hops(follows, start, count):
    for _ in range(count):
        start = follows[start]
    return start


def test_a_fixed_depth_follows_a_bounded_chain_and_written_steps_go_on():
    """A layer may look up, for every place at once, where its pointer leads: the reach at most doubles with each layer."""
    rng = np.random.default_rng(2)
    follows = np.empty(200, int)
    ring = rng.permutation(200)
    follows[ring] = np.roll(ring, -1)  # one long chain through all places

    def layers(depth):
        reach = follows
        for _ in range(depth):
            reach = reach[reach]
        return reach  # where every place leads after 2**depth hops

    assert np.array_equal(layers(4), [hops(follows, s, 16) for s in range(200)])
    wanted = np.array([hops(follows, s, 100) for s in range(200)])
    assert not any(np.array_equal(layers(depth), wanted) for depth in range(5))  # none of up to four layers reaches a hundred hops
    place, written = 17, []
    for _ in range(100):  # one short step a token, each written down and read again
        place = follows[place]
        written.append(place)
    assert written[-1] == wanted[17]


def test_facts_read_once_foretell_the_share_of_unknown_ones():
    """Good and Turing: the chance that the next fact asked for was never read is about the share of those read exactly once."""
    rng = np.random.default_rng(3)
    often = 1 / np.arange(1, 50_001)
    often /= often.sum()
    read = rng.choice(50_000, 30_000, p=often)
    counts = np.bincount(read, minlength=50_000)
    once = np.count_nonzero(counts == 1) / len(read)
    unknown = often[counts == 0].sum()
    assert once == pytest.approx(unknown, abs=0.02)
    assert once > 0.2
    guessed_right = 1 / 365  # a birthday that was never read
    assert unknown * (1 - guessed_right) > 0.2  # wrong that often, if an answer is always given


def test_learning_one_direction_leaves_the_other_at_chance():
    people = 50
    forward = np.zeros((2 * people, 2 * people))
    for _ in range(300):  # trained on "person i, then deed i" only
        p = np.exp(forward[:people]) / np.exp(forward[:people]).sum(axis=1, keepdims=True)
        target = np.eye(2 * people)[people:]
        forward[:people] += 2.0 * (target - p)
    p = np.exp(forward) / np.exp(forward).sum(axis=1, keepdims=True)
    assert (p[:people].argmax(axis=1) == np.arange(people, 2 * people)).all()
    back = p[people:][:, :people].diagonal()
    assert np.allclose(back, 1 / (2 * people))


def test_a_false_distractor_can_bend_the_curve_down_and_up_again():
    sizes = np.linspace(0, 1, 101)
    easy = 1 / (1 + np.exp(-20 * (sizes - 0.3)))  # ability to do the easy task that misleads
    hard = 1 / (1 + np.exp(-20 * (sizes - 0.7)))  # ability to see through it
    score = hard + (1 - hard) * 0.5 * (1 - easy)
    lowest = int(score.argmin())
    assert 20 < lowest < 80
    assert score[0] > score[lowest] + 0.3 and score[-1] > score[lowest] + 0.5
    assert math.isclose(score[0], 0.5, abs_tol=0.01)  # the smallest model guesses
