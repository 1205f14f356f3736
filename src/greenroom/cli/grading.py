"""Files for `greenroom grade`: rows in, results out, resumable; and the rows of `greenroom calibrate`.

Results go to ``OUT.part`` line by line and become OUT when all rows are done: OUT is whole or absent.
After an interruption the rows already in ``OUT.part`` are not graded again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from greenroom.assess.grade import ScoredRow
from greenroom.errors import InputError
from greenroom.room import Room
from greenroom.settings import read_settings

LINE_LIMIT = 2_000_000
"""Characters of one row; a longer one is reported as a bad row, not read into memory whole."""


def grade_file(rows: Path, scored: Path, *, quiet: bool, judge: bool = False) -> dict[str, int]:
    """Returns how many rows were graded, abstained, error. Raises InputError when a file cannot be read or written, or when ``judge`` is
    wanted and none is set up."""
    if rows.resolve() == scored.resolve():
        raise InputError("The rows and the results are the same file.", "Give --out another name; nothing was written.")
    settings = read_settings()
    if judge and not settings.has_judge:
        raise InputError("No judge is set up.", "Set GREENROOM_JUDGE_URL and GREENROOM_JUDGE_MODEL, or GREENROOM_JUDGE_FILE.")
    room = Room(settings if judge else settings.without_judge)
    try:
        return _grade(room, rows, scored, quiet=quiet)
    except OSError as error:
        raise InputError(f"{error.filename} cannot be used: {error.strerror}.", "Check the name, its folder and its rights.") from error
    finally:
        room.close()


def _grade(room: Room, rows: Path, scored: Path, *, quiet: bool) -> dict[str, int]:
    part = scored.with_name(scored.name + ".part")
    earlier = list(_read(part if part.exists() else scored))
    done = {(result.row, result.hash): result for result, _ in earlier}
    counts = Counter({"graded": 0, "abstained": 0, "error": 0})
    kept, end = _common(room, rows, earlier)
    goes_on = part.exists() and kept > 0
    with part.open("r+b" if goes_on else "wb") as out, show_progress(quiet) as progress:
        out.seek(end if goes_on else 0)
        out.truncate()
        written = kept if goes_on else 0
        task = progress.add_task("grading", total=sum(1 for line in read_lines(rows) if line.strip()))
        for n, result in enumerate(room.assess.grade(read_lines(rows), done)):
            counts[result.status] += 1
            if n >= written:
                out.write(result.model_dump_json().encode() + b"\n")
                out.flush()
            progress.advance(task)
    part.replace(scored)
    return dict(counts)


def _common(room: Room, rows: Path, earlier: list[tuple[ScoredRow, int]]) -> tuple[int, int]:
    """How many earlier results still stand as those of the first rows, and where in the file they end."""
    end = n = 0
    hashes = room.assess.row_hashes(read_lines(rows))
    for (result, offset), key in zip(earlier, hashes, strict=False):
        if (result.row, result.hash) != key or not room.assess.may_stand(result):
            break
        n, end = n + 1, offset
    return n, end


def _read(path: Path) -> Iterator[tuple[ScoredRow, int]]:
    """Results written before, with the position behind each; ends at the first line that is none."""
    if not path.exists():
        return
    with path.open("rb") as stream:
        for line in stream:
            if not line.endswith(b"\n"):
                return
            try:
                yield ScoredRow.model_validate_json(line), stream.tell()
            except ValidationError:
                return


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a JSONL file; what is not UTF-8 comes as text that no JSON parser takes, so that the row is reported."""
    with path.open("rb") as stream:
        while line := stream.readline(LINE_LIMIT):
            yield line.decode("utf-8", errors="surrogateescape").rstrip("\r\n")
            while not line.endswith(b"\n") and (line := stream.readline(LINE_LIMIT)):
                pass  # the rest of a line that is too long: its beginning is already reported as a bad row


def show_progress(quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    from rich.console import Console

    return Progress(*columns, console=Console(stderr=True), disable=quiet)
