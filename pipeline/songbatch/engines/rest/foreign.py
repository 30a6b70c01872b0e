"""Downloads from addresses that a service names: public ones, over TLS, without the key.

No proxy is asked, as for references: the address is judged after the name is resolved, and the
connection goes to the address that was judged.
"""

from __future__ import annotations

import contextlib
import time
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from songbatch import __version__
from songbatch.engines.base import EngineError, Verdict
from songbatch.fetch.connecting import connect
from songbatch.fetch.errors import FetchError, reason
from songbatch.http.final_response import FinalResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_SILENCE = 30.0
"""Seconds without a byte."""

_PIECE = 256 * 2**10
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


def download(
    url: str,
    *,
    max_bytes: int,
    deadline: float,
    is_allowed: Callable[[str], bool],
    redirects: int = 0,
    report: str = "",
) -> Iterator[bytes]:
    """Yield what is at `url`, piece by piece.

    `is_allowed` judges the host, also of every redirect, of which `redirects` are followed;
    `deadline` in seconds for all of it; `report` is the fix of addresses that nobody expected.
    Raises EngineError with the verdict `retry`.
    """
    until = time.monotonic() + deadline
    try:
        for _ in range(redirects + 1):
            with _opened(_split(url, is_allowed, report), until) as response:
                location = response.getheader("Location")
                if response.status not in _REDIRECTS or not location:
                    yield from _body(response, max_bytes)
                    return
                url = urljoin(url, location)
    except FetchError as error:
        raise _error(str(error)) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _error(f"the song could not be downloaded: {reason(error)}") from error
    raise _error(
        "the address of the song leads elsewhere, and redirects are not followed there", report
    )


def _split(url: str, is_allowed: Callable[[str], bool], report: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and url.isascii() and url.isprintable()
    except ValueError:
        usable = False
    if not usable or parts.scheme != "https" or "@" in parts.netloc or " " in url:
        raise _error(
            "the service names an address of the song that is not a plain https one", report
        )
    if not is_allowed(parts.hostname or ""):
        raise _error(
            f"the service names a song on another host, {parts.hostname}: not fetched", report
        )
    return parts


@contextlib.contextmanager
def _opened(parts: SplitResult, until: float) -> Iterator[FinalResponse]:
    """Send the request; yield its answer once the headers are there."""
    host = parts.hostname or ""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = (
        f"GET {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"User-Agent: songbatch/{__version__}",
        "Accept: audio/*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    with contextlib.closing(
        connect(host, parts.port or 443, tls=True, allow_private=False)
    ) as connection:
        connection.sendall("\r\n".join([*request, "", ""]).encode("ascii"))
        with contextlib.closing(
            FinalResponse(connection, silence=LONGEST_SILENCE, deadline=until)
        ) as response:
            response.begin()
            yield response


def _body(response: FinalResponse, max_bytes: int) -> Iterator[bytes]:
    if response.status != 200:
        raise _error(f"the address of the song answers HTTP {response.status}")
    total = 0
    while piece := response.read1(_PIECE):
        total += len(piece)
        if total > max_bytes:
            raise _error(f"the song has more than {max_bytes:,} bytes")
        yield piece
    if response.length:
        raise _error("the connection was closed before the song was whole")


def _error(message: str, fix: str = "") -> EngineError:
    return EngineError(message, Verdict.RETRY, fix=fix)
