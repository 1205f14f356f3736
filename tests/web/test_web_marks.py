"""Quotes are coloured where they stand: code points, overlaps, nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from greenroom.assess.assessment import Verdict
from greenroom.web.marks import Mark, pieces

KINDS = [Verdict.HIT, Verdict.PARTIAL, Verdict.WRONG]


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), st.sampled_from(KINDS)), max_size=8))
def test_the_pieces_are_the_text_whatever_the_marks(text: str, spans: list[tuple[int, int, Verdict]]) -> None:
    found = pieces(text, [Mark(start, end, kind, "1", "x") for start, end, kind in spans])
    assert "".join(piece.text for piece in found) == text


def test_a_mark_covers_its_code_points_also_after_emoji_and_right_to_left_text() -> None:
    text = "👩🏽‍💻 שלום says attention weighs 🙂 context"
    start = text.index("attention")
    found = pieces(text, [Mark(start, len(text), Verdict.HIT, "1", "p")])
    assert [piece.text for piece in found if piece.kind] == ["attention weighs 🙂 context"]


def test_the_gravest_kind_wins_where_quotes_overlap_and_each_label_is_printed_at_its_end() -> None:
    found = pieces("abcdef", [Mark(0, 4, Verdict.HIT, "1", "p"), Mark(2, 6, Verdict.WRONG, "A", "m")])
    assert [(piece.text, piece.kind) for piece in found] == [("ab", Verdict.HIT), ("cd", Verdict.WRONG), ("ef", Verdict.WRONG)]
    assert [[mark.label for mark in piece.closing] for piece in found] == [[], ["1"], ["A"]]
