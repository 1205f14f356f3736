"""Files that only save time: whole or not there, and never in anybody's way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from greenroom.scratch import keep, thin


def test_a_file_is_written_whole_in_a_folder_that_was_not_there(tmp_path: Path) -> None:
    keep(tmp_path / "a/b.json", b"1")
    keep(tmp_path / "a/b.json", b"2")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.json"] and (tmp_path / "a/b.json").read_bytes() == b"2"


def test_what_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "b.json").mkdir()  # a file cannot take a folder's place
    keep(tmp_path / "b.json", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["b.json"] and not list((tmp_path / "b.json").iterdir())


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    keep(tmp_path / "a/b.json", b"1")
    thin(tmp_path / "a", 1)
    thin(tmp_path / "none", 1)
    assert (tmp_path / "a").read_text() == "a file"


@pytest.mark.parametrize("most", [0, 2, 9])
def test_the_oldest_go_first_and_folders_stay(tmp_path: Path, most: int) -> None:
    (tmp_path / "folder").mkdir()
    for n in range(5):
        (tmp_path / f"{n}.json").write_text("")
        os.utime(tmp_path / f"{n}.json", (n, n))
    thin(tmp_path, most)
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert left == [f"{n}.json" for n in range(max(0, 5 - most), 5)] and (tmp_path / "folder").is_dir()
