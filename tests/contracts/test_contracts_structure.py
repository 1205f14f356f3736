"""The shape of the code: sizes, layers, words. Limits are alarms: when one rings, ask the design, not the line count."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "greenroom"
FILE_LIMIT, FUNCTION_LIMIT, PARAMETER_LIMIT, MODULE_LIMIT = 400, 50, 7, 12
DATA = {"packs", "weights", "static", "templates", "locale", "migrations", "__pycache__"}
FORBIDDEN = ("Manager", "Service", "Helper")


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (p for p in (ROOT / folder).rglob("*.py") if "__pycache__" not in p.parts)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def long_functions(path: Path) -> list[str]:
    return [f"{path.name}:{f.lineno} {f.name}" for f in functions(path) if (f.end_lineno or f.lineno) - f.lineno + 1 > FUNCTION_LIMIT]


def test_no_file_is_longer_than_the_limit() -> None:
    long = [str(p) for p in python_files("src", "tests", "training", "benchmarks") if len(p.read_text().splitlines()) > FILE_LIMIT]
    assert long == []


def test_no_function_is_longer_than_the_limit() -> None:
    assert [name for path in python_files("src", "training", "benchmarks") for name in long_functions(path)] == []


def test_the_size_alarm_rings(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("def f():\n" + "    x = 1\n" * FUNCTION_LIMIT)
    assert long_functions(path) == ["long.py:1 f"]


def test_functions_take_few_parameters() -> None:
    many = []
    for path in python_files("src"):
        if "cli" in path.relative_to(SRC).parts:  # commands are exempt
            continue
        for f in functions(path):
            names = [a.arg for a in [*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs] if a.arg not in ("self", "cls")]
            if len(names) > PARAMETER_LIMIT:
                many.append(f"{path.name}:{f.lineno} {f.name}")
    assert many == []


def test_packages_hold_few_modules_and_are_shallow() -> None:
    crowded, deep = [], []
    for folder in [SRC, *(p for p in SRC.rglob("*") if p.is_dir())]:
        inside = folder.relative_to(SRC).parts
        if DATA & set(inside) or inside[:1] == ("labs",):
            continue
        if len([p for p in folder.glob("*.py") if p.name != "__init__.py"]) > MODULE_LIMIT:
            crowded.append(str(folder))
        if len(inside) > 2:
            deep.append(str(folder))
    assert (crowded, deep) == ([], [])


def test_names_say_what_a_thing_is() -> None:
    bad = []
    for path in python_files("src"):
        if path.stem in {"utils", "common", "helpers", "models"}:
            bad.append(str(path))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and (node.name.endswith(FORBIDDEN) or node.name.startswith("Base")):
                bad.append(f"{path.name}: {node.name}")
    assert bad == []


def test_the_layers_hold() -> None:
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("tool", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=lambda t: " ".join(t[:2]))
def test_the_linters_are_quiet(tool: list[str]) -> None:
    done = subprocess.run([Path(sys.executable).parent / tool[0], *tool[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_import_is_light() -> None:
    heavy = "{'torch', 'fastapi', 'onnxruntime', 'sqlalchemy', 'pydantic', 'numpy'}"
    code = f"import sys, greenroom; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def drawn(text: str) -> dict[str, str]:
    """Of each error in the drawing, the one above it."""
    found, above = {}, list[str]()
    for line in text.splitlines():
        if match := re.match(r" {4}((?:│   |    )*(?:[├└]── )?)(\w+Error)\b", line):
            depth = len(match[1]) // 4
            above = [*above[:depth], match[2]]
            found[match[2]] = above[depth - 1] if depth else "Exception"
    return found


def test_the_drawing_of_the_errors_is_their_tree() -> None:
    from greenroom import errors

    kinds = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.GreenroomError)}
    assert drawn(errors.__doc__ or "") == {name: kind.__bases__[0].__name__ for name, kind in kinds.items()}


def test_only_our_errors_are_defined_elsewhere() -> None:
    """An exception class outside errors.py is internal to its module, or a subclass of the tree."""
    allowed = {"SourceFault"}
    stray = []
    for path in python_files("src"):
        if path.name == "errors.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(b, ast.Name) and b.id in {"Exception", "BaseException"} for b in node.bases
            ):
                stray.append(node.name)
    assert set(stray) <= allowed
