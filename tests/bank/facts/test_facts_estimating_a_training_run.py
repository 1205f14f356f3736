"""The figures and claims of the question on estimating a training run, computed."""

import pytest

PEAK = 989e12  # dense 16-bit operations a second of an H100 SXM


def hours(operations, utilisation=0.4):
    """Hours of a single card."""
    return operations / (PEAK * utilisation) / 3600


def test_six_operations_counted_on_a_matrix():
    tokens, rows, columns = 5, 7, 11
    forward = 2 * tokens * rows * columns  # a multiplication and an addition each
    inputs = 2 * tokens * columns * rows  # gradient of the inputs: dy times the transposed weights
    weights = 2 * rows * tokens * columns  # gradient of the weights: transposed inputs times dy
    assert (forward + inputs + weights) / (rows * columns * tokens) == 6


def test_attention_grows_with_the_sequence():
    width = 4096

    def share(length, layers=32, width=width, parameters=7e9):
        return 12 * layers * width * length / (6 * parameters)

    assert share(4096) == pytest.approx(0.153, abs=0.001)
    assert share(131_072) == pytest.approx(4.9, abs=0.01)
    assert share(131_072) / 2 > 2  # more than all the rest, even with the causal half skipped
    assert share(131_072, layers=126, width=16_384, parameters=405e9) == pytest.approx(1.34, abs=0.005)  # the shape of Llama 3 405B
    forward = 2 * 2 * width  # scores, and weighted values, for each pair of positions in a layer
    assert 3 * forward == 12 * width  # and twice as much on the way back


def test_useful_and_busy_differ_by_recomputation():
    busy = 0.40 * (2 + 2 + 4) / (2 + 4)
    assert busy == pytest.approx(0.53, abs=0.005)


def test_seven_billion_on_two_trillion_tokens():
    operations = 6 * 7e9 * 2e12
    assert operations == 8.4e22
    total = hours(operations)
    assert total == pytest.approx(58_982, abs=2)
    assert total / 512 / 24 == pytest.approx(4.8, abs=0.01)
    assert total * 2 == pytest.approx(118_000, abs=100)
    assert hours(operations, 0.3) / 512 / 24 == pytest.approx(6.4, abs=0.01)
    bill = {n: n * (total / n) * 2 for n in (512, 1024)}
    assert bill[512] == pytest.approx(bill[1024])  # twice the cards, half the days, the same bill
    assert hours(operations, 0.35) * 2 > bill[512]  # and a higher one if utilisation falls


def test_published_runs():
    llama = 6 * 405e9 * 15.6e12
    assert llama == pytest.approx(3.8e25, rel=0.01)
    assert hours(llama) / 1e6 == pytest.approx(26.6, abs=0.05)
    stated = 30.84e6
    reached = llama / (stated * 3600)
    assert reached / 1e12 == pytest.approx(341, abs=1)
    assert reached / PEAK == pytest.approx(0.345, abs=0.001)
    assert 0.3 < reached / PEAK < 0.38
    assert stated * 2 / 1e6 == pytest.approx(62, abs=0.5)
    assert stated / 16_384 / 24 == pytest.approx(78, abs=0.6)
    small = hours(6 * 8.03e9 * 15e12)
    assert small / 1e6 == pytest.approx(0.51, abs=0.01)
    assert 1.46e6 / small == pytest.approx(2.9, abs=0.1)  # what the model card states for the 8B, beside the estimate
    deepseek = 6 * 37e9 * 14.8e12
    assert deepseek == pytest.approx(3.3e24, rel=0.01)
    assert llama / deepseek == pytest.approx(11.5, abs=0.1)
    assert pytest.approx(5.576) == 2.788e6 * 2 / 1e6


def test_the_range_of_a_bill():
    low, high = 1.5 / 0.45, 3 / 0.30
    assert high / low == pytest.approx(3)


def test_two_hundred_thousand_backwards():
    card_hours = 100_000 / 2
    operations = card_hours * 3600 * PEAK * 0.4
    assert operations == pytest.approx(7.1e22, rel=0.01)
    assert operations / (6 * 7e9) == pytest.approx(1.7e12, rel=0.01)
    assert operations / (6 * 3e9) == pytest.approx(4e12, rel=0.02)
    assert card_hours < 1.46e6 / 20
