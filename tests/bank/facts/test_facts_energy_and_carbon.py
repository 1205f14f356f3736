"""The figures and claims of the question on energy and carbon, computed from the published ones."""

import pytest


def test_energy_is_power_times_time():
    assert pytest.approx(16.8) == 1000 * 0.7 * 24 / 1000  # megawatt-hours
    llama = 39.3e6 * 0.7 / 1e6  # gigawatt-hours of all three models, at the power stated, without the building
    assert llama == pytest.approx(27.5, abs=0.05)


def test_grids_implied_by_published_figures():
    """Tonnes over megawatt-hours are kilograms a kilowatt-hour, if both have the same boundary.

    BLOOM's 433 MWh and 24.7 t both leave the building out, GPT-3's 1,287 MWh and 552 t both have it in. Llama 3.1 is left out: its card
    gives GPU-hours without the building and does not say whether its tonnes include it.
    """
    bloom = 24.7 / 433
    gpt3 = 552 / 1287
    assert bloom * 1000 == pytest.approx(57, abs=0.5)
    assert gpt3 * 1000 == pytest.approx(429, abs=0.5)
    assert 5 < 429 / 57 < 10  # 7.5: within the "5 to 10 times" of Patterson et al.
    assert pytest.approx(7.5, abs=0.05) == 429 / 57


# Luccioni et al. 2022, table of comparable models: PUE, grams a kilowatt-hour, megawatt-hours, tonnes, tonnes times PUE
GPT3 = (1.1, 429, 1287, 502, 552)
BLOOM = (1.2, 57, 433, 25, 30)


def test_gpt3_and_bloom_within_one_boundary():
    """Two ways to the same ratio: the published tonnes, and energy times grid.

    Assumes that PUE is the whole difference in boundary; both count hosts and leave the making of the hardware out. The energy column does
    not have one boundary: times the grid's grams, GPT-3's gives its tonnes *with* the building and BLOOM's gives those *without*.
    """
    pue, grams, energy, bare, whole = GPT3
    b_pue, b_grams, b_energy, b_bare, b_whole = BLOOM
    assert energy * grams / 1000 == pytest.approx(whole, abs=1)
    assert b_energy * b_grams / 1000 == pytest.approx(b_bare, abs=0.5)
    with_building, without = energy / (b_energy * b_pue), energy / pue / b_energy
    assert with_building == pytest.approx(2.5, abs=0.05)
    assert without == pytest.approx(2.7, abs=0.05)
    assert whole / b_whole == pytest.approx(18, abs=0.5)
    assert bare / b_bare == pytest.approx(20, abs=0.5)
    assert with_building * grams / b_grams == pytest.approx(whole / b_whole, rel=0.02)
    assert without * grams / b_grams == pytest.approx(bare / b_bare, rel=0.02)
    assert energy / b_energy > 1.08 * without  # the "three times" and "22 times" mix the two
    assert whole / b_bare > 1.08 * bare / b_bare


def test_when_use_overtakes_training():
    prompts = 1287e6 / 0.24  # watt-hours over watt-hours
    assert prompts == pytest.approx(5.4e9, rel=0.01)
    assert prompts / 100e6 == pytest.approx(54, abs=0.5)


def test_the_boundary_doubles_a_figure():
    assert pytest.approx(2.4) == 0.24 / 0.10
    assert pytest.approx(2.04, abs=0.01) == 50.5 / 24.7


def test_tokens_and_parameters_multiply():
    def operations(active, tokens):
        return 2 * active * tokens

    assert operations(4e9, 250) / operations(8e9, 500) == 0.25
    assert 0.8 * 0.1 + 0.2 < 0.5  # four of five requests sent to a model of a tenth of the size


def test_a_fine_tuning_job():
    energy = 8 * 0.6 * 10 * 1.3
    assert energy == pytest.approx(62.4)
    assert 50 < energy < 70
    assert energy * 0.4 == pytest.approx(25, abs=0.1)
