"""A matrix as a picture: what it may hold, the fields as they are drawn on a page, the blocks in a terminal, its table."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from greenroom.cli.screen import lab as screen
from greenroom.labs.lab import Picture, Series
from greenroom.web.labs import plots
from greenroom.web.render import fragment


def heat(columns: dict[str, tuple[float | None, ...]], labels: tuple[str, ...] = ("a", "b"), **more: object) -> Picture:
    series = tuple(Series(title=title, values=values) for title, values in columns.items())
    return Picture(name="h", title="H", says="It.", chart="heat", label="L", labels=labels, series=series, **more)  # type: ignore[arg-type]


SIGNED = heat({"x": (1.0, -2.0), "y": (None, 0.0)}, across="C")


def test_a_matrix_may_be_wide_and_negative_and_bars_may_not() -> None:
    wide = {str(n): (0.0, 1.0) for n in range(64)}
    assert len(heat(wide).table.columns) == 65
    with pytest.raises(ValidationError, match="cannot be told apart"):
        Picture.model_validate(heat(wide).model_dump() | {"chart": "lines"})
    with pytest.raises(ValidationError, match="negative"):
        Picture.model_validate(SIGNED.model_dump() | {"chart": "bars"})


def test_a_field_is_as_strong_as_its_number_and_a_gap_is_left_out() -> None:
    fields = {(cell.row, cell.title): cell for cell in plots.cells(SIGNED)}
    assert {key: (cell.strength, cell.minus) for key, cell in fields.items()} == {
        (0, "a, x"): (0.5, False), (1, "b, x"): (1.0, True), (1, "b, y"): (0.0, False),
    }  # fmt: skip
    assert max(cell.strength for cell in plots.cells(heat({"x": (5.0, 0.5)}, full=1))) == 1.0, "beyond full it is not stronger than full"
    assert plots.strength_of(heat({"x": (0.0, None)})) == 1, "nothing but zeros: no division by zero"


def test_the_page_draws_every_field_with_its_figure_and_marks_what_is_below_zero() -> None:
    page = fragment("_lab_part.html", part=heat({"<x>": (1.0, -2.0), "y": (None, 0.0)}))
    assert re.findall(r"<title>(.*?)</title>", page) == ["a, &lt;x&gt;: 1", "b, &lt;x&gt;: -2", "b, y: 0"]
    assert page.count('class="minus"') == 2, "one field, and the legend: not by colour alone"
    assert "<x>" not in page
    assert 'role="img" aria-label="H. It."' in page
    assert '<td class="num">—</td>' in page, "the table behind it has the gap too"
    assert "style=" not in page, "the page's policy forbids it"


def test_words_over_the_columns_lean_when_they_are_long_and_are_cut_when_too_long() -> None:
    assert not plots.heading(SIGNED).leaning
    assert plots.heading(heat({"a long word for a column": (1.0, 1.0)})).columns[0].label == "a long word f…"
    numbered = plots.heading(heat({str(n): (1.0, 1.0) for n in range(30)}))
    assert [tick.label for tick in numbered.columns] == ["0", "5", "10", "15", "20", "25"]


def test_the_terminal_draws_it_in_blocks_and_what_is_too_wide_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line.plain for line in screen.heat(SIGNED)]
    assert "█ 2" in lines[0]
    assert "# −2" in lines[0]
    assert lines[-2:] == ["  a  ▒▒▒   ", "  b  ###···"]
    wide = heat({f"column {n}": (1.0, 2.0) for n in range(64)}, labels=("a", "b" * 60), full=1)
    assert len([line for line in screen.heat(wide) if line.plain.endswith("█" * 64)]) == 2, "as wide as a line may be"
    monkeypatch.setattr(screen.console, "width", 60)
    assert any("column 63" in line.plain for line in screen.heat(wide))
