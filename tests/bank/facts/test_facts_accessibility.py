"""The figures of the question on accessibility, computed."""

import re

import pytest

ANSWER = 5 * (
    "The office opens at nine. Bring your passport and the letter. The fee is twelve euros, paid by card. You can book a time online. "
)


def test_announcing_each_piece_floods_a_screen_reader():
    pieces = re.findall(r"\s*\w+|[^\w\s]", ANSWER)  # about what a token is
    sentences = re.findall(r"[^.]+\.", ANSWER)
    assert len(sentences) == 20
    assert len(pieces) / len(sentences) > 7  # so many interruptions for each whole sentence


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_grey_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # passes 4.5
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # does not
    assert contrast("#999999", "#ffffff") == pytest.approx(2.85, abs=0.01)


def test_few_percent_of_wrong_words_are_many_in_a_talk():
    assert pytest.approx(7.5) == 150 * 0.05  # wrong words a minute at 150 words spoken
    assert pytest.approx(0.46, abs=0.01) == 0.95**15  # fifteen words in a row without an error


def test_five_people_of_one_group_find_what_is_common_there():
    def found(share, people):
        return 1 - (1 - share) ** people

    assert found(0.3, 5) == pytest.approx(0.83, abs=0.005)
    assert found(0.05, 5) == pytest.approx(0.23, abs=0.005)
    assert found(0.3, 0) == 0  # a barrier for people who were not there is not found
