"""The lab *corpus-report*: overlaps by hand, MinHash against the overlap it estimates, bands against their formula, runs of words; each
finding is told otherwise by data that break its claim. Its defaults: test_labs_shipped.py."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs_runs import held

from greenroom.errors import InputError
from greenroom.labs import corpus_report
from greenroom.labs.corpus_report import CARD, CorpusReport
from greenroom.labs.lab import Bench, Result, collect


def parts(**given: Any) -> Result:
    values = CARD.read(given)
    return collect(CARD, values, list(CorpusReport().run(values, Bench(Path(), 1))))


def test_runs_of_words_and_their_overlap_are_counted_by_hand() -> None:
    assert corpus_report.shingles("A b, c d!", 3) == {"a b c", "b c d"}
    assert corpus_report.shingles("ok", 3) == {"ok"}
    assert corpus_report.jaccard(frozenset("abc"), frozenset("bcd")) == 0.5


def sets_that_overlap(by: float, size: int = 400) -> tuple[frozenset[str], frozenset[str]]:
    """Two sets of ``size`` with this Jaccard."""
    both = round(2 * size * by / (1 + by))
    common = {f"c{n}" for n in range(both)}
    return frozenset(common | {f"a{n}" for n in range(size - both)}), frozenset(common | {f"b{n}" for n in range(size - both)})


@pytest.mark.parametrize("by", [0.1, 0.5, 0.9])
def test_minhash_agrees_as_often_as_the_sets_overlap(by: float) -> None:
    pair = sets_that_overlap(by)
    signed = corpus_report.signatures(pair, 4000, seed=0)
    assert (signed[0] == signed[1]).mean() == pytest.approx(corpus_report.jaccard(*pair), abs=0.025)
    assert not (signed == corpus_report.signatures(pair, 4000, seed=1)).any(), "another seed, other orders"


def test_bands_let_a_pair_through_as_often_as_their_formula_says() -> None:
    """1 - (1 - J^rows)^bands, over many seeds."""
    pair = sets_that_overlap(0.5, 60)
    jaccard = corpus_report.jaccard(*pair)
    hits = sum(bool(corpus_report.sharing(corpus_report.signatures(pair, 16, seed))) for seed in range(400))
    assert hits / 400 == pytest.approx(1 - (1 - jaccard**4) ** 4, abs=0.07)
    alone = np.arange(16, dtype=np.uint64).reshape(2, 8)
    assert corpus_report.sharing(alone) == set()


def test_the_longest_run_is_what_a_plain_search_finds() -> None:
    dice, letters = random.Random(4), "abcd"
    for _ in range(60):
        question, texts = dice.choices(letters, k=8), [dice.choices(letters, k=20) for _ in range(3)]
        lengths = [
            max(
                (j - i for i in range(8) for j in range(i + 1, 9) if any(text[k : k + j - i] == question[i:j] for k in range(20))),
                default=0,
            )
            for text in texts
        ]
        run, at = corpus_report.longest_run(" ".join(question), [" ".join(text) for text in texts])
        assert run == max(lengths)
        assert lengths[at] == run
    assert corpus_report.longest_run("x y", ["a b"]) == (0, -1)
    assert corpus_report.longest_run("art of", ["start of"]) == (1, 0), "whole words only"


def test_repetition_and_crude_words() -> None:
    assert corpus_report.repeats("buy now buy now buy now")
    assert not corpus_report.repeats("to be or not to be there")
    assert corpus_report.crude("What an Idiot, idiotic!") == ["idiot"]


@pytest.mark.parametrize("texts", ["one", "\n".join(f"text {n}" for n in range(201))])
def test_too_few_and_too_many_are_refused_with_the_cure(texts: str) -> None:
    with pytest.raises(InputError) as caught:
        parts(texts=texts)
    assert caught.value.hint


def test_more_test_questions_than_are_looked_for_are_refused() -> None:
    with pytest.raises(InputError, match="61 test questions"):
        parts(tests="\n".join(f"Which is number {n}?" for n in range(61)))


def test_texts_of_signs_are_no_copies_and_a_script_without_blanks_is_not_short() -> None:
    found = parts(texts="!!!\n???\n今天天气很好，我们去公园散步吧。\nThe sea was calm today and warm.")
    assert held(found)["near"] is False
    assert corpus_report.jaccard(*(corpus_report.shingles(each, 3) for each in ("!!!", "???"))) == 0
    long, short = ("今天天气很好，我们去公园散步吧。", "I can read it"), ("今天", "!!!", "Ends here now")
    assert [corpus_report.is_short(each) for each in (*long, *short)] == [False, False, True, True, True]
    faults = next(part for part in found.parts if part.name == "faults")
    assert "shorter than 4 words: 2; " in faults.says and "not in English: 1" in faults.says  # type: ignore[union-attr]


# --- Each claim can be told otherwise ---


def test_data_without_these_faults_are_told() -> None:
    found = held(parts(texts="The sea was calm today and warm.\nBread needs time and patience.", tests="What is bread?"))
    assert found == {"near": False, "minhash": None, "bands": None, "overlap": None, "words": None, "personal": False}
    assert held(parts(texts="the same text twice\nthe same text twice"))["near"] is False, "equal is not near"


def test_values_that_break_a_claim_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert held(parts(grams=3))["overlap"] is False, "with runs of three words a reworded question is found"
    assert held(parts(hashes=16, alike=0.1))["bands"] is False, "few values lose copies that overlap little"
    monkeypatch.setattr(corpus_report, "crude", lambda text: ["idiot"] if text.startswith(("You are", "People", "Nobody")) else [])
    assert held(parts())["words"] is False
    monkeypatch.setattr(corpus_report, "signatures", lambda sets, hashes, seed: np.zeros((len(sets), hashes), np.uint64))
    found = held(parts())
    assert (found["minhash"], found["bands"]) == (False, False)
