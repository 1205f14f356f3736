"""``greenroom`` and ``python -m greenroom``: the terminal's door, told how to open the other one."""

from __future__ import annotations

import sys
from pathlib import Path

from greenroom.errors import LowMemoryError, lacks_memory


def main() -> None:
    try:
        from greenroom.cli.app import run

        run(_serve)
    except BaseException as error:  # a panic in a library's Rust is no Exception
        if not lacks_memory(error):
            raise
        short = LowMemoryError()
        sys.exit(f"{short.message}\n{short.hint}")


def _serve(host: str | None, port: int | None, *, i_know: bool, browser: bool, preview: Path | None) -> None:
    from greenroom.serve import serve  # loads the web app: only when it is opened

    serve(host, port, i_know=i_know, browser=browser, preview=preview)


if __name__ == "__main__":
    main()
