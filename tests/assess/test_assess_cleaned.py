"""What is left out of an answer before it is read: fillers and invisible characters; every character left keeps its place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))

from golden_answers import question

from greenroom.assess.coverage import Coverage
from greenroom.assess.reading.cleaned import clean

PIECES = st.lists(
    st.sampled_from(
        [
            "um",
            "uh,",
            "<p>",
            "</b>",
            "you know,",
            "as you know,",
            "tokens",
            "er,",
            " ",
            ", ",
            ". ",
            "\u200b",
            "\u00ad",
            "\n",
            "5 mm",
            "…",
            "ß",
        ]
    )
    | st.text(max_size=5),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Well, um, it predicts the next token.", "Well, it predicts the next token."),
        ("it cuts text into tokens you know, and basically, predicts them", "it cuts text into tokens and predicts them"),
        ("Tokens um. Then vectors.", "Tokens. Then vectors."),
        ("As you know, it predicts.", "As you know, it predicts."),
        ("Do you know, by heart, what it costs?", "Do you know, by heart, what it costs?"),
        ("You know what it costs.", "You know what it costs."),
        ("a film of 5 mm", "a film of 5 mm"),
        ("the umbrella term", "the umbrella term"),
        ("the ER model", "the ER model"),
        ("to\u200bk\u00aden\ufeffs", "tokens"),
        ("<p>It predicts.</p><P class='x'>Then it <b>samples</b>.<br/>", "\nIt predicts.\n\nThen it samples.\n"),
        ("<ul><li>tokenizer</li><li>embeddings</li></ul>", "\n\ntokenizer\n\nembeddings\n\n"),
        ("for i<b and c>d we stop, if p<p or a>b", "for i<b and c>d we stop, if p<p or a>b"),
        ("it ends at <eos> or </s>, a < b > c, <script>x</script>", "it ends at <eos> or </s>, a < b > c, <script>x</script>"),
        ("um uh", ""),
        ("", ""),
    ],
)
def test_fillers_and_invisible_characters_are_left_out(said: str, read: str) -> None:
    assert clean(said).text == read


@given(PIECES)
def test_every_character_left_keeps_its_place(said: str) -> None:
    cleaned = clean(said)
    given = "".join(said[place] for place in cleaned.places)
    assert all(one == other or (one, other) == ("<", "\n") for one, other in zip(given, cleaned.text, strict=True))
    assert list(cleaned.places) == sorted(set(cleaned.places))
    if cleaned.text:
        start, end = cleaned.span(0, len(cleaned.text))
        assert (said[start], said[end - 1]) == (given[0], given[-1])


def test_a_quote_is_as_the_person_said_it(coverage: Coverage) -> None:
    said = (
        "Well um, it reads the text so far and pre\u200bdicts, uh, the next token, you know, with a probability for every token it knows."
    )
    made = [point for point in coverage.assess(question("what-is-an-llm").rubric(), said).points if point.span is not None]
    assert made and all(said[point.span[0] : point.span[1]] == point.quote for point in made if point.span)
    quotes = [point.quote or "" for point in made]
    assert any(clean(quote).text != quote for quote in quotes), "a filler inside the quoted words is part of the quote"
