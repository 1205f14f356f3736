"""A long path bends at its joints, an address leads where it says, and both are otherwise the text they were."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from greenroom.web.render import bends, linked


@given(st.text(alphabet=st.sampled_from("a_/:<>&\"' é"), max_size=40))
def test_without_its_bends_it_is_the_escaped_text(text: str) -> None:
    assert str(bends(text)).replace("<wbr>", "") == str(escape(text))


@pytest.mark.parametrize(
    ("text", "bent"),
    [
        ("tests/a.py::test_it_is", "tests/|a.py::|test_|it_|is"),
        ("https://arxiv.org/abs/2203.02155", "https://arxiv.org/|abs/|2203.02155"),
        ("and/or a _ and /", "and/|or a _ and /"),
        ("section 3", "section 3"),
    ],
)
def test_it_bends_after_a_joint_and_not_within_the_beginning_of_an_address(text: str, bent: str) -> None:
    assert str(bends(text)).replace("<wbr>", "|") == bent


LINK = '<a href="{0}" rel="noopener noreferrer" hx-ignore>{0}</a>'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Pope 2022, https://arxiv.org/abs/2211.05102.", f"Pope 2022, {LINK.format('https://arxiv.org/abs/2211.05102')}."),
        ("(see http://a.example/x_(y), too)", f"(see {LINK.format('http://a.example/x_(y)')}, too)"),
        ("HTTPS://A.example/?a=1&b=<b>", f"{LINK.format('HTTPS://A.example/?a=1&amp;b=')}&lt;b&gt;"),
        ("https://a.example, https://b.example:8080/", f"{LINK.format('https://a.example')}, {LINK.format('https://b.example:8080/')}"),
        ("computed: tests/a.py::test_it", "computed: tests/a.py::test_it"),
    ],
)
def test_an_address_in_a_source_is_a_link(text: str, shown: str) -> None:
    assert str(linked(text)).replace("<wbr>", "") == shown


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "ftp://a.example/", "file:///etc/passwd", "//a.example/x",
        "https://arxiv.org@evil.example/", "https://me:word@evil.example/", "https://", "https://:80/", "https://[::1", "http://a:b/",
        "https://a.example:99999/",
    ],
)  # fmt: skip
def test_nothing_else_is_a_link(text: str) -> None:
    assert str(linked(text)).replace("<wbr>", "") == str(escape(text))


@given(
    st.lists(st.sampled_from(["https://", "http://", "a.example", "/", '"', "'", "<", ">", "&", " ", "onclick=", ")", "@", "\u202e", "é"]))
)
def test_whatever_a_source_says_it_is_its_text_and_links_to_sites(parts: list[str]) -> None:
    text = "".join(parts)
    shown = str(linked(text)).replace("<wbr>", "")
    assert re.sub(r'<a href="https?://[^"<>\'\s]+" rel="noopener noreferrer" hx-ignore>|</a>', "", shown) == str(escape(text))
