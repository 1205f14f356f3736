"""API keys: kept in one file of the home folder, each bound to its origin, read by nobody else.

The file has mode 0600 and is replaced as a whole, by one process at a time. A key is found by origin (scheme, host and port) only, so it
can be sent nowhere else; it is no part of the database, of exports or of backups. Not protected: it is not encrypted; whoever can act as
you can read it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from greenroom import redact
from greenroom.errors import InputError, NotFoundError
from greenroom.files import open_plain
from greenroom.outbound import parse_origin

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NAME = "keys.json"
MODE = 0o600
FILE_LIMIT = 1_000_000
_SHAPE = re.compile(r"[A-Za-z0-9._~+/=:@$!*|-]{8,4096}")


class Keys:
    """The keys in ``home``."""

    def __init__(self, home: Path) -> None:
        self.path = home / NAME

    def origins(self) -> list[str]:
        """Where there is a key for; the keys themselves are not shown.

        Raises:
            InputError: the file is damaged, or others can read it.
        """
        return sorted(self._read())

    def find(self, url: str) -> SecretStr | None:
        """The key for the origin of ``url``; from here on the logs mask it. Raises InputError as ``origins``."""
        found = self._read().get(parse_origin(url))
        if found is not None:
            redact.hide(found)
        return SecretStr(found) if found is not None else None

    def set(self, url: str, key: SecretStr) -> str:
        """Keep ``key`` for the origin of ``url``, in place of an earlier one. Returns the origin.

        Raises:
            InputError: the address or the key cannot be used, or the file cannot be read or written.
        """
        origin, given = parse_origin(url), key.get_secret_value().strip()
        if not _SHAPE.fullmatch(given):
            raise InputError("That does not look like an API key: 8 to 4096 letters, digits and signs without blanks.", "Copy it again.")
        redact.hide(given)
        with self._alone():
            self._write({**self._read(), origin: given})
        return origin

    def remove(self, url: str) -> str:
        """Forget the key of an origin. Raises NotFoundError when there is none."""
        origin = parse_origin(url)
        with self._alone():
            known = self._read()
            if origin not in known:
                raise NotFoundError("key for", origin, known, "`greenroom keys list` shows for which addresses there is one.")
            self._write({each: key for each, key in known.items() if each != origin})
        return origin

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Reading and writing as one: else two that set a key at the same time keep one of the two. Where the system has such locks."""
        if fcntl is None:
            yield
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            folder = os.open(self.path.parent, os.O_RDONLY)
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}.", "Check the folder, its rights and its space.") from error
        try:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _read(self) -> dict[str, str]:
        try:
            file = open_plain(self.path)
        except FileNotFoundError:
            return {}
        except OSError as error:
            if error.errno == errno.EINVAL:
                raise InputError(f"{self.path} is no file.", "Move it away and set your keys again.") from error
            why = "it is a link, and links are not followed" if self.path.is_symlink() else error.strerror
            raise InputError(f"{self.path} cannot be read: {why}.", "Check the file and its rights.") from error
        with file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise InputError(f"Others on this machine can read {self.path}.", f"Run `chmod 600 {self.path}`, and renew the keys in it.")
            raw = file.read(FILE_LIMIT)
        known = _parse(raw)
        if known is None:
            raise InputError(f"{self.path} is damaged.", "Delete it and set your keys again.")
        return known

    def _write(self, known: Mapping[str, str]) -> None:
        body = json.dumps({"format": "greenroom-keys", "version": 1, "keys": dict(known)}, indent=2).encode()
        if len(body) > FILE_LIMIT:
            raise InputError(f"{self.path} would be longer than {FILE_LIMIT:,} bytes.", "Remove keys that you no longer need.")
        part = self.path.with_name(f".{NAME}.{secrets.token_hex(4)}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}.", "Check the folder, its rights and its space.") from error
        finally:
            part.unlink(missing_ok=True)


def _parse(raw: bytes) -> dict[str, str] | None:
    """None for what is no file of ours. A value that is no key must not get into a header."""
    try:
        known = json.loads(raw)["keys"]
        return known if isinstance(known, dict) and all(_SHAPE.fullmatch(key) for key in known.values()) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
