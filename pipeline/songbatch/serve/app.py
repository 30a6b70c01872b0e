"""The two endpoints of the hosted contract, over an engine.

Order of the checks: is the host name ours (421), is there such a path (404) and method (405), is
there a key (401), is the request small enough (413), within the contract and within what the engine
can (400). Only then is the engine asked, and only while the client is there.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from songbatch.engines.base import EngineError, Verdict
from songbatch.serve import responses
from songbatch.serve.contract import MAX_DOCUMENT_BYTES, BadRequest, read_generation, read_upload
from songbatch.serve.guard import HostGuard
from songbatch.serve.request_reader import content_type, read_body, read_form, request_id_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request
    from starlette.responses import Response

    from songbatch.serve.hosted_songs import FinishedSong, HostedSongs, SongOrder

LONGEST_SECONDS = 540.0
"""Clients of the hosted contract wait ten minutes at most."""
PREFIX = "/v2/generate/audio/minimax"
SECONDS_TILL_A_TURN = 30.0
"""When a client may ask again that waited for a turn for as long as clients wait."""


def build_app(songs: HostedSongs, *, key: str | None, hosts: Collection[str] | None) -> Starlette:
    """Return the application.

    `key` None takes any key that is not empty. `hosts` are the host names that requests may name,
    None for any.
    """
    endpoints = _Endpoints(songs, key)
    middleware = [] if hosts is None else [Middleware(HostGuard, hosts=frozenset(hosts))]
    return Starlette(
        routes=[
            Route(f"{PREFIX}/upload", endpoints.upload, methods=["POST"]),
            Route(f"{PREFIX}/generate", endpoints.generate, methods=["POST"]),
        ],
        middleware=middleware,
        exception_handlers=dict.fromkeys(
            (EngineError, BadRequest, HTTPException, Exception), _failure
        ),
    )


class _Endpoints:
    def __init__(self, songs: HostedSongs, key: str | None) -> None:
        self._songs = songs
        self._key = key
        self._under_way: set[asyncio.Task[FinishedSong]] = set()

    async def upload(self, request: Request) -> Response:
        """Take a reference in; answer its ids."""
        self._authorise(request)
        files, fields = await read_form(request)
        wanted = await run_in_threadpool(read_upload, files, fields)
        name = request_id_of(request)
        return responses.uploaded(await self._songs.upload(wanted, name), name)

    async def generate(self, request: Request) -> Response:
        """Make a song; answer its audio."""
        self._authorise(request)
        if content_type(request) != "application/json":
            raise BadRequest("Content-Type: must be application/json")
        document = b"".join([piece async for piece in read_body(request, MAX_DOCUMENT_BYTES)])
        wanted = read_generation(document, request_id_of(request))
        order = await run_in_threadpool(self._songs.order, wanted)
        song = await self._made(order, request)
        return await run_in_threadpool(
            responses.song, song.audio, wanted.audio, song.answer, wanted.request_id
        )

    async def _made(self, order: SongOrder, request: Request) -> FinishedSong:
        """Wait for a song as long as its client does.

        What the engine was asked for keeps its turn until it is over, whoever still waits for it.
        """
        making = asyncio.create_task(self._songs.make(order))
        self._under_way.add(making)
        making.add_done_callback(self._over)
        gone = asyncio.create_task(_gone(request))
        try:
            await _first(making, gone, LONGEST_SECONDS)
            if not (making.done() or gone.done()) and order.is_begun and not self._songs.has_jobs:
                await _first(making, gone, None)
            if making.done():
                return making.result()
            if gone.done():
                raise HTTPException(400, "the client left before its song was made")
            if order.is_begun:
                raise EngineError("the song is still under way", Verdict.UNKNOWN)
            message = "others wait for songs, and no turn came in time"
            raise EngineError(message, Verdict.SLOW_DOWN, retry_after=SECONDS_TILL_A_TURN)
        finally:
            gone.cancel()
            order.is_wanted = False
            if not order.is_begun:
                making.cancel()

    def _over(self, making: asyncio.Task[FinishedSong]) -> None:
        self._under_way.discard(making)
        if not making.cancelled():
            making.exception()  # looked at: its client may be gone

    def _authorise(self, request: Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise HTTPException(401, "a key is missing: send Authorization: Bearer <key>")
        if self._key is not None and not hmac.compare_digest(key.encode(), self._key.encode()):
            raise HTTPException(401, "the key is not the one this server was started with")


async def _failure(request: Request, error: Exception) -> Response:
    """Answer what was raised; whatever is not foreseen is a bug, answered and raised again."""
    path, name = request.url.path, request_id_of(request)
    match error:
        case EngineError():
            return responses.engine_error(error, path, name)
        case BadRequest():
            return responses.error(400, str(error), path, name)
        case HTTPException(status_code=404 | 405):
            message = f"Cannot {request.method} {path}"
            return responses.error(error.status_code, message, path, name, error.headers)
        case HTTPException():
            return responses.error(error.status_code, error.detail, path, name, error.headers)
    return responses.error(500, "Internal server error", path, name)


async def _first(
    making: asyncio.Task[FinishedSong], gone: asyncio.Task[None], seconds: float | None
) -> None:
    await asyncio.wait({making, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


async def _gone(request: Request) -> None:
    """Return when the client, whose request was read, has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
