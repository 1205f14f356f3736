"""The German catalogue: whole, compiled, its placeholders and plurals right, and the domain's sentences known by their templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from greenroom.web import render
from greenroom.web.language import catalogue, forms, of_faults, of_feedback, sentences

WEB = Path(catalogue.__file__).parents[1]
SRC = WEB.parent
PO = WEB / "locale" / "de" / "LC_MESSAGES" / "greenroom.po"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "mark": None, "t": None}
METHODS = [("web/**.py", "python"), ("web/templates/**.html", "jinja2"), ("web/static/*.js", "javascript")]
OPTIONS = {"web/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}


def extracted() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(str(SRC), METHODS, OPTIONS, KEYWORDS)
    return {message if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found}


def german() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="de")


def messages() -> list[Message]:
    return [each for each in german() if each.id]


def lacking(wanted: set[str | tuple[str, ...]], have: list[Message]) -> list[str | tuple[str, ...]]:
    whole = {
        each.id
        for each in have
        if each.string and all(each.string if isinstance(each.string, tuple) else (each.string,)) and not each.fuzzy
    }
    return sorted(wanted - whole, key=str)


def test_german_is_whole() -> None:
    assert lacking(extracted(), messages()) == [], "pybabel extract, update, translate: docs/guide/language.md"
    assert len(extracted()) > 1000


def test_control_a_missing_a_fuzzy_and_an_empty_message_are_seen() -> None:
    have = [Message("a", "A"), Message("b", "B", flags=["fuzzy"]), Message("c", ""), Message(("d", "ds"), ("D", ""))]
    assert lacking({"a", "b", "c", ("d", "ds"), "e"}, have) == [("d", "ds"), "b", "c", "e"]


def test_nothing_in_the_catalogue_is_left_over() -> None:
    assert sorted({each.id for each in messages()} - extracted(), key=str) == []


def test_the_compiled_catalogue_is_that_of_the_written_one() -> None:
    made = BytesIO()
    write_mo(made, german())
    assert made.getvalue() == PO.with_suffix(".mo").read_bytes(), "pybabel compile: docs/guide/language.md"


def placeholders(text: str) -> list[str]:
    return sorted(set(re.findall(r"%\(\w+\)s|%%|\{\w+\}|</?\w+|href=\"[^\"]*\"", text)))


def test_placeholders_and_tags_agree() -> None:
    wrong = []
    for each in messages():
        ids, strings = (each.id, each.string) if isinstance(each.id, tuple) else ((each.id,), (each.string,))
        wrong += [(one, other) for one, other in zip(ids, strings, strict=True) if placeholders(one) != placeholders(other)]
        wrong += [(each.id, str(error)) for error in each.check(german())] if each.python_format else []
    assert wrong == []
    assert placeholders("%(a)s <b>") != placeholders("%(b)s <b>"), "control"


def test_plural_forms_of_german() -> None:
    with catalogue.speaking("de"):
        assert [catalogue.ngettext("%(num)s question.", "%(num)s questions.", n) % {"num": n} for n in (0, 1, 2)] == [
            "0 Fragen.",
            "1 Frage.",
            "2 Fragen.",
        ]


# --- the sentences of the domain ---


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z’']+", re.sub(r"%\(\w+\)s|%%", " ", text.lower()))


def written_in(path: Path) -> Iterator[str]:
    """The texts in a module; what an f-string fills in is left out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield " ".join(part.value if isinstance(part, ast.Constant) else "" for part in node.values)


def triples(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[n : n + 3]) for n in range(len(words) - 2)}


def stands(text: str, source: set[tuple[str, ...]], known: set[str]) -> bool:
    """Most of its words in their order; not all, since a sentence may be put together of pieces. Of a short one, each word."""
    words = words_of(text)
    found = triples(words)
    return len(found & source) >= 0.6 * len(found) if found else known.issuperset(words)


COMPOSED = {
    text
    for text in (*of_feedback.SENTENCES, *of_faults.SENTENCES)
    if re.match("There is no |Practised |You rated yourself |It is about |your own part$", text) or text.endswith("to fill in.")
}
"""Put together word by word in the domain: of these only a run tells."""


