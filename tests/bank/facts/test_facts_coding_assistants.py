"""The figures and claims of the question on coding assistants."""

import calendar
from math import comb

import pytest


def pass_at(k, n, right):
    """Chen et al. 2021: the chance that a draw of k of the n samples holds at least one of the right ones."""
    return 1 - comb(n - right, k) / comb(n, k)


def tempting(k, n, right):
    return 1 - (1 - right / n) ** k


def expected(estimate, k, n, chance):
    """The mean of an estimate over all outcomes of n samples, each right with this chance."""
    return sum(comb(n, c) * chance**c * (1 - chance) ** (n - c) * estimate(k, n, c) for c in range(n + 1))


def test_twenty_samples_of_which_three_pass():
    assert pass_at(1, 20, 3) == pytest.approx(0.15)
    assert pass_at(10, 20, 3) == pytest.approx(0.895, abs=0.001)
    assert tempting(10, 20, 3) == pytest.approx(0.803, abs=0.001)


def test_one_estimator_is_right_on_average_and_the_tempting_one_is_too_low():
    truth = 1 - 0.9**5
    assert truth == pytest.approx(0.410, abs=0.001)
    assert expected(pass_at, 5, 10, 0.1) == pytest.approx(truth)
    assert expected(tempting, 5, 10, 0.1) == pytest.approx(0.349, abs=0.001)


def test_one_of_ten_right_is_no_use_without_somebody_who_chooses():
    """Each sample right in 20 of 100, independently; tests that let 10 of 100 wrong ones through."""
    one, any_of_ten, slack = 0.2, 1 - 0.8**10, 0.1
    assert any_of_ten == pytest.approx(0.893, abs=0.001)
    first_that_passes = one / (one + (1 - one) * slack)
    assert first_that_passes == pytest.approx(0.714, abs=0.001)


def leap(year):
    return year % 4 == 0


def test_three_tests_pass_what_a_thousand_do_not():
    assert [leap(year) for year in (2020, 2023, 2024)] == [calendar.isleap(year) for year in (2020, 2023, 2024)]
    wrong = [year for year in range(1600, 2600) if leap(year) != calendar.isleap(year)]
    assert wrong == [1700, 1800, 1900, 2100, 2200, 2300, 2500]


def tried(chance, slack, tries):
    """Tries until the tests pass: the chance of a right result, and of a wrong one that was accepted."""
    right = wrong = 0.0
    going = 1.0
    for _ in range(tries):
        right += going * chance
        wrong += going * (1 - chance) * slack
        going *= (1 - chance) * (1 - slack)
    return right, wrong


def test_a_loop_is_as_good_as_its_tests():
    right, wrong = tried(0.4, 0.0, 3)
    assert (right, wrong) == pytest.approx((0.784, 0.0), abs=0.001)
    right, wrong = tried(0.4, 0.2, 3)
    assert (right, wrong) == pytest.approx((0.684, 0.205), abs=0.001)
    assert wrong / (right + wrong) == pytest.approx(0.231, abs=0.001)


def test_164_tasks_leave_six_points_either_way():
    """131 of 164: the Wilson interval."""
    n, share, z = 164, 131 / 164, 1.96
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5 / (1 + z * z / n)
    assert (centre - half, centre + half) == pytest.approx((0.731, 0.853), abs=0.001)


def moved(text, start, end):
    """Prefix, suffix, middle: an order in which a model that writes from left to right can fill a gap."""
    return f"<PRE>{text[:start]}<SUF>{text[end:]}<MID>{text[start:end]}"


def test_moving_the_middle_to_the_end_makes_filling_a_continuation():
    code = "def area(r):\n    return 3.14159 * r * r\n"
    start, end = code.index("3.14159"), code.index(" * r * r")
    line = moved(code, start, end)
    assert line.endswith("<MID>3.14159")
    before, rest = line.removeprefix("<PRE>").split("<SUF>")
    after, middle = rest.split("<MID>")
    assert before + middle + after == code  # nothing is lost, only moved


def test_a_faster_part_makes_the_week_a_little_faster():
    """Writing code as 30 percent of the working time (assumed), done in 55.8 percent less."""
    saved = 0.3 * 0.558
    assert saved == pytest.approx(0.167, abs=0.001)


def test_a_small_trial_sees_only_large_effects():
    """Times of tasks that vary by a factor of two (sd of the logarithm 0.7), n tasks a side: the 95 percent interval of the ratio."""
    half = {n: 1.96 * 0.7 * (2 / n) ** 0.5 for n in (20, 200)}
    assert half[20] == pytest.approx(0.434, abs=0.001)
    assert half[200] == pytest.approx(0.137, abs=0.001)
    assert 2.718281828 ** half[20] - 1 == pytest.approx(0.543, abs=0.001)
    assert 2.718281828 ** half[200] - 1 == pytest.approx(0.147, abs=0.001)
