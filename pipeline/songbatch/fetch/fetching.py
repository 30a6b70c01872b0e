"""From a URL and a digest to bytes: follows redirects, demands the digest."""

from __future__ import annotations

import contextlib
import time
from http.client import HTTPException
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import msgspec

from songbatch.digest import sha256 as digest_of
from songbatch.fetch.connecting import connect
from songbatch.fetch.errors import FetchError, reason
from songbatch.fetch.exchange import HttpGet

MAX_BYTES = 100 * 2**20
MAX_REDIRECTS = 5
DEADLINE = 300.0
"""Seconds for the whole of a fetch, redirects included."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_UNQUOTED = "/%:@!$&'()*+,;=~?"
"""What `quote` leaves alone in a path and a query: the rest of RFC 3986, and what is quoted."""


class _FetchBounds(msgspec.Struct, frozen=True):
    deadline: float
    max_bytes: int
    allow_private: bool


def fetch(
    url: str,
    *,
    sha256: str,
    allow_private: bool,
    max_bytes: int = MAX_BYTES,
    deadline: float = DEADLINE,
) -> bytes:
    """Return the bytes at `url` (http or https), whose digest is `sha256` (64 hex digits).

    `allow_private` permits addresses of this machine and its networks. `deadline` in seconds.
    Raises FetchError.
    """
    limits = _FetchBounds(time.monotonic() + deadline, max_bytes, allow_private)
    place = url
    for _ in range(MAX_REDIRECTS + 1):
        answer = _get(place, limits)
        if isinstance(answer, bytes):
            return _checked(answer, sha256, url)
        place = answer
    raise FetchError(
        f"{_without_secrets(url)} leads through more than {MAX_REDIRECTS} redirects",
        fix="write the address that they lead to",
    )


def _get(url: str, limits: _FetchBounds) -> bytes | str:
    """Return the body at a URL, or the URL that it redirects to."""
    parts = _split(url)
    try:
        host = _ascii_host(parts)
        port = parts.port or _PORTS[parts.scheme]
        tls = parts.scheme == "https"
        with contextlib.closing(
            connect(host, port, tls=tls, allow_private=limits.allow_private)
        ) as connection:
            header = _host_header(host, parts.port)
            exchange = HttpGet(connection, header, _target(parts), limits.deadline)
            with contextlib.closing(exchange):
                return _answer(exchange, url, limits)
    except (OSError, HTTPException, ValueError) as error:
        raise FetchError(
            f"cannot fetch {_without_secrets(url)}: {reason(error)}",
            fix="check the address and the network (no proxy is asked for references)",
        ) from error


def _answer(exchange: HttpGet, url: str, limits: _FetchBounds) -> bytes | str:
    location = exchange.header("Location")
    if exchange.status in _REDIRECTS and location:
        return urljoin(url, location)
    if exchange.status != 200:
        raise FetchError(
            f"{_without_secrets(url)} answers HTTP {exchange.status}",
            fix="check in a browser that the address gives the audio file without a login",
        )
    return exchange.body(limits.max_bytes)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.scheme not in _PORTS:
        raise FetchError(
            f"{_without_secrets(url)} is not an http or https address",
            fix="write https://host/path",
        )
    if "@" in parts.netloc:
        raise FetchError(
            "the address of a reference holds a user name or a password",
            fix="use an address without them: specs are shared",
        )
    return parts


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _host_header(host: str, port: int | None) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


def _target(parts: SplitResult) -> str:
    target = parts.path or "/"
    return quote(f"{target}?{parts.query}" if parts.query else target, safe=_UNQUOTED)


def _checked(body: bytes, sha256: str, url: str) -> bytes:
    digest = digest_of(body)
    if digest != sha256.lower():
        raise FetchError(
            f"{_without_secrets(url)} is not the reference that was pinned: it has sha256 {digest}",
            fix="check the address, or write this digest as sha256 if the change is intended",
        )
    return body


def _without_secrets(url: str) -> str:
    """Return a URL without its query and its password, which may be secrets."""
    head, _, rest = url.partition("://")
    place = rest.partition("?")[0].partition("#")[0]
    host, slash, path = place.partition("/")
    return f"{head}://{host.rpartition('@')[2]}{slash}{path}" if rest else "what is written"
