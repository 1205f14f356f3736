"""The figures and claims of the question on energy and carbon, computed from the published ones."""

import pytest


def test_energy_is_power_times_time():
    assert pytest.approx(16.8) == 1000 * 0.7 * 24 / 1000  # megawatt-hours
    llama = 39.3e6 * 0.7 / 1e6  # gigawatt-hours of all three models, at the power stated, without the building
    assert llama == pytest.approx(27.5, abs=0.05)


def test_grids_implied_by_published_figures():
    """Tonnes over megawatt-hours are kilograms a kilowatt-hour."""
    bloom = 24.7 / 433
    gpt3 = 552 / 1287
    llama = 11_390 / (39.3e6 * 0.7 / 1000)
    assert bloom * 1000 == pytest.approx(57, abs=0.5)
    assert gpt3 * 1000 == pytest.approx(429, abs=0.5)
    assert llama * 1000 == pytest.approx(414, abs=0.5)
    energy, carbon = 1287 / 433, 552 / 24.7
    assert energy == pytest.approx(3, abs=0.05)
    assert carbon == pytest.approx(22.3, abs=0.1)
    assert carbon / energy == pytest.approx(gpt3 / bloom)  # the rest is the grid


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
