"""``python -m benchmarks [NAME…]``: run the benchmarks of this folder and print what they measured.

Each is a module with ``run() -> None`` that prints its own table, with what a user would pick instead beside it, in the same run.
Timings are ratios where there is something to compare with; nothing here is a test.
"""

from __future__ import annotations

import importlib
import platform
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> None:
    known = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"No benchmark {', '.join(unknown)}. Known: {', '.join(known)}.")
    print(f"{platform.machine()}, {platform.python_version()}, {_processor()}")
    for name in names or known:
        print(f"\n== {name}")
        importlib.import_module(f"benchmarks.{name}").run()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


if __name__ == "__main__":
    main(sys.argv[1:])
