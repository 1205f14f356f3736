"""Only plain files are opened; files that only save time are whole or not there, and never in anybody's way."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from greenroom.files import keep, open_plain, thin

posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and rights as POSIX has them")


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


def _refused(path: Path, **how: bool) -> int | None:
    with pytest.raises(OSError) as caught:
        open_plain(path, **how)
    return caught.value.errno


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"one\r\ntwo\x1a")
    with open_plain(file) as opened:
        assert opened.read() == b"one\r\ntwo\x1a"


@posix
def test_a_link_is_followed_only_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"theirs")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "a")

    assert _refused(link) == errno.ELOOP
    with open_plain(link, links=True) as opened:
        assert opened.read() == b"theirs"


def _open_files() -> int:
    """Of this process; 0 where the system does not tell."""
    held = Path("/proc/self/fd")
    return len(list(held.iterdir())) if held.exists() else 0


@posix
@pytest.mark.timeout(10)
def test_a_pipe_is_not_waited_for_and_nothing_is_left_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = _open_files()

    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        assert _refused(path) == errno.EINVAL

    assert _open_files() == before


@posix
def test_what_is_made_is_for_its_owner_only_and_grows_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "new"
    for line in (b"one\n", b"two\n"):
        with open_plain(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as opened:
            opened.write(line)
    with open_plain(file, os.O_RDWR) as opened:
        assert opened.read() == b"one\ntwo\n"
        opened.seek(0)
        opened.write(b"ONE")

    assert file.read_bytes() == b"ONE\ntwo\n"
    assert file.stat().st_mode & 0o777 == 0o600
