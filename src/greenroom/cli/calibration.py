"""`greenroom calibrate` on the terminal: the file in, the figures out. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from greenroom.cli.grading import check_file, read_lines, settings_for, show_progress
from greenroom.cli.screen.terminal import BAD, GOOD, MIDDLE, QUIET, heading, lay, many, say
from greenroom.errors import InputError
from greenroom.room import Room

if TYPE_CHECKING:
    from greenroom.assess.ruler.calibration import Calibration, Fit, Lean, PointsAgreement
    from greenroom.assess.ruler.rows import Marks

LEFT = 26
BAD_SHOWN = 20


def calibrate_file(labelled: Path, marks: Marks, *, quiet: bool, judge: bool = False) -> Calibration:
    """Raises InputError when the file cannot be read or holds no row, or when ``judge`` is wanted and none is set up."""
    room = Room(settings_for(judge=judge))
    try:
        check_file(labelled)
        total = sum(1 for line in read_lines(labelled) if line.strip())
        if not total:
            raise InputError(f"{labelled} holds no rows.", "Write one graded answer a line, as JSON; greenroom calibrate --help shows how.")
        with show_progress(quiet) as progress:
            rows = progress.track(read_lines(labelled), total=total, description="reading")
            return room.assess.calibrate(rows, marks)
    except OSError as error:
        raise InputError(f"{labelled} cannot be read: {error.strerror}.", "Check the name and its rights.") from error
    finally:
        room.close()


def show(found: Calibration) -> Iterator[Text]:
    yield from _bad(found)
    if found.assessor is None:
        yield Text.assemble("\n", lay(say("No row with a mark could be graded: there is nothing to compare.", MIDDLE)))
    else:
        yield from _figures(found)
    if found.points:
        yield from _points(found.points)
    yield from _disagreements(found)
    if found.grader:
        yield Text.assemble("\n", lay(say(f"Judged by {found.grader.name} {found.grader.version}.", QUIET)))


def _bad(found: Calibration) -> Iterator[Text]:
    if found.bad:
        yield heading(f"{len(found.bad)} row{'s' if len(found.bad) > 1 else ''} left out")
    for row in found.bad[:BAD_SHOWN]:
        yield lay(say(f"{row.fault} {row.cure}"), Text.assemble((f"  line {row.line:<5} ", BAD)))
    if len(found.bad) > BAD_SHOWN:
        yield lay(say(f"… and {len(found.bad) - BAD_SHOWN} more; --json lists them all.", QUIET))


def _figures(found: Calibration) -> Iterator[Text]:
    note = many(found.n, "answer") + (f", {found.abstained} more could not be judged" if found.abstained else "")
    yield heading("Agreement with your marks", note)
    if found.few:
        yield lay(say("Fewer than ten answers: these figures mean little. Grade some more by hand first.", MIDDLE))
    yield Text(f"  {'':<{LEFT}}{'Pearson':>9}{'QWK':>9}{'RMSE':>9}{'wRMSE':>9}", style=QUIET)
    for name, fit in (("this assessor", found.assessor), ("length only", found.length), ("always the mean", found.constant)):
        if fit is not None:
            yield Text.assemble((f"  {name:<{LEFT}}", "" if fit is found.assessor else QUIET), _row(fit))
    yield lay(say("QWK: agreement of bands; RMSE: on the scale 0 to 1, lower is better; wRMSE: every tenth of the marks counts alike. "
                  "The two lines below know the marks of your other rows and nothing of what was said.", QUIET))  # fmt: skip
    yield _verdict(found)
    if found.lean:
        yield _lean(found.lean)


def _row(fit: Fit) -> str:
    return "".join(f"{'–' if value is None else f'{value:.2f}':>9}" for value in (fit.pearson, fit.qwk, fit.rmse, fit.wrmse))


def _verdict(found: Calibration) -> Text:
    """Whether it measures more than nothing."""
    blind = [fit.wrmse for fit in (found.length, found.constant) if fit is not None]
    if found.assessor and blind and found.assessor.wrmse < min(blind):
        return lay(say("Nearer to your marks than either ruler that measures nothing.", GOOD))
    return lay(say("No nearer to your marks than a ruler that measures nothing: do not go by it for these answers.", BAD))


def _lean(lean: Lean) -> Text:
    if lean.low <= 0 <= lean.high:
        says, style = "no clear lean", GOOD
    else:
        says, style = ("too kind", MIDDLE) if lean.mean > 0 else ("too harsh", MIDDLE)
    figures = f"  {lean.mean:+.2f} on average ({lean.low:+.2f} to {lean.high:+.2f}, 95 % by bootstrap)"
    return lay(Text.assemble((says.capitalize(), style), (figures, QUIET)))


def _points(found: PointsAgreement) -> Iterator[Text]:
    kappa = "–" if found.kappa is None else f"{found.kappa:.2f}"
    weighted = "–" if found.weighted is None else f"{found.weighted:.2f}"
    yield heading("Point by point", f"{found.n} verdicts, κ {kappa}, weighted κ {weighted}")
    for point in sorted(found.each, key=lambda each: (each.same, each.id)):
        own = "" if point.kappa is None else f", κ {point.kappa:.2f}"
        yield lay(say(f"same in {round(point.same * point.n)} of {point.n}{own}", QUIET), say(f"  {point.id:<40} "))


def _disagreements(found: Calibration) -> Iterator[Text]:
    if found.disagreements:
        yield heading("Where you differ most")
    for each in found.disagreements:
        sign, style = ("kinder", MIDDLE) if each.given > each.own else ("harsher", MIDDLE)
        head = Text.assemble(
            say(f"line {each.line}, {each.id}", "bold"), (f"  you {each.own:.2f}, here {each.given:.2f}: ", QUIET), (sign, style)
        )
        yield lay(head)
        yield lay(say(each.why, QUIET), "    ")
