"""The two endpoints of the hosted contract, over an engine.

Order of the checks: is the host name ours (421), is there such a path (404) and method (405), is
there a key (401), is the request small enough (413) and within the contract (400). Only then is
the engine asked, in a thread of a small pool.
"""

from __future__ import annotations

import asyncio
import hmac
import io
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from songbatch.engines.base import EngineError
from songbatch.serve import responses
from songbatch.serve.contract import MAX_DOCUMENT_BYTES, BadRequest, read_generation, read_upload
from songbatch.serve.guard import HostGuard
from songbatch.serve.request_reader import content_type, read_body, read_form, request_id_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request
    from starlette.responses import Response

    from songbatch.engines.base import Engine, Generation
    from songbatch.serve.contract import UploadRequest

PREFIX = "/v2/generate/audio/minimax"


def build_app(
    engine: Engine, *, key: str | None, hosts: Collection[str] | None, at_once: int
) -> Starlette:
    """Return the application.

    `key` None takes any key that is not empty. `hosts` are the host names that requests may name,
    None for any. At most `at_once` calls of the engine run at the same time.
    """
    endpoints = _Endpoints(engine, key, at_once)
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
    def __init__(self, engine: Engine, key: str | None, at_once: int) -> None:
        self._engine = engine
        self._key = key
        self._free = asyncio.Semaphore(at_once)

    async def upload(self, request: Request) -> Response:
        """Take a reference in; answer its ids."""
        self._authorise(request)
        files, fields = await read_form(request)
        wanted = await run_in_threadpool(read_upload, files, fields)
        name = request_id_of(request)
        async with self._free:
            return await run_in_threadpool(self._upload, wanted, name)

    async def generate(self, request: Request) -> Response:
        """Make a song; answer its audio."""
        self._authorise(request)
        if content_type(request) != "application/json":
            raise BadRequest("Content-Type: must be application/json")
        document = b"".join([piece async for piece in read_body(request, MAX_DOCUMENT_BYTES)])
        wanted = read_generation(document, request_id_of(request))
        async with self._free:
            return await run_in_threadpool(self._generate, wanted)

    def _upload(self, wanted: UploadRequest, name: str) -> Response:
        answer = self._engine.upload(wanted.audio, wanted.format, wanted.purpose, name)
        return responses.uploaded(answer, name)

    def _generate(self, wanted: Generation) -> Response:
        sink = io.BytesIO()
        answer = self._engine.generate(wanted, sink)
        return responses.song(sink.getvalue(), wanted.audio, answer, wanted.request_id)

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
