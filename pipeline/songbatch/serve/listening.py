"""The listening page on loopback: it plays the project's audio and saves what is chosen.

Whoever has the link opens the page once: its token becomes a cookie. Everything else wants the
cookie, only files that the page plays are answered, and selects are taken from the page itself.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from songbatch.audio.riff import wave_start
from songbatch.serve.contract import BadRequest
from songbatch.serve.guard import HostGuard
from songbatch.serve.request_reader import content_type, read_body
from songbatch.serve.server import LOOPBACK_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

    from starlette.requests import Request

FILES = "/files"
SELECTS = "/selects"
NEWS = "/news"
MAX_SELECTS_BYTES = 8 * 2**20
COOKIE = "songbatch-listening"
"""How names of cookies begin: browsers do not tell the ports of a host apart."""
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_HEAD_BYTES = 1 << 16
"""Read of a file to tell what it is: the store's have no suffix."""
_NO_STORE = {"Cache-Control": "no-store"}


class PageState(msgspec.Struct, frozen=True):
    """The page as it is now, and the files it plays, relative to the project."""

    html: str
    files: frozenset[str]


class SaveResult(msgspec.Struct, frozen=True):
    """What came of selects: `seen` names the file as it is now; `refusal` says why it is not new.

    `stale`: the file had changed since the page saw it.
    """

    seen: str
    refusal: str = ""
    stale: bool = False


class OneTimeLogin(msgspec.Struct):
    """Lets in whoever has the token, once, and from then on whoever has the cookie."""

    token: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(24))
    cookie_name: str = msgspec.field(default_factory=lambda: f"{COOKIE}-{secrets.token_hex(4)}")
    _cookie: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(32))

    def open(self, token: str) -> str | None:
        """Return the cookie for a token that was not used before."""
        if not self.token or not hmac.compare_digest(token.encode(), self.token.encode()):
            return None
        self.token = ""
        return self._cookie

    def knows(self, request: Request) -> bool:
        """Return whether a request carries the cookie."""
        sent = request.cookies.get(self.cookie_name, "")
        return hmac.compare_digest(sent.encode("utf-8", "replace"), self._cookie.encode())


def build_app(
    open_file: Callable[[str], FileIO],
    door: OneTimeLogin,
    show: Callable[[], PageState],
    keep: Callable[[bytes, str], SaveResult],
    news: Callable[[], str],
) -> Starlette:
    """Return the application.

    `open_file` opens a file of the project for reading, or raises OSError; `show` makes the page;
    `keep` takes selects and which file the page had seen; `news` returns another text once anything
    was rendered.
    """
    pages = _Pages(open_file, door, show, keep, news)
    return Starlette(
        routes=[
            Route("/", pages.page, methods=["GET"]),
            Route(f"{FILES}/{{path:path}}", pages.file, methods=["GET"]),
            Route(SELECTS, pages.selects, methods=["PUT"]),
            Route(NEWS, pages.news, methods=["GET"]),
        ],
        middleware=[Middleware(HostGuard, hosts=LOOPBACK_NAMES)],
        exception_handlers={BadRequest: _bad_request},
    )


class _Pages:
    def __init__(
        self,
        open_file: Callable[[str], FileIO],
        door: OneTimeLogin,
        show: Callable[[], PageState],
        keep: Callable[[bytes, str], SaveResult],
        news: Callable[[], str],
    ) -> None:
        self._news = news
        self._open_file = open_file
        self._door = door
        self._show = show
        self._keep = keep
        self._files: frozenset[str] = frozenset()

    async def page(self, request: Request) -> Response:
        """Answer the page; the first time, exchange the token for the cookie."""
        if not self._door.knows(request):
            cookie = self._door.open(request.query_params.get("token", ""))
            if cookie is None:
                return _forbidden()
            response = RedirectResponse("/", 303, _NO_STORE)
            response.set_cookie(
                self._door.cookie_name, cookie, httponly=True, samesite="strict", path="/"
            )
            return response
        if request.query_params:
            return RedirectResponse("/", 303, _NO_STORE)
        show = await run_in_threadpool(self._show)
        self._files = show.files
        return HTMLResponse(show.html, headers=_NO_STORE | {"Referrer-Policy": "no-referrer"})

    async def news(self, request: Request) -> Response:
        """Answer what stands for all that was rendered."""
        if not self._door.knows(request):
            return _forbidden()
        return PlainTextResponse(await run_in_threadpool(self._news), 200, _NO_STORE)

    async def file(self, request: Request) -> Response:
        """Answer a file that the page plays, or the range of it that is asked for."""
        if not self._door.knows(request):
            return _forbidden()
        path = request.path_params["path"]
        if path not in self._files:
            return _no_such_file()
        return await run_in_threadpool(self._part, path, request.headers.get("Range", ""))

    def _part(self, path: str, wanted: str) -> Response:
        try:
            with self._open_file(path) as file:
                return _part_of(file, wanted)
        except OSError:
            return _no_such_file()

    async def selects(self, request: Request) -> Response:
        """Keep what the page's listener chose."""
        if not self._door.knows(request) or not _is_own(request):
            return _forbidden()
        if content_type(request) != "application/yaml":
            raise BadRequest("Content-Type: must be application/yaml")
        body = b"".join([piece async for piece in read_body(request, MAX_SELECTS_BYTES)])
        seen = request.headers.get("If-Match", "").strip('"')
        kept = await run_in_threadpool(self._keep, body, seen)
        if kept.stale:
            return PlainTextResponse(kept.refusal, 412)
        if kept.refusal:
            return PlainTextResponse(kept.refusal, 422)
        return PlainTextResponse("saved", 200, {"ETag": f'"{kept.seen}"'})


def _part_of(file: FileIO, wanted: str) -> Response:
    """Return the bytes of a file that a `Range` header wants, or all of them."""
    size = os.fstat(file.fileno()).st_size
    kind = "audio/mpeg" if wave_start(file.read(_HEAD_BYTES)) is None else "audio/wav"
    headers = _NO_STORE | {"X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes"}
    match = _RANGE.fullmatch(wanted)
    if match is None or not (match[1] or match[2]):
        file.seek(0)
        return Response(file.read(size), 200, headers, kind)
    start, end = _bounds(match[1], match[2], size)
    if start >= end:
        headers["Content-Range"] = f"bytes */{size}"
        return PlainTextResponse("there are no such bytes", 416, headers)
    file.seek(start)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(file.read(end - start), 206, headers, kind)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return where a range begins and ends, exclusive; without a first byte it is the last."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)


def _no_such_file() -> Response:
    return PlainTextResponse("the page plays no such file", 404)


def _is_own(request: Request) -> bool:
    """Return whether a page of this server sent the request: browsers say where one comes from."""
    return request.headers.get("Origin") == f"http://{request.headers.get('Host')}"


def _forbidden() -> Response:
    words = (
        "This page belongs to whoever started songbatch report --serve. Its link works once; "
        "start it again for a new one."
    )
    return PlainTextResponse(words, 403)


async def _bad_request(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 400)
