"""What leaves the house as Markdown or HTML: whole, alone, and nothing a person wrote becomes markup in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.errors import InputError
from greenroom.paper.document import Document, Heading, Listing, Paragraph, Quote, Table, listing
from greenroom.paper.forms import read_form
from greenroom.paper.html import to_html
from greenroom.paper.markdown import escaped, to_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title></style><b>",
    "[a](javascript:alert(1))",
    "![](http://evil.example/x.png)",
    "# no heading\n- no list\n1. no list\n> no quote\n| no | table |",
    "**bold** _it_ `code` ~~gone~~ $x$",
    "http://evil.example and www.evil.example and me@evil.example",
    "a\u202eb\x1b[31m\x00",
]


def every_block(text: str) -> Document:
    blocks = (Heading(1, text), Heading(2, text), Paragraph(text), Paragraph(text, quiet=True), Quote(text), listing([text, (text, text)]))
    return Document(text, (*blocks, Table((text, "b"), ((text, text),))))


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.data = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}

    def handle_data(self, data: str) -> None:
        self.data += data


def tags(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    return found


PLAIN = tags(to_html(every_block("words"))).seen


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_adds_a_tag_to_the_file(text: str) -> None:
    page = to_html(every_block(text))
    assert tags(page).seen == PLAIN
    assert "\x1b" not in page and "\u202e" not in page and "\x00" not in page
    assert tags(page.replace("&lt;", "<").replace("&gt;", ">")).seen != PLAIN or "<" not in text, "control: unescaped it would"


def test_the_file_stands_alone() -> None:
    page = to_html(every_block("words"))
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import|<script""", page)
    assert "default-src 'none'" in page and "@page" in page and "prefers-color-scheme: dark" in page


def markup(text: str) -> list[str]:
    """What a reader of Markdown could take for markup."""
    signs = r"(?<!\\)[*_`~$\[\]<|]|^\s*(?:[-+=]\s|#{1,6}\s|>|\d+[.)]\s)|(?<!\\)!\[|(?<!\\)https?:\S|(?<!\\)www\.\S|\S(?<!\\)@\S"
    return re.findall(signs, text, re.MULTILINE)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    assert markup(escaped(text)) == []
    assert markup(text) or "\x1b" in text or "</title>" in text, "control"


def test_a_document_in_markdown() -> None:
    document = Document(
        "T", (Heading(2, "A_b"), Quote("one\n\ntwo\nthree"), Listing((("x", "more"), ("y", ""))), Table(("h", "k"), (("a|b", "c\nd"),)))
    )
    quote, table = "> one\n>\n> two  \n> three\n", "| h | k |\n| --- | --- |\n| a\\|b | c d |\n"
    assert to_markdown(document) == f"## A\\_b\n\n{quote}\n- x  \n  more\n- y\n\n{table}"


@given(st.text())
def test_the_words_of_a_person_come_back(text: str) -> None:
    shown = tags(to_html(Document("t", (Quote(text),)))).data
    kept = [char for char in text if char.isalnum()]
    assert [char for char in shown if char.isalnum()][-len(kept) :] == kept if kept else True


def test_an_unknown_form_is_refused() -> None:
    assert [read_form(each) for each in ("html", "md", "json")] == ["html", "md", "json"]
    with pytest.raises(InputError, match="no form"):
        read_form("pdf")
