"""``python -m greenroom``."""

from __future__ import annotations


def main() -> None:
    from greenroom.cli.app import run

    run()


if __name__ == "__main__":
    main()