def test_every_sentence_of_the_domain_still_stands_in_it() -> None:
    modules = [path for path in sorted(SRC.rglob("*.py")) if not path.name.startswith("of_f")]
    texts = [words_of(text) for path in modules for text in written_in(path)]
    source, known = {triple for words in texts for triple in triples(words)}, {word for words in texts for word in words}
    said_by_it = (*of_feedback.SENTENCES, *of_faults.SENTENCES)
    gone = [text for text in said_by_it if text not in COMPOSED and not stands(text, source, known)]
    assert gone == [], "the domain words this otherwise now: change the template and its translation"
    assert not stands("The answer was rejected since nobody could follow it.", source, known), "control"


@pytest.mark.parametrize(
    ("english", "german_"),
    [
        ("The answer is empty.", "Die Antwort ist leer."),
        ("The answer seems to be in German; greenroom can judge answers in English only, so far.", "auf Deutsch; greenroom kann"),
        ("1,234 words: too few to tell.", "1.234 Wörter: zu wenige"),
        ("Going on as in the last 14 days, you hold between 3 and 7 % of your points on 6 December; today it is 2 %.", "3 und 7 %"),
        ("Going on as so far, with practice on 9 of the last 9 days of your plan, you hold between 68 and 94 % of your points on "
         "23 March; keeping every day that it has until then (11), about 94 %. Today it is 34 %.", "68 und 94 %"),
        ("Your pace is not known yet, with practice on 1 of 8 days: between 6 and 47 % of your points on 23 March, from stopping here to "
         "keeping every day that your plan has until then (12). Today it is 6 %. Without any more practice about 2 % would still be "
         "there.", "noch etwa 2 %"),
        ("It takes from your plan the days of work (12), mocks (2) and new questions (14) to come, the rest day left out; and that they "
         "go as your first days did.", "(ohne den Ruhetag)"),
        ("Said in a minute: to work on: within a minute, plain language.", "arbeiten: in einer Minute, verständliche"),
        ("Add: A point of the bank.", "Ergänze: A point of the bank."),
        ("Without looking, say it aloud in two sentences with an example of your own: X", "Ohne hinzusehen"),
        ("There is no question “atention”.", "Es gibt keine Frage „atention“."),
        ("2026-01-31 is past.", "Der 31.1.2026 ist vorbei."),
    ],
)  # fmt: skip
def test_sentences_of_the_domain_are_known_by_their_template(english: str, german_: str) -> None:
    with catalogue.speaking("de"):
        assert german_ in sentences.translate(english)
    assert sentences.translate(english) == english


def test_what_no_template_fits_stays_english_and_says_so() -> None:
    with catalogue.speaking("de"):
        assert sentences.find("A sentence of nobody's.") is None
        assert sentences.find("") is None and sentences.translate("") == ""
        assert sentences.find("x" * 5000) is None
        assert str(render.translated("<b>Nobody's")) == '<span lang="en">&lt;b&gt;Nobody&#39;s</span>'
    assert render.translated("Nobody's") == "Nobody's"


# --- dates and numbers ---


def test_dates_and_numbers() -> None:
    on, now = date(2026, 11, 27), datetime(2026, 11, 27, 12, tzinfo=UTC)
    with catalogue.speaking("de"):
        assert (forms.day(on), forms.short_day(on), forms.weekday(on)) == ("27.11.2026", "27.11.", "Fr")
        assert (forms.decimal(3.5), forms.written("1,024.25"), forms.span_of(on + timedelta(days=1), now)) == ("3,5", "1.024,25", "morgen")
        assert forms.span_of(on + timedelta(days=9), now) == "in 9 Tagen"
    assert (forms.short_day(on), forms.weekday(on), forms.decimal(3.5)) == ("27 Nov", "Fri", "3.5")
    assert set(forms.FORMS) == set(catalogue.LANGUAGES)


# --- templates: nothing is said past the catalogue ---
