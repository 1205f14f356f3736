"""The documentation tells the truth: generated pages are current, every word has its chapter, the tree in the README exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from greenroom import errors, plugins

ROOT = Path(__file__).parents[2]


def module_of(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.replace("/", "_").removesuffix(".py"), ROOT / file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    return module_of("docs/reference/make.py")


@pytest.mark.parametrize("name", ["commands.md", "settings.md", "question.schema.json"])
def test_the_reference_is_what_the_code_says(maker: ModuleType, name: str) -> None:
    assert (ROOT / "docs/reference" / name).read_text() == maker.FILES[name](), "run: python docs/reference/make.py"


def test_what_was_seen_of_the_labs_is_what_was_written_down_when_they_ran() -> None:
    seen = module_of("docs/images/labs/make.py")
    assert seen.PAGE.read_text() == seen.text(seen.read()), "run: python docs/images/labs/make.py --page"
    assert seen.plain("a <b> | *c*\n_d") == r"a \<b\> \| \*c\* \_d"


@pytest.mark.parametrize("word", ["bank", "prep", "interview", "assess", "review", "labs"])
def test_every_word_has_its_chapter(word: str) -> None:
    assert len((ROOT / f"docs/guide/{word}.md").read_text()) > 800


def test_every_error_and_hook_has_its_paragraph() -> None:
    text = (ROOT / "docs/guide/errors.md").read_text() + (ROOT / "docs/guide/plugins.md").read_text()
    kinds = [n for n, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.GreenroomError)]
    hooks = [name for name in vars(plugins.Hooks) if name.startswith("greenroom_")]
    assert [name for name in [*kinds, *hooks] if f"`{name}`" not in text] == []
    assert len(hooks) <= 6


def test_the_annotated_tree_is_true() -> None:
    tree = (ROOT / "README.md").read_text().split("```tree")[1].split("```")[0]
    folders: list[str] = []
    missing = []
    for line in tree.strip("\n").splitlines():
        match = re.match(r"^( *)(\S+)", line)
        assert match
        depth = len(match[1]) // 2
        folders = [*folders[:depth], match[2].rstrip("/")]
        if not (ROOT / Path(*folders)).exists():
            missing.append("/".join(folders))
    assert missing == []
    told = set(re.findall(r"^    (\w+(?:\.py)?) ", tree, re.MULTILINE))
    there = {path.name for path in (ROOT / "src/greenroom").iterdir() if path.suffix in ("", ".py") and not path.name.startswith("__")}
    assert there - told == set(), "what is there and not in the tree"


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "training").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not link.startswith(("http://", "https://", "mailto:")) and not (page.parent / link).exists():
                broken.append(f"{page.name}: {link}")
    assert broken == []


def test_nothing_of_a_machine_is_committed() -> None:
    """No absolute paths of somebody's machine in tracked text."""
    import subprocess

    found = subprocess.run(
        ["git", "grep", "-nIE", r"(^|[^a-zA-Z.])/(work|home|Users)/[a-z]", "--", ".", ":!*.jsonl"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""
