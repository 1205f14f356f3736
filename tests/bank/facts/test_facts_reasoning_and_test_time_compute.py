"""The figures and claims of the question on reasoning and compute at answer time, computed."""

import numpy as np
import pytest


def voted_right(shares, votes, rounds, rng):
    """How often the plurality of ``votes`` draws is answer 0 (ties broken by chance); ``shares``: how often each answer is given."""
    counts = rng.multinomial(votes, shares, size=rounds) + rng.random((rounds, len(shares))) * 0.5
    return (counts.argmax(axis=1) == 0).mean()


def test_voting_strengthens_what_is_most_common():
    rng = np.random.default_rng(0)
    scattered = [0.35] + [0.065] * 10  # right 35 times in a hundred, the errors spread over ten answers
    together = [0.35, 0.45] + [0.02] * 10  # as often right, but one wrong answer is more common
    assert voted_right(scattered, 1, 40_000, rng) == pytest.approx(0.35, abs=0.01)
    assert voted_right(scattered, 40, 4000, rng) > 0.98
    assert voted_right(together, 1, 40_000, rng) == pytest.approx(0.35, abs=0.01)
    assert voted_right(together, 40, 4000, rng) == pytest.approx(0.25, abs=0.03)
    assert voted_right(together, 400, 4000, rng) < 0.05


def test_a_right_answer_among_many_is_not_yet_chosen():
    rng = np.random.default_rng(1)
    found = rng.random((20_000, 100)) < 0.01
    assert found.any(axis=1).mean() == pytest.approx(0.634, abs=0.01)  # one of a hundred attempts is right
    chosen = found[np.arange(len(found)), rng.integers(0, 100, len(found))]
    assert chosen.mean() == pytest.approx(0.01, abs=0.003)  # and picking blindly gains nothing


def first_that_passes(right, leak, attempts, rng, rounds=40_000):
    """Attempts until a checker passes one (every right one and ``leak`` of the wrong): share right of the accepted, share accepted."""
    accepted = np.zeros(rounds, dtype=bool)
    good = np.zeros(rounds, dtype=bool)
    for _ in range(attempts):
        hit = rng.random(rounds) < right
        passed = hit | (rng.random(rounds) < leak)
        good |= passed & hit & ~accepted
        accepted |= passed
    return good.sum() / accepted.sum(), accepted.mean()


def test_a_leaky_checker_sets_a_ceiling_that_no_number_of_attempts_lifts():
    rng = np.random.default_rng(2)
    for right, ceiling in ((0.05, 0.72), (0.005, 0.20)):
        assert right / (right + (1 - right) * 0.02) == pytest.approx(ceiling, abs=0.01)
        few, many = (first_that_passes(right, 0.02, n, rng) for n in (4, 60))
        assert few[0] == pytest.approx(ceiling, abs=0.02) and many[0] == pytest.approx(ceiling, abs=0.02)
        assert many[1] > few[1]  # more is answered, with the same share wrong
    assert first_that_passes(0.05, 0.0, 60, rng) == pytest.approx((1, 0.95), abs=0.01)  # a perfect one has no ceiling


def test_the_best_by_a_score_with_wild_errors_stops_being_better():
    """True quality of the attempt with the highest score, with mild errors of the score and with rare, wild ones."""
    rng = np.random.default_rng(3)

    def picked(n, errors):
        quality = rng.normal(size=(1000, n))
        scores = quality + errors((1000, n))
        return quality[np.arange(1000), scores.argmax(axis=1)].mean()

    mild = [picked(n, lambda size: rng.normal(size=size)) for n in (4, 64, 1024)]
    wild = [picked(n, lambda size: rng.standard_t(1.5, size=size)) for n in (4, 64, 1024)]
    assert mild[0] < mild[1] - 0.3 and mild[1] < mild[2] - 0.3
    assert wild[2] < wild[0] and wild[2] < 0.2  # with a thousand attempts it picks the errors of the score
    assert wild[0] > 0.3


def test_checking_each_step_keeps_a_long_chain_alive():
    steps, wrong, caught, refused = 50, 0.02, 0.8, 0.05
    alone = (1 - wrong) ** steps
    kept_wrong, kept_right = wrong * (1 - caught), (1 - wrong) * (1 - refused)
    checked = (kept_right / (kept_right + kept_wrong)) ** steps
    assert alone == pytest.approx(0.36, abs=0.01) and checked == pytest.approx(0.81, abs=0.01)
    assert 1 / (kept_right + kept_wrong) == pytest.approx(1.07, abs=0.01)  # attempts a step
    rng = np.random.default_rng(4)
    survived = np.ones(20_000, dtype=bool)
    for _ in range(steps):  # the same by drawing: a step is drawn again until the checker lets it pass
        waiting = np.ones(20_000, dtype=bool)
        while waiting.any():
            bad = rng.random(20_000) < wrong
            passes = np.where(bad, rng.random(20_000) >= caught, rng.random(20_000) >= refused)
            survived &= ~(waiting & passes & bad)
            waiting &= ~passes
    assert survived.mean() == pytest.approx(checked, abs=0.02)


def test_stopping_when_it_passes_saves_most_of_the_attempts():
    rng = np.random.default_rng(5)
    chance = rng.choice([0.8, 0.1, 0.0], 50_000, p=[0.6, 0.3, 0.1])
    tries = rng.random((50_000, 16)) < chance[:, None]
    solved = tries.any(axis=1)
    spent = np.where(solved, tries.argmax(axis=1) + 1, 16)
    assert solved.mean() == pytest.approx(0.84, abs=0.01)
    assert spent.mean() == pytest.approx(4.8, abs=0.1)  # in place of 16, and the same are solved
    assert spent[chance == 0.8].mean() < 1.3 and (spent[chance == 0] == 16).all()


def test_thinking_is_paid_in_tokens_and_in_seconds():
    """Assumes the same speed for each of sixteen attempts in one batch, and that nobody stops the slow ones.

    The speed is checked by the bytes that a step reads (8 billion weights, 128 KiB of cache a token), the time by drawing lengths.
    """
    answer, thought, a_second = 300, 8000, 60
    longer = (answer + thought) / answer
    assert longer == pytest.approx(27.7, abs=0.1)
    assert answer / a_second == 5 and (answer + thought) / a_second == pytest.approx(138, abs=1)
    assert 16 * answer < answer + thought  # sixteen attempts at once

    def read_by_a_step(attempts):
        return 2 * 8e9 + attempts * answer * 128 * 1024

    assert read_by_a_step(16) / read_by_a_step(1) < 1.05  # so a batch of sixteen hardly slows each one
    lengths = np.random.default_rng(6).uniform(150, 450, (20_000, 16))  # 300 on average
    assert (lengths.max(axis=1) / a_second).mean() == pytest.approx(7.2, abs=0.05)  # whoever waits for all waits for the longest
