"""A file from an address: resumed, whole or not at all, checked, bounded; against a real server on this machine that breaks off, ignores
ranges, sends wrong bytes, too much, or elsewhere."""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from labs_site import Site, served, sha256

from greenroom.errors import InputError, ModelFetchError, OutboundError
from greenroom.labs import download
from greenroom.labs.download import FOLDER, Wanted, only_public, unfinished
from greenroom.labs.hub import fetch_from
from greenroom.outbound import parse_origin

BODY = os.urandom(3_000_000)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(download, "PAUSE", 0.0)
    with served({"/file.gguf": BODY}) as made:
        yield made


Told = list[tuple[str, int, int]]


WANTED = Wanted(len(BODY), sha256(BODY))


def pull(site: Site, folder: Path, wanted: Wanted = WANTED, told: Told | None = None) -> Path:
    download.pull(
        f"{site.url}/file.gguf", folder / "file.gguf", wanted, lambda *now: None if told is None else told.append(now), folder / FOLDER
    )
    return folder / "file.gguf"


def left(folder: Path) -> int:
    """Bytes that are kept for the next try."""
    return sum(each.stat().st_size for each in (folder / FOLDER).glob("*.part"))


# --- One file ---


def test_it_comes_with_its_progress_and_nothing_is_left_beside_it(site: Site, tmp_path: Path) -> None:
    told: Told = []
    assert pull(site, tmp_path, told=told).read_bytes() == BODY
    done = [each for _, each, _ in told]
    assert done == sorted(done) and done[-1] == len(BODY) and {total for *_, total in told} == {len(BODY)}
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_broken_off_it_is_gone_on_with_in_the_same_run(site: Site, tmp_path: Path) -> None:
    site.cut = [1_000_000, 500_000]
    assert pull(site, tmp_path).read_bytes() == BODY
    assert [ask for _, ask in site.asked] == ["", "bytes=1000000-", "bytes=1500000-"]


def test_broken_off_for_good_the_next_run_asks_for_the_rest_only(site: Site, tmp_path: Path) -> None:
    site.cut = [1_000_000, *[0] * download.TRIES]
    with pytest.raises(ModelFetchError, match=r"1\.0 MB are kept"):
        pull(site, tmp_path)
    assert not (tmp_path / "file.gguf").exists()
    assert left(tmp_path) == 1_000_000
    assert unfinished(tmp_path) == [(f"{site.url}/file.gguf", 1_000_000, len(BODY))]
    site.asked.clear()
    site.cut.clear()
    assert pull(site, tmp_path).read_bytes() == BODY
    assert site.asked == [("/file.gguf", "bytes=1000000-")]
    assert unfinished(tmp_path) == []


def test_a_server_that_ignores_ranges_is_begun_with_anew(site: Site, tmp_path: Path) -> None:
    site.cut, site.ranges = [1_000_000], False
    assert pull(site, tmp_path).read_bytes() == BODY
    assert len(site.asked) == 2


def test_a_part_from_another_place_is_thrown_away(site: Site, tmp_path: Path) -> None:
    site.cut, site.place = [1_000_000], 7
    assert pull(site, tmp_path).read_bytes() == BODY
    assert [ask for _, ask in site.asked] == ["", "bytes=1000000-", ""]


@pytest.mark.parametrize("known", [True, False])
def test_another_file_behind_the_same_address_meanwhile(site: Site, tmp_path: Path, known: bool) -> None:
    """With the hash known the two halves do not add up, and it is fetched once more; without it the server tells by its tag."""
    site.cut = [1_000_000, *[0] * download.TRIES]
    with pytest.raises(ModelFetchError):
        pull(site, tmp_path, WANTED if known else Wanted())
    site.cut.clear()
    site.files["/file.gguf"] = other = os.urandom(len(BODY))
    assert pull(site, tmp_path, Wanted(len(other), sha256(other)) if known else Wanted()).read_bytes() == other


def test_without_tag_and_hash_nothing_is_put_together_from_two(site: Site, tmp_path: Path) -> None:
    site.cut, site.etag = [1_000_000], False
    assert pull(site, tmp_path, Wanted()).read_bytes() == BODY
    assert [ask for _, ask in site.asked] == ["", ""]


def test_a_server_that_takes_no_notice_of_the_tag(site: Site, tmp_path: Path) -> None:
    """It sends the rest of another file, and no hash would tell."""
    site.cut, site.heeds = [1_000_000, *[0] * download.TRIES], False
    with pytest.raises(ModelFetchError):
        pull(site, tmp_path, Wanted())
    site.cut.clear()
    site.asked.clear()
    site.files["/file.gguf"] = other = os.urandom(len(BODY))
    assert pull(site, tmp_path, Wanted()).read_bytes() == other
    assert [ask for _, ask in site.asked] == ["bytes=1000000-", ""]


