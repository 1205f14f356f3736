"""Files for `greenroom grade`: rows in, results out, resumable; and the rows of `greenroom calibrate`.

Results go to ``OUT.part`` line by line and become OUT when all rows are done: OUT is whole or absent.
After an interruption the rows already in ``OUT.part`` are not graded again. Rows and results are plain files: rows are read more than once,
and a device that is replaced by a file is gone. Two runs do not write one OUT at the same time (where the system has locks).
"""

from __future__ import annotations

import codecs
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from pydantic import ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from greenroom.assess.grade import ScoredRow
from greenroom.errors import InputError
from greenroom.room import Room
from greenroom.settings import Settings, read_settings

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LINE_LIMIT = 2_000_000
"""Bytes of one row; a longer one is reported as a bad row, not read into memory whole."""
NO_JSON = "\udcff"
"""Half a surrogate pair at the end of what is cut there: no blank line and no row, whatever its beginning holds."""
CURE = "Check the name, its folder, its rights and its space."


def grade_file(rows: Path, scored: Path, *, quiet: bool, judge: bool = False) -> dict[str, int]:
    """Returns how many rows were graded, abstained, error. Raises InputError when a file cannot be read or written, or when ``judge`` is
    wanted and none is set up."""
    room = Room(settings_for(judge=judge))
    try:
        return grade_with(room, rows, scored, quiet=quiet)
    finally:
        room.close()


def settings_for(*, judge: bool) -> Settings:
    """Other people's answers go to the judge of the settings only when that is asked for. Raises InputError when there is none."""
    settings = read_settings()
    if judge and not settings.has_judge:
        raise InputError("No judge is set up.", "Set GREENROOM_JUDGE_URL and GREENROOM_JUDGE_MODEL, or GREENROOM_JUDGE_FILE.")
    return settings if judge else settings.without_judge


def grade_with(room: Room, rows: Path, scored: Path, *, quiet: bool) -> dict[str, int]:
    """As ``grade_file``."""
    try:
        part = _part(rows, scored)
        counts = _grade(room, rows, scored, part, quiet=quiet)
        if fcntl is None:  # where a file that is open cannot be renamed
            part.replace(scored)
    except OSError as error:
        raise InputError(f"{error.filename or f'{scored}.part'} cannot be used: {error.strerror}.", CURE) from error
    return counts


def _part(rows: Path, scored: Path) -> Path:
    """Where results are written until they are whole. Raises InputError for names that will not do, OSError; makes nothing."""
    try:
        part = scored.with_name(scored.name + ".part")
        same = any(_same(rows, path) for path in (scored, part))
    except (ValueError, RuntimeError) as error:  # "" or "/" as a name; links that go round in a circle
        raise InputError(f"{scored} cannot be used: {error}.", CURE) from error
    if same:
        raise InputError("The rows and the results are the same file.", "Give --out another name; nothing was written.")
    if part.is_symlink():
        raise InputError(f"{part} is a link to another file.", "Remove it, or give --out another name; nothing was written.")
    for path in (rows, scored, part):
        check_file(path)
    rows.open("rb").close()
    return part


def _same(one: Path, other: Path) -> bool:
    """Whether two names lead to one file, by links and by spelling too."""
    return one.resolve() == other.resolve() or (other.exists() and one.samefile(other))


def check_file(path: Path) -> None:
    """Raises InputError for what is there and is no plain file."""
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is a folder, a pipe or a device.", "Name a plain file; what another program writes goes into one first.")


def _grade(room: Room, rows: Path, scored: Path, part: Path, *, quiet: bool) -> dict[str, int]:
    counts = Counter({"graded": 0, "abstained": 0, "error": 0})
    with part.open("a+b") as out, show_progress(quiet) as progress:  # made if it is not there, and not emptied before it is ours
        _take(out, part)
        begun = out.tell() > 0
        earlier = list(_read(part if begun else scored))
        done = {(result.row, result.hash): result for result, _ in earlier}
        kept, end = _common(room, rows, earlier)
        written = kept if begun else 0
        out.truncate(end if begun else 0)
        task = progress.add_task("grading", total=sum(1 for line in read_lines(rows) if line.strip()))
        with closing(room.assess.grade(read_lines(rows), done)) as results:
            for n, result in enumerate(results):
                counts[result.status] += 1
                if n >= written:
                    out.write(result.model_dump_json().encode() + b"\n")
                    out.flush()
                progress.advance(task)
        os.fsync(out.fileno())
        if fcntl is not None:
            part.replace(scored)  # while the lock is ours: nobody can begin to write what is being published
    return dict(counts)


def _take(out: IO[bytes], part: Path) -> None:
    """For this process alone, until it is closed. Raises InputError when another has it."""
    if fcntl is None:
        return
    try:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(f"Another run is writing {part}.", "Wait for it, or give --out another name.") from error
    except OSError:  # a file system without locks
        return
    if not part.exists() or not os.path.samestat(os.fstat(out.fileno()), part.stat()):
        raise InputError(f"Another run has just finished with {part}.", "Look at its results first; then grade again.")


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
    """Lines of a JSONL file; bytes that are not UTF-8 come as half surrogate pairs, which no row may hold, so that it is reported."""
    with path.open("rb") as stream:
        if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:  # editors of Windows begin a file with it
            stream.seek(0)
        while line := stream.readline(LINE_LIMIT):
            text = line.decode("utf-8", errors="surrogateescape").rstrip("\r\n")
            cut = not line.endswith(b"\n") and _skip_rest(stream)
            yield text + NO_JSON if cut else text


def _skip_rest(stream: IO[bytes]) -> bool:
    """Goes to the end of the line; whether there was more of it."""
    rest = last = stream.readline(LINE_LIMIT)
    while last and not last.endswith(b"\n"):
        last = stream.readline(LINE_LIMIT)
    return bool(rest)


def show_progress(quiet: bool) -> Progress:
    """On the terminal that the rest is written to, so that a line in between does not break it; else on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    from rich.console import Console

    from greenroom.cli.screen.terminal import console

    return Progress(*columns, console=console if console.is_terminal else Console(stderr=True), disable=quiet)
