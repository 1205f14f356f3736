"""The one way out: whatever greenroom sends to another program over the network passes here.

http and https only, plain http only to this machine; a host is resolved once, checked, and that address is connected to; redirects are
never followed; proxies, netrc and the like in the environment are not used; cookies are not kept; a reply has a largest size and the whole
exchange one wall clock, however slowly it drips. Not protected: what the server at the other end does with what it is sent; and the
system's look-up of a name has time-outs of its own.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from greenroom.errors import InputError, OutboundError

PORTS = {"http": 80, "https": 443}
URL_LIMIT = 2000
MOST_ADDRESSES = 4
"""A host's addresses are tried in turn: ``localhost`` is often two, of which one answers."""
PIECE = 16_384
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Reply:
    """``headers``: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def parse_origin(url: str) -> str:
    """``scheme://host[:port]`` of an address, in one spelling: lower case, no default port, no path. What a key is bound to.

    Raises:
        InputError: not an http(s) address, one with a user or a query in it, or plain http to another machine.
    """
    cure = "Give an address like https://api.example.org/v1 or http://127.0.0.1:11434/v1."
    if len(url) > URL_LIMIT or any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url):
        raise InputError("The address is too long or has blanks in it.", cure)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except (ValueError, UnicodeError):
        raise InputError("The address cannot be read.", cure) from None
    if parts.scheme not in PORTS or not host:
        raise InputError("The address is not one of http:// or https://.", cure)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError("The address has a user, a password or a query in it.", "Leave them out; keys are kept by `greenroom keys set`.")
    if parts.scheme == "http" and not names_this_machine(host):
        raise InputError(f"Plain http would send answers and keys readable through the network to {host}.", "Use https, or a tunnel to it.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, PORTS[parts.scheme]) else "")


def names_this_machine(host: str) -> bool:
    """Whether a host, by its spelling alone, can be no other machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system gives them."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class Outbound:
    """Requests to one origin, a connection each: nothing stays open or is remembered. Safe to use from several threads.

    Args:
        origin: as ``parse_origin`` gives it.
        find: how a host becomes addresses.
    """

    def __init__(self, origin: str, find: Resolve = resolve) -> None:
        self.origin = parse_origin(origin)
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._client = httpx2.Client(transport=_Transport(self.origin, find), trust_env=False, follow_redirects=False, cookies=no_cookies)

    def post(self, path: str, body: bytes, headers: Mapping[str, str], *, seconds: float, limit: int) -> Reply:
        """One POST; redirects come back as they are.

        Args:
            path: absolute, without the origin.
            seconds: wall clock for the whole exchange.
            limit: most bytes of the reply.

        Raises:
            OutboundError: no connection, no reply in time, or one that is too long or broken off.
        """
        awake(seconds)
        given = {"accept-encoding": "identity", **headers}  # a packed reply could unpack to any size
        try:
            with self._client.stream("POST", self.origin + path, content=body, headers=given, timeout=seconds) as reply:
                return Reply(reply.status_code, dict(reply.headers), _read(reply, limit))
        except httpx2.TimeoutException as error:
            raise OutboundError(f"{self.origin} did not answer within {seconds:.0f} seconds.") from error
        except httpx2.ConnectError as error:
            raise OutboundError(f"{self.origin} cannot be reached ({_cause(error)}).") from error
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            raise OutboundError(f"{self.origin} broke off in the middle of its reply ({type(error).__name__}).", passing=True) from error

    @contextmanager
    def get(self, path: str, headers: Mapping[str, str], *, seconds: float) -> Iterator[httpx2.Response]:
        """One GET, whose reply is read piece by piece by whoever asked; redirects come back as they are.

        Args:
            path: absolute, without the origin.
            seconds: wall clock; ``awake`` starts it again, as at each piece of something long.

        Raises:
            OutboundError: no connection, nothing in time, or broken off; ``passing``: another try may help.
        """
        awake(seconds)
        try:
            with self._client.stream("GET", self.origin + path, headers={"accept-encoding": "identity", **headers}) as reply:
                yield reply
        except httpx2.TimeoutException as error:
            raise OutboundError(f"{self.origin} sent nothing for {seconds:.0f} seconds.", passing=True) from error
        except httpx2.ConnectError as error:
            raise OutboundError(f"{self.origin} cannot be reached ({_cause(error)}).", "Check the address.", passing=True) from error
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            raise OutboundError(f"{self.origin} broke off ({type(error).__name__}).", passing=True) from error


def awake(seconds: float) -> None:
    """The exchange that this thread is having may last so long from now on."""
    _clock.until = time.monotonic() + seconds


def _read(reply: httpx2.Response, limit: int) -> bytes:
    found = bytearray()
    for piece in reply.iter_raw():
        found += piece
        if len(found) > limit:
            raise OutboundError(f"The reply of {reply.url.host} is longer than {limit:,} bytes.", "Is that address a chat server's?")
    return bytes(found)


def _cause(error: BaseException) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__


_clock = threading.local()
"""``until``: when the exchange that this thread is having must be over. A request is read and written by the thread that made it."""


def _left() -> float:
    left: float = _clock.until - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("out of time")
    return left


class _Transport(httpx2.HTTPTransport):
    """httpx's transport over a pool whose connections are made by ``_Door`` (it offers no argument for that)."""

    def __init__(self, origin: str, find: Resolve) -> None:
        secure = httpx2.create_ssl_context() if origin.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        door = _Door(find, this_machine=not origin.startswith("https:"))
        self._pool = httpcore2.ConnectionPool(ssl_context=secure, max_keepalive_connections=0, network_backend=door)


class _Door(httpcore2.NetworkBackend):
    def __init__(self, find: Resolve, *, this_machine: bool) -> None:
        self._find, self._this_machine = find, this_machine
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """What was checked is what is connected to: the name is not looked up again."""
        try:
            addresses = self._find(host, port)[:MOST_ADDRESSES]
        except OSError as error:
            raise httpcore2.ConnectError(f"there is no such host: {error.strerror or error}") from error
        if self._this_machine and not all(ipaddress.ip_address(each).is_loopback for each in addresses):
            raise httpcore2.ConnectError(f"{host} is not this machine, and plain http goes nowhere else")
        fault: Exception = httpcore2.ConnectError("there is no such host")
        for n, address in enumerate(addresses):
            share = _left() / (len(addresses) - n)  # one that swallows everything must not take the time of the others
            try:
                return _Stream(self._inner.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                fault = error
        raise fault


class _Stream(httpcore2.NetworkStream):
    """Every wait ends when the exchange's time is up, not a while after the last byte."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), PIECE):  # of one long write every part would have the whole time
            self._inner.write(buffer[at : at + PIECE], _left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> _Stream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left()))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
