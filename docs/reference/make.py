"""Writes the reference from the code: ``python docs/reference/make.py``. A test holds the files against what this would write."""

from __future__ import annotations

import json
from pathlib import Path

import click
import typer

from greenroom.bank.schema import question_schema
from greenroom.cli.app import app
from greenroom.settings import Settings

HERE = Path(__file__).parent
NOTE = "<!-- Made by make.py in this folder; edit the code, not this file. -->\n"


def commands() -> str:
    """The help of every command."""
    root = typer.main.get_command(app)
    parts = [
        NOTE,
        "# Commands\n",
        "Exit codes: 0 ok · 1 our error, with its cure on stderr · 2 wrong usage.\n",
        _help(root, "greenroom", None),
    ]
    context = click.Context(root, info_name="greenroom")
    for name in root.list_commands(context):  # type: ignore[attr-defined]
        parts.extend(_walk(root.get_command(context, name), f"greenroom {name}", context))  # type: ignore[attr-defined]
    return "\n".join(parts)


def _walk(command: click.Command, path: str, parent: click.Context) -> list[str]:
    parts = [f"## {path}\n", _help(command, path, parent)]
    if hasattr(command, "list_commands"):  # a group, of click's or of the copy that newer versions of typer carry
        context = click.Context(command, info_name=path, parent=None)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                parts.extend(_walk(child, f"{path} {name}", context))
    return parts


def _help(command: click.Command, path: str, _parent: click.Context | None) -> str:
    context = click.Context(command, info_name=path, terminal_width=100, max_content_width=100)
    lines = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"```\n{lines}\n```\n"


def settings() -> str:
    rows = [f"| `GREENROOM_{name.upper()}` | {field.description} | {_default(name)} |" for name, field in Settings.model_fields.items()]
    head = "# Settings\n\nEnvironment variables, read once when greenroom starts; an empty one is as good as none.\n"
    return "\n".join([NOTE + head, "| variable | what it sets | default |", "|---|---|---|", *rows, ""])


def _default(name: str) -> str:
    if name == "home":
        return "`~/.local/share/greenroom`"
    value = Settings.model_fields[name].default
    return "" if value in (None, ()) else f"`{value}`"


def schema() -> str:
    return json.dumps(question_schema(), indent=2, ensure_ascii=False) + "\n"


FILES = {"commands.md": commands, "settings.md": settings, "question.schema.json": schema}

if __name__ == "__main__":
    for file_name, make in FILES.items():
        (HERE / file_name).write_text(make(), encoding="utf-8")
