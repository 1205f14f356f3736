"""The server with the literal assessor, which loads no encoder: for what is not about assessing. Arguments: as of `greenroom mcp`."""

from __future__ import annotations

import sys

from greenroom.assess.assessor import Verbatim
from greenroom.builtin import Builtin
from greenroom.mcp.server import serve
from greenroom.plugins import hookimpl
from greenroom.room import Parts, Room
from greenroom.settings import read_settings


class Literal:
    @hookimpl
    def greenroom_assessors(self, settings: object) -> dict[str, type[Verbatim]]:
        return {"literal": Verbatim}


if __name__ == "__main__":
    settings = read_settings().model_copy(update={"assessor": "literal"})
    writes = "--allow-writes" in sys.argv
    with_literal = Room(settings, Parts(settings, given={"builtin": Builtin(), "literal": Literal()}), assess=writes)
    try:
        serve(with_literal.open() if writes else with_literal, writes=writes)
    finally:
        with_literal.close()
