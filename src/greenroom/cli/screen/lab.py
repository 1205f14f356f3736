"""How a lab and what it found look in a terminal: tables that keep to the measure, bars drawn with blocks, findings with their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from greenroom.cli.screen.terminal import ACCENT, BAD, GOOD, MIDDLE, QUIET, console, flow, heading, lay, measure, plain, say
from greenroom.labs.figures import figure
from greenroom.labs.lab import Attention, Card, Picture, Result, Seen, Table, Tokens
from greenroom.labs.parameter import Parameter, shown_value
from greenroom.labs.scenes import Scene, Scenes

GAP, BAR = 2, 30
MOST_ROWS = 20
"""Rows of a table that are shown; the others are in the JSON."""
HELD = {True: ("● seen", GOOD), False: ("✕ not seen here", BAD), None: ("– could not be told", QUIET)}
STYLES, FILLS = (ACCENT, MIDDLE, GOOD, QUIET, BAD), "█▓▒░▞"
"""Of the series of a picture; none hangs on its colour alone."""
SHADES, BELOW = "·░▒▓█", "·-=≡#"
"""Of the fields of a matrix, from 0 to the strongest: above zero and below."""


def card(found: Card) -> Iterator[Text]:
    """What a lab is and what can be set."""
    yield lay(say(found.title, "bold"))
    yield lay(found.about)
    if found.lacks:
        yield lay(say(found.lacks, BAD))
    group = None
    for parameter in found.parameters:
        if parameter.group != group:
            group = parameter.group
            yield heading(group or "What can be set")
        yield from _parameter(parameter)
    if found.expects:
        yield heading("What you should see")
    for each in found.expects:
        yield lay(each.see, "  · ")
        yield lay(say(f"It would be false if: {each.falsified_by}", QUIET), "    ")
    yield heading("Worth trying")
    for example in found.examples:
        yield lay(say(example.title), "  · ")
        yield lay(say(command(found.name, example.set), QUIET), "    ")


def _parameter(parameter: Parameter) -> Iterator[Text]:
    unit = f" {parameter.unit}" if parameter.unit else ""
    yield lay(Text.assemble(f"{parameter.title}  ", (f"= {plain(_short(shown_value(parameter.default)))}{unit}", QUIET)),
              say(f"  {parameter.name:<18} ", ACCENT))  # fmt: skip
    yield lay(say(f"{parameter.takes}. {parameter.help}".strip(), QUIET), " " * 21)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def command(name: str, values: dict[str, str | int | float | bool]) -> str:
    """How to run it with these values."""
    given = [f"--set {_quoted(f'{key}={shown_value(value)}')}" for key, value in values.items()]
    return " ".join(["greenroom labs run", name, *given])


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def result(found: Result) -> Iterator[Text]:
    """Everything a run gave, top to bottom."""
    yield lay(say(found.title, "bold"))
    for part in found.parts:
        yield heading(part.title, part.unit if isinstance(part, Picture) else "")
        if isinstance(part, Picture):
            yield lay(say(part.says, QUIET))
            yield from DRAWN[part.chart](part)
        elif isinstance(part, Tokens):
            yield from tokens(part)
        elif isinstance(part, Attention):
            yield from attention(part)
        elif isinstance(part, Scenes):
            yield from scenes(part)
        else:
            yield from table(part)
        if part.note:
            yield lay(say(part.note, QUIET))
    if found.seen:
        yield heading("What you should see")
    for seen in found.seen:
        yield from _seen(seen)


def _seen(seen: Seen) -> Iterator[Text]:
    sign, style = HELD[seen.held]
    yield lay(Text.assemble((sign, f"bold {style}"), "  ", plain(seen.see)))
    if seen.found:
        yield lay(seen.found, "    ")
    yield lay(say(f"It would be false if: {seen.falsified_by}", QUIET), "    ")
    if seen.settles:
        yield lay(say(f"Bears on {', '.join(seen.settles)}", QUIET), "    ")


def bars(picture: Picture) -> Iterator[Text]:
    """A bar for each label and series."""
    most = max((value or 0 for each in picture.series for value in each.values), default=0) or 1
    widest = min(max(cell_len(plain(label)) for label in picture.labels), measure() // 3)
    room = max(6, min(BAR, measure() - widest - 16))
    yield from _legend(picture)
    for n, label in enumerate(picture.labels):
        for k, each in enumerate(picture.series):
            value = each.values[n]
            filled = round(room * (value or 0) / most)
            name = _fit(plain(label) if k == 0 else "", widest)
            yield Text.assemble(
                f"  {name}  ", (FILLS[k % len(FILLS)] * filled or "▏", STYLES[k % len(STYLES)]), (f" {figure(value)}", QUIET)
            )


def _legend(picture: Picture) -> Iterator[Text]:
    items = [Text.assemble((f"{FILLS[k % len(FILLS)]} ", STYLES[k % len(STYLES)]), plain(s.title)) for k, s in enumerate(picture.series)]
    if all(cell_len(item.plain) + 2 <= measure() for item in items):
        yield flow(items)
    else:
        yield from (lay(item) for item in items)


def stack(picture: Picture) -> Iterator[Text]:
    """A bar for each label, the series in it behind each other, and their sum."""
    sums = [sum(each.values[n] or 0 for each in picture.series) for n in range(len(picture.labels))]
    most = max(sums) or 1
    yield from _legend(picture)
    for n, label in enumerate(picture.labels):
        yield lay(label)
        bar = Text("  ")
        for k, each in enumerate(picture.series):
            bar.append(FILLS[k % len(FILLS)] * round((measure() - 16) * (each.values[n] or 0) / most), style=STYLES[k % len(STYLES)])
        yield bar.append(f" {figure(sums[n])} {plain(picture.unit)}", style=QUIET)
    for mark in picture.marks:
        yield lay(say(f"{mark.title}: {figure(mark.value)} {picture.unit}", QUIET))


def tokens(found: Tokens) -> Iterator[Text]:
    """The text, what was given quiet and what was least likely marked; then the table."""
    line = Text()
    for token in found.tokens:
        style = QUIET if token.value is None else f"{BAD} underline" if token.value < found.full / 20 else ""
        line.append(plain(token.text), style=style)
    yield lay(line)
    yield lay(say(found.says, QUIET))
    yield from table(found.table)


def attention(found: Attention) -> Iterator[Text]:
    """What the chosen token takes, and a field for each head. Another one: --set token=, layer=, head=."""
    yield lay(say(found.says, QUIET))
    yield from table(found.table)
    yield lay(found.grid.title)
    yield from heat(found.grid)


def scenes(found: Scenes) -> Iterator[Text]:
    """Each picture, two rows of pixels a line, and what is said of it. Where there are no colours, what is said stays."""
    yield lay(say(found.says, QUIET))
    for scene in found.scenes:
        yield lay(say(scene.title, "bold"))
        if console.color_system in ("256", "truecolor") and scene.width + 4 <= measure():
            yield from _pixels(scene)
        for head, line in zip(found.heads, scene.lines, strict=True):
            yield lay(Text.assemble((f"{head}  ", QUIET), plain(line)), "    ")


def _pixels(scene: Scene) -> Iterator[Text]:
    raw = scene.bytes

    def colour(x: int, y: int) -> str:
        at = 3 * (y * scene.width + x)
        return f"#{raw[at : at + 3].hex()}" if y < scene.height else "default"

    for y in range(0, scene.height, 2):
        line = Text("    ")
        for x in range(scene.width):
            line.append("▀", style=f"{colour(x, y)} on {colour(x, y + 1)}")
        yield line


def table(found: Table) -> Iterator[Text]:
    """Columns beside each other where they fit; else a block for each row."""
    rows = [[plain(figure(cell)).replace("\n", " ") for cell in row] for row in found.rows[:MOST_ROWS]]
    numeric = [all(not isinstance(row[n], str) for row in found.rows) for n in range(len(found.columns))]
    head = [plain(column) for column in found.columns]
    widths = [max([cell_len(head[n]), *(cell_len(row[n]) for row in rows)]) for n in range(len(head))]
    if sum(widths) + GAP * (len(widths) - 1) + 2 > console.width:
        yield from _blocks(head, rows)
    else:
        yield Text(f"  {_line(head, widths, numeric)}", style=QUIET)
        yield from (Text(f"  {_line(row, widths, numeric)}") for row in rows)
    if len(found.rows) > MOST_ROWS:
        yield lay(say(f"… and {len(found.rows) - MOST_ROWS} more; --json has them all.", QUIET))


def _blocks(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Text]:
    for row in rows:
        yield lay(say(row[0], "bold"))
        for name, cell in zip(head[1:], row[1:], strict=True):
            if cell:
                yield lay(Text.assemble((f"{name}  ", QUIET), cell), "    ")


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    return (" " * GAP).join(_fit(cell, width, right=right) for cell, width, right in zip(cells, widths, numeric, strict=True)).rstrip()


def _fit(text: str, width: int, *, right: bool = False) -> str:
    while cell_len(text) > width:
        text = f"{text[:-2]}…"
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks


def heat(picture: Picture) -> Iterator[Text]:
    """A matrix in blocks, the fuller the larger; below zero in other signs. A matrix that is too wide comes as a table."""
    columns, room = len(picture.series), min(12, max(cell_len(plain(label)) for label in picture.labels))
    each = next((n for n in (3, 2, 1) if columns * n + room + 4 <= measure()), 0)
    if not each:
        yield from table(picture.table)
        return
    found = picture.full or max((abs(v) for s in picture.series for v in s.values if v is not None), default=0) or 1
    beyond = any(abs(v or 0) > found for s in picture.series for v in s.values)
    shown = [f"{SHADES[-1]} {figure(found)}{' or more' if beyond else ''}", f"{SHADES[0]} 0"]
    if any((v or 0) < 0 for s in picture.series for v in s.values):
        shown.append(f"{BELOW[-1]} −{figure(found)}{' or less' if beyond else ''}")
    yield lay(say(f"down: {picture.label} · across: {picture.across or 'columns'} · {' · '.join(shown)}", QUIET))
    titles = [plain(s.title) for s in picture.series]
    if max(map(cell_len, titles)) <= 3:
        every = 1 if each == 3 else 5
        ruler = "".join(_fit(title, each * every) for n, title in enumerate(titles) if n % every == 0)
        yield Text(f"  {' ' * room}  {ruler}"[: measure()], style=QUIET)
    for n, label in enumerate(picture.labels):
        line = Text.assemble(f"  {_fit(plain(label), room)}  ")
        for column in picture.series:
            sign, style = _shade(column.values[n], found)
            line.append(sign * each, style=style)
        yield line


def _shade(value: float | None, strongest: float) -> tuple[str, str]:
    if value is None:
        return " ", QUIET
    signs = BELOW if value < 0 else SHADES
    step = round(min(1.0, abs(value) / strongest) * (len(signs) - 1))
    return signs[step], (BAD if value < 0 else ACCENT) if step else QUIET


DRAWN: dict[str, Callable[[Picture], Iterator[Text]]] = {
    "bars": bars,
    "stack": stack,
    "heat": heat,
    "lines": lambda picture: table(picture.table),
}
