"""Where a recording is cut while it goes on, and what the recogniser is told to expect."""

from __future__ import annotations

from pathlib import Path

from greenroom.bank.load import load_bank
from greenroom.voice.cutting import cut_at, settled
from greenroom.voice.glossary import MOST_LETTERS, glossary
from greenroom.voice.heard import Heard, Span, Word, moved, text_of


def words(*times: tuple[float, float]) -> tuple[Word, ...]:
    return tuple(Word(text=f" w{n}", start=a, end=b, probability=1) for n, (a, b) in enumerate(times))


def test_at_the_last_pause_once_there_is_enough() -> None:
    speech = (Span(0.2, 6.0), Span(7.0, 9.0), Span(9.8, 12.0))
    assert cut_at(Heard((), speech), 12.2, ended=False) == 9.4
    assert cut_at(Heard((), speech), 12.6, ended=False) == 12.3  # the silence that may still go on counts too
    assert cut_at(Heard((), (Span(0.2, 3.0), Span(4.0, 4.8))), 4.9, ended=False) == 0.0  # a pause, but too early


def test_without_a_pause_between_two_words_and_not_in_the_last_ones() -> None:
    said = words((0, 4), (4, 8), (8.3, 12), (12, 18), (18.1, 21.5), (22.5, 23))
    assert cut_at(Heard(said, (Span(0, 23),)), 21.9, ended=False) == 0.0
    assert cut_at(Heard(said, (Span(0, 23),)), 23.2, ended=False) == 8.15
    assert cut_at(Heard((), (Span(0, 23),)), 23.2, ended=False) == 0.0


def test_at_the_end_everything() -> None:
    assert cut_at(Heard((), ()), 3.0, ended=True) == 3.0


def test_silence_is_let_go_of() -> None:
    assert cut_at(Heard((), ()), 3.9, ended=False) == 0.0
    assert cut_at(Heard((), ()), 10.0, ended=False) == 9.0


def test_words_before_the_cut_are_settled_and_moved_to_their_place() -> None:
    before, after = settled(words((0, 1), (1, 2), (2, 3)), 1.6)
    assert (text_of(before), text_of(after)) == ("w0 w1", "w2")
    assert [(w.start, w.end) for w in moved(after, 10.5)] == [(12.5, 13.5)]


def test_a_full_stop_by_itself_is_no_word() -> None:
    from types import SimpleNamespace as Given

    from greenroom.voice.whisper import _read

    given = [
        Given(word=text, start=n, end=n + 1, probability=0.9) for n, text in enumerate([" you", " say.", " .", "...", " -", " 5%", " &"])
    ]
    assert [word.text for word in _read(given, 1.0)] == [" you", " say.", " 5%", " &"]


def test_the_glossary_is_terms_of_the_question_and_no_sentence_of_its_points() -> None:
    bank = load_bank([Path(__file__).parents[2] / "src/greenroom/packs/core"])
    for question in bank.questions():
        prompt = glossary(question)
        assert prompt.startswith("Glossary: ") and len(prompt) < MOST_LETTERS + 20
        assert not [point.id for point in question.key_points if point.point.lower() in prompt.lower()]
        assert max(len(term.split()) for term in prompt.split(", ")) <= 4
    assert "softmax" in glossary(bank.get("attention")) and "LoRA" in glossary(bank.get("fine-tuning"))
    assert glossary(None) == ""
