"""A text token by token: its table, how the page and the terminal show it. What a model writes is never markup."""

from __future__ import annotations

import re

from greenroom.cli.screen import lab as screen
from greenroom.labs.lab import MOST_ROWS, PART, Card, Expect, Likely, Mark, Picture, Series, Table, Token, Tokens, collect, visible
from greenroom.labs.model import Model
from greenroom.labs.shown import piece, text_part
from greenroom.labs.writing import Step
from greenroom.web.labs import plots
from greenroom.web.render import fragment

TEXT = Tokens(
    name="text",
    title="A text",
    says="Two tokens were asked.",
    tokens=(
        Token(text="Go"),
        Token(text=" <b>", value=81.0, others=(Likely(text=" <b>", value=81.0), Likely(text="\n", value=4.0))),
        Token(text="\n\n", value=2.0, others=(Likely(text=" so", value=60.0),)),
    ),
)


def test_the_table_holds_what_was_asked_and_blanks_can_be_seen() -> None:
    assert TEXT.table.rows == (("␣<b>", 81.0, "␣<b> 81.0 · ⏎ 4.0"), ("⏎⏎", 2.0, "␣so 60.0"))
    assert visible(" a\tb\r") == "␣a⇥b␍"


def test_it_travels_and_is_part_of_the_result() -> None:
    assert PART.validate_json(TEXT.model_dump_json()) == TEXT
    card = Card(name="x", title="X", topics=(), about="X.", parameters=(), expects=(Expect(id="e", see="s", falsified_by="f"),))
    assert collect(card, card.read({}), [TEXT]).parts == (TEXT,)


def test_the_page_shows_every_token_by_its_step_and_what_else_could_have_stood_there() -> None:
    page = fragment("_lab_part.html", part=TEXT)
    assert '<span class="given">Go</span>' in page
    assert '<button type="button" class="tok t4" title="81%"> &lt;b&gt;' in page
    assert '<button type="button" class="tok t0" title="2%">⏎⏎' in page
    assert page.count("<br>") == 1, "the break that the token makes"
    assert re.findall(r'<rect class="s(\d)" x="0" y="1" width="([\d.]+)"', page) == [("1", "810.0"), ("0", "40.0"), ("0", "600.0")]
    assert "<b>" not in page
    assert "style=" not in page, "the page's policy forbids it"


def test_steps_and_bars_keep_within_their_bounds() -> None:
    assert [plots.level(value, 100) for value in (-1, 0, 4.9, 5, 25, 50, 79, 80, 200)] == [0, 0, 0, 1, 2, 3, 3, 4, 4]
    assert [plots.share(value, 100) for value in (-5, 0, 50, 100, 300)] == [0, 0, 500, 1000, 1000]


def test_the_terminal_shows_the_text_and_its_table() -> None:
    shown = "\n".join(line.plain for line in screen.tokens(TEXT))
    assert "Go <b>" in shown
    assert "␣so 60.0" in shown
    evil = Tokens(name="t", title="T", says="S", tokens=(Token(text="\x1b[31m", value=1.0),))
    assert "\x1b" not in "\n".join(line.plain for line in screen.tokens(evil))


def test_headings_and_blanks_of_numbers_stand_where_the_numbers_do() -> None:
    assert plots.numeric([(1, "a", 1, None, ""), (2, 1, 0.5, 3, None)]) == [False, False, True, True, False]
    page = fragment("_lab_part.html", part=Table(name="t", title="T", columns=("A", "B", "C"), rows=(("x", 1.5, "y"), ("z", None, 2))))
    assert '<th scope="col">A</th><th scope="col" class="num">B</th><th scope="col">C</th>' in page
    assert '<td class="num">—</td><td class="num">2</td>' in page
    assert '<th scope="col">A</th>' in fragment("_lab_part.html", part=Table(name="t", title="T", columns=("A",), rows=()))


def test_a_mark_of_lines_crosses_them_at_its_height_and_the_axis_is_named() -> None:
    marks, rising = (Mark(title="half", value=2), Mark(title="beyond", value=5)), (Series(title="a", values=(0, 4)),)
    found = Picture(name="p", title="P", chart="lines", says="S", label="Step", labels=("1", "2"), series=rising, marks=marks)
    assert plots.crosses(found, 210, 22) == [105.0]
    page = fragment("_lab_part.html", part=found)
    assert page.count('<path class="edge" d="M22 105.0H398"/>') == 1
    assert page.count('<path class="edge" d="M0 7h14"/>') == 2, "both are named"
    assert 'text-anchor="middle">Step</text>' in page


def test_of_a_prompt_without_room_only_the_end_is_shown(tiny: Model) -> None:
    steps = [Step(token=1, p=0.5, rank=0, bits=1.0, kept=1)] * 120
    found = text_part(tiny, "raw", "A text", steps, [2] * 10 + [3] * 390)
    assert len(found.tokens) == MOST_ROWS
    assert [token.value for token in found.tokens[-120:]] == [50.0] * 120
    assert {token.text for token in found.tokens[:380]} == {piece(tiny, 3)}
