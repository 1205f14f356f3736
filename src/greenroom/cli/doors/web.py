"""What the commands that open the web app have in common: where it listens."""

from __future__ import annotations

from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on; one that others can reach needs --i-know.")]
IKnow = Annotated[bool, typer.Option("--i-know", help="Let other machines in, without a sign-in: for a test network only.")]
