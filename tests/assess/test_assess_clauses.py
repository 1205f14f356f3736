"""Windows: every one stands where it says, for any text; the splitting itself on what people write and say."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenroom.assess.reading.clauses import MAX_WINDOWS, sentences, windows


@given(st.text(max_size=400))
@example("\ud800 lone. next\0 one")
@example("مرحبا. كيف؟ שלום 🙂🙂. e\u0301!")
@example("one\u200btwo; three\u2028four")
def test_windows_quote_the_text_at_their_place(text: str) -> None:
    found = windows(text)
    for window in found:
        assert text[window.start : window.end] == window.text
        assert window.text == window.text.strip() and window.words >= 1
    assert len({(w.start, w.end) for w in found}) == len(found)


@given(st.lists(st.sampled_from(["alpha beta", "gamma, delta", "and so epsilon zeta eta", "but theta"]), min_size=1, max_size=12))
def test_sentences_leave_no_word_out(parts: list[str]) -> None:
    text = ". ".join(parts)
    kept = " ".join(s.text for s in sentences(text)).split()
    assert [w.strip(".,") for w in kept] == [w.strip(".,") for w in text.split()]


def test_abbreviations_and_numbers_do_not_end_a_sentence() -> None:
    text = "Use a low value, e.g. 0.5 or so. Top-p of 0.9 keeps few tokens."
    assert [s.text for s in sentences(text)] == ["Use a low value, e.g. 0.5 or so.", "Top-p of 0.9 keeps few tokens."]


def test_lists_and_line_breaks_are_sentences() -> None:
    assert [s.text for s in sentences("- first point here\n- second point here\n\n1) third")] == [
        "first point here",
        "second point here",
        "1) third",
    ]


def test_speech_without_full_stops_is_cut() -> None:
    text = "so the model reads the words " * 3 + "and then it picks the next one " * 5 + "because it learned that from text " * 4
    assert all(s.words <= 45 for s in sentences(text)) and len(sentences(text)) > 2


def test_a_long_sentence_gives_clauses_and_two_sentences_a_pair() -> None:
    kinds = [
        w.kind for w in windows("The scores are turned into probabilities, and the decoding rule then picks one of the tokens. It repeats.")
    ]
    assert kinds.count("sentence") == 2 and kinds.count("pair") == 1 and kinds.count("clause") >= 2


def test_work_is_bounded_and_the_whole_answer_still_covered() -> None:
    text = "This is one more sentence about models. " * 2_000
    found = windows(text)
    assert len(found) == 2_000 > MAX_WINDOWS and found[-1].end == len(text.rstrip())
    assert len(windows("word " * 10_000)) <= 10_000 / 40 * 3 + 1


@pytest.mark.parametrize("wrap", ["\n", "\r\n", " \n  "])
def test_a_line_that_was_full_ends_no_sentence(wrap: str) -> None:
    text = f"The model reads the tokens{wrap}and gives each next one a probability."
    assert [piece.text for piece in sentences(text)] == [text]


@pytest.mark.parametrize("end", ["\n\n", "\nThen ", "\n- ", ".\n", "\n2 "])
def test_control_an_empty_line_a_capital_a_dash_and_a_figure_begin_anew(end: str) -> None:
    assert len(sentences(f"The model reads the tokens{end}and gives each next one a probability.")) == 2
