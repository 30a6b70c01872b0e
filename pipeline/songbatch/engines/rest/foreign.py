"""Files at addresses that a service names: fetched from there, or put there, without the key.

They are public and reached over TLS, except on the host of the service itself, which may be on a
private network, and speaks what the user configured. No proxy is asked, as for references: the
address is judged after the name is resolved, and the connection goes to the address that was
judged.
"""

from __future__ import annotations

import contextlib
import ipaddress
import time
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec

from songbatch import __version__
from songbatch.engines.base import EngineError, Verdict
from songbatch.fetch.connecting import connect
from songbatch.fetch.errors import FetchError, reason
from songbatch.http.final_response import FinalResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LONGEST_SILENCE = 30.0
"""Seconds without a byte."""

_PIECE = 256 * 2**10
_PORTS = {"http": 80, "https": 443}
_PASSING = frozenset({408, 425, 429})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"})


def is_of_same_owner(host: str, base_host: str) -> bool:
    """Return whether two hosts are of one registrable domain, as far as names alone show.

    The domain of `api.acemusic.ai` is `acemusic.ai`; without a list of public suffixes, one label
    at most is taken off, and never so much that a suffix as `co.uk` remains.
    """
    host, base_host = host.lower().rstrip("."), base_host.lower().rstrip(".")
    parent = base_host.partition(".")[2]
    labels = parent.split(".")
    is_suffix = len(labels) < 2 or (len(labels) == 2 and labels[0] in _SECOND_LEVEL)
    domain = base_host if is_suffix else parent
    return host == domain or host.endswith(f".{domain}")


class FileGone(EngineError):
    """A file is not at its address, or no more, or not for us."""


class _Place(msgspec.Struct, frozen=True):
    """An address that was judged; at one that is `near`, the service's own host may be private."""

    parts: SplitResult
    is_near: bool

    @property
    def host(self) -> str:
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        return self.parts.port or _PORTS[self.parts.scheme]

    @property
    def target(self) -> str:
        return (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")


class ForeignFiles(msgspec.Struct, frozen=True):
    """Files that a service names. All methods raise EngineError.

    `near` is the service's configured address, "" if its own host gets no leave that others have
    not; `is_allowed` judges hosts, also of every redirect; `report` is the fix of addresses that
    nobody expected. An address that is not followed is `lost`.
    """

    near: str = ""
    is_allowed: Callable[[str], bool] = lambda _host: True
    report: str = ""

    def download(
        self, url: str, *, max_bytes: int, deadline: float, redirects: int = 0
    ) -> Iterator[bytes]:
        """Yield what is at `url`, piece by piece.

        As many `redirects` are followed: over the same scheme, and to private addresses only on the
        same port. `deadline` in seconds for all of it. What can be tried again is `retry`; a file
        that is not there is FileGone, one that is too large `lost`.
        """
        until = time.monotonic() + deadline
        place = self._judged(url)
        with _as_errors():
            for _ in range(redirects + 1):
                with _opened(place, until, "GET", ["Accept: audio/*, */*;q=0.1"]) as response:
                    location = response.getheader("Location")
                    if response.status not in _REDIRECTS or not location:
                        yield from _body(response, max_bytes)
                        return
                    place = self._judged(urljoin(place.parts.geturl(), location), place)
        raise self._refused(
            "the address of the song leads elsewhere, and redirects are not followed there"
        )

    def put(self, url: str, data: bytes, content_type: str, *, deadline: float) -> None:
        """Put a file where a service says, over one connection; `deadline` in seconds."""
        head = [f"Content-Type: {content_type}", f"Content-Length: {len(data)}"]
        until = time.monotonic() + deadline
        with _as_errors(), _opened(self._judged(url), until, "PUT", head, data) as response:
            if not 200 <= response.status < 300:
                raise _error(f"the storage refuses the file: HTTP {response.status}")

    def _judged(self, url: str, before: _Place | None = None) -> _Place:
        """Return an address that may be used, after `before` if that led there."""
        try:
            parts = urlsplit(url)
            usable = bool(parts.hostname) and parts.port != 0 and url.isascii()
        except ValueError:
            usable = False
        if not usable or "@" in parts.netloc or " " in url or not url.isprintable():
            raise self._refused("the service names an address of a file that is not a plain one")
        place = _Place(parts, self._is_near(parts))
        if not self._is_scheme(place, before):
            raise self._refused("the service names an address of a file that is not an https one")
        if before is not None and (place.host, place.port) != (before.host, before.port):
            place = _Place(parts, is_near=False)
        if not self.is_allowed(place.host):
            raise self._refused(
                f"the service names a file on another host, {place.host}: not fetched"
            )
        return place

    def _is_near(self, parts: SplitResult) -> bool:
        own = urlsplit(self.near).hostname if self.near else None
        host = parts.hostname or ""
        return own is not None and (own == host or (_is_loopback(own) and _is_loopback(host)))

    def _is_scheme(self, place: _Place, before: _Place | None) -> bool:
        scheme = place.parts.scheme
        if before is not None and scheme != before.parts.scheme:
            return False
        is_plain = place.is_near and urlsplit(self.near).scheme == "http"
        return scheme == "https" or (scheme == "http" and is_plain)

    def _refused(self, message: str) -> EngineError:
        return EngineError(message, Verdict.LOST, fix=self.report)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextlib.contextmanager
def _as_errors() -> Iterator[None]:
    """Make an EngineError of what the connection does."""
    try:
        yield
    except FetchError as error:
        raise EngineError(str(error), Verdict.LOST) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _error(f"the file could not be fetched or sent: {reason(error)}") from error


@contextlib.contextmanager
def _opened(
    place: _Place, until: float, method: str, fields: Sequence[str], body: bytes = b""
) -> Iterator[FinalResponse]:
    """Send the request; yield its answer once the headers are there."""
    request = (
        f"{method} {place.target} HTTP/1.1",
        f"Host: {place.parts.netloc}",
        f"User-Agent: songbatch/{__version__}",
        "Accept-Encoding: identity",
        "Connection: close",
        *fields,
    )
    is_tls = place.parts.scheme == "https"
    with contextlib.closing(
        connect(place.host, place.port, tls=is_tls, allow_private=place.is_near)
    ) as connection:
        connection.sendall("\r\n".join([*request, "", ""]).encode("ascii"))
        for start in range(0, len(body), _PIECE):
            connection.sendall(body[start : start + _PIECE])
        with contextlib.closing(
            FinalResponse(connection, silence=LONGEST_SILENCE, deadline=until)
        ) as response:
            response.begin()
            yield response


def _body(response: FinalResponse, max_bytes: int) -> Iterator[bytes]:
    status = response.status
    if 400 <= status < 500 and status not in _PASSING:
        raise FileGone(f"the address of the song answers HTTP {status}", Verdict.LOST)
    if status != 200:
        raise _error(f"the address of the song answers HTTP {status}")
    total = 0
    while piece := response.read1(_PIECE):
        total += len(piece)
        if total > max_bytes:
            raise EngineError(f"the song has more than {max_bytes:,} bytes", Verdict.LOST)
        yield piece
    if response.length:
        raise _error("the connection was closed before the song was whole")


def _error(message: str) -> EngineError:
    return EngineError(message, Verdict.RETRY)