def test_killed_between_the_note_and_the_bytes_no_tag_stands_beside_those_of_another_file(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.cut = [1_000_000, *[0] * download.TRIES]
    with pytest.raises(ModelFetchError):
        pull(site, tmp_path, Wanted())
    site.cut.clear()
    site.files["/file.gguf"] = other = os.urandom(len(BODY))

    class KilledError(Exception): ...

    def killed(*_: object) -> bool:
        raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(download, "_take", killed)
        pull(site, tmp_path, Wanted())
    assert pull(site, tmp_path, Wanted()).read_bytes() == other


def test_a_tag_that_cannot_be_sent_back_is_none(site: Site, tmp_path: Path) -> None:
    site.cut, site.tag = [1_000_000], '"\u00e9"'
    assert pull(site, tmp_path, Wanted()).read_bytes() == BODY
    assert [ask for _, ask in site.asked] == ["", ""]


def test_wrong_bytes_are_refused_and_gone(site: Site, tmp_path: Path) -> None:
    site.files["/file.gguf"] = BODY[:-1] + bytes([BODY[-1] ^ 1])
    with pytest.raises(ModelFetchError, match="size or hash differ"):
        pull(site, tmp_path)
    assert not (tmp_path / "file.gguf").exists() and left(tmp_path) == 0
    assert len(site.asked) == 1, "nothing was there before: once is enough"
    assert pull(site, tmp_path, Wanted()).read_bytes() != BODY, "control: without a hash they are taken"


@pytest.mark.parametrize("length", [True, False])
def test_too_much_is_cut_off_before_it_is_on_the_disk(site: Site, tmp_path: Path, length: bool) -> None:
    site.more, site.length = os.urandom(2_000_000), length
    with pytest.raises(ModelFetchError, match=r"were expected|sends more than"):
        pull(site, tmp_path)
    assert left(tmp_path) == 0


def test_too_little_is_not_whole(site: Site, tmp_path: Path) -> None:
    site.files["/file.gguf"] = BODY[:1000]
    with pytest.raises(ModelFetchError, match="were expected"):
        pull(site, tmp_path)


def test_an_endless_file_of_unknown_size_has_a_limit(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MOST_BYTES", 1_000_000)
    with pytest.raises(ModelFetchError, match="more than any model"):
        pull(site, tmp_path, Wanted())
    site.length = False
    with pytest.raises(ModelFetchError, match="sends more than"):
        pull(site, tmp_path, Wanted())
    assert left(tmp_path) == 0


class Disk:
    """``free``: what each look finds; the last for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *free: int) -> None:
        self.free = list(free)
        monkeypatch.setattr(download.shutil, "disk_usage", self.usage)
        monkeypatch.setattr(download, "LOOK_EACH", 500_000)

    def usage(self, folder: Path) -> SimpleNamespace:
        return SimpleNamespace(free=self.free.pop(0) if len(self.free) > 1 else self.free[0])


def test_too_little_room_for_the_rest_is_said_before_it_comes(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch, download.SPARE + len(BODY) - 1)
    with pytest.raises(ModelFetchError, match="stay free") as caught:
        pull(site, tmp_path)
    assert "Free some space" in caught.value.hint and left(tmp_path) == 0
    disk.free = [download.SPARE + len(BODY)]
    assert pull(site, tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("known", [True, False])
def test_a_disk_that_fills_up_meanwhile(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    """Of a file of unknown size nothing is kept: it might never fit."""
    Disk(monkeypatch, 10**9, 10**9, download.SPARE - 1)
    site.length = known
    with pytest.raises(ModelFetchError, match="stay free" if known else "no more room"):
        pull(site, tmp_path, Wanted())
    assert (900_000 < left(tmp_path) < 1_600_000) if known else left(tmp_path) == 0


def test_no_room_at_all_leaves_nothing(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download.os, "fsync", full)
    with pytest.raises(ModelFetchError, match="no more room") as caught:
        pull(site, tmp_path)
    assert "Free some space" in caught.value.hint and left(tmp_path) == 0


def test_a_server_in_trouble_is_asked_again_and_a_refusal_is_not(site: Site, tmp_path: Path) -> None:
    site.status["/file.gguf"] = [503, 429]
    assert pull(site, tmp_path).read_bytes() == BODY
    site.asked.clear()
    site.status["/file.gguf"] = [403]
    with pytest.raises(ModelFetchError, match="403"):
        pull(site, tmp_path / "other")
    assert len(site.asked) == 1


def test_packed_although_asked_not_to(site: Site, tmp_path: Path) -> None:
    site.packed = True
    with pytest.raises(ModelFetchError, match="compresses the file"):
        pull(site, tmp_path)


def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE", 0.0)
    with pytest.raises(ModelFetchError, match="cannot be reached"):
        pull(Site({}, url="http://127.0.0.1:9"), tmp_path)


def test_a_server_that_says_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "STALLED_SECONDS", 0.3)
    monkeypatch.setattr(download, "TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ModelFetchError, match="sent nothing for"):
        pull(Site({}, url=f"http://127.0.0.1:{silent.getsockname()[1]}"), tmp_path)


# --- Elsewhere ---


def test_redirects_are_followed_within_an_origin_and_not_for_ever(site: Site, tmp_path: Path) -> None:
    site.files["/real?signed=1"] = BODY
    site.moved = {"/file.gguf": "/middle", "/middle": f"{site.url}/real?signed=1"}
    assert pull(site, tmp_path).read_bytes() == BODY
    site.moved = {"/file.gguf": "/file.gguf"}
    with pytest.raises(ModelFetchError, match="sends on more than"):
        pull(site, tmp_path / "other")


@pytest.mark.parametrize(
    "to",
    ["http://127.0.0.1:9/x", "http://localhost:9/x", "https://example.org/x", "file:///etc/passwd", "ftp://127.0.0.1/x", "https://[",
     "http://[::1", "http://x:y/", "http://u:p@127.0.0.1/x"],
)  # fmt: skip
def test_from_plain_http_nobody_is_sent_elsewhere(site: Site, tmp_path: Path, to: str) -> None:
    site.moved = {"/file.gguf": to}
    with pytest.raises(ModelFetchError, match="not followed"):
        pull(site, tmp_path)
    assert not (tmp_path / "file.gguf").exists()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.9", "::1", "fd00::1", "100.64.0.1", "0.0.0.0",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:c0a8:9::1", "::127.0.0.1",
     "::808:808", "fec0::1", "ff0e::1", "224.0.1.1", "2002:e000:101::", "fe80::1%eth0", "5f00::1"],
)  # fmt: skip
def test_another_server_may_not_name_an_address_within_the_network(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "resolve", lambda host, port: ["93.184.216.34", address])
    with pytest.raises(OSError, match="another server named it"):
        only_public("innocent.example", 443)


def test_public_addresses_are_taken_translated_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
    monkeypatch.setattr(download, "resolve", lambda host, port: found)
    assert only_public("innocent.example", 443) == found


@pytest.mark.parametrize(
    "url",
    ["http://example.org/x.gguf", "https://user:key@example.org/x.gguf", "https://example.org:x/x.gguf", "https://a b/x.gguf",
     "https://example.org/", "https://example.org/only", "https://example.org/a/b/c/d", "https://example.org/../x y.gguf",
     "https://example.org/.gguf", "https://[/x.gguf", "https://example.org/x.gguf?\ud800", "https://example.org/" + "x" * 2000 + ".gguf"],
)  # fmt: skip
def test_addresses_that_are_none_are_refused_before_anybody_is_asked(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "resolve", lambda *_: pytest.fail("somebody was asked"))
    with pytest.raises(InputError) as caught:
        fetch_from(tmp_path, url, lambda *_: None)
    assert caught.value.hint and not re.search("key|answers|/v1", f"{caught.value.message} {caught.value.hint}"), "it is about files"
    with pytest.raises(InputError, match="SHA-256"):
        fetch_from(tmp_path, "https://example.org/x.gguf", lambda *_: None, "abc")


@pytest.mark.parametrize(
    ("to", "finds"),
    [
        ("/other", ["resolve", "resolve"]),
        ("https://files.example/x?signed=1", ["resolve", "only_public"]),
        ("http://127.0.0.1/x", None),
        ("http://files.example/x", None),
        ("https://user@files.example/x", None),
    ],
)
def test_from_https_another_origin_is_looked_up_with_care(to: str, finds: list[str] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network: what would be connected to is written down."""
    asked: list[tuple[str, str]] = []

    class Getter:
        def __init__(self, origin: str, find: Callable[..., object]) -> None:
            asked.append((parse_origin(origin), find.__name__))

        @contextmanager
        def get(self, path: str, headers: dict[str, str], *, seconds: float) -> Iterator[SimpleNamespace]:
            first = len(asked) == 1
            yield SimpleNamespace(status_code=302 if first else 200, headers={"location": to} if first else {})

    monkeypatch.setattr(download, "Outbound", Getter)
    if finds is None:
        with pytest.raises((OutboundError, InputError)), download.opened("https://hub.example/x", {}):
            pass
        assert len(asked) == 1
    else:
        with download.opened("https://hub.example/x", {}) as reply:
            assert reply.status_code == 200
        assert [find for _, find in asked] == finds
