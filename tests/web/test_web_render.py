"""A long path bends at its joints, and is otherwise the text it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from greenroom.web.render import bends


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
