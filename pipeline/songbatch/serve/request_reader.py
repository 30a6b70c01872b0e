"""Takes requests off the wire: bodies of bounded size, forms, names."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from songbatch.engines.request_id import is_valid
from songbatch.serve.contract import MAX_UPLOAD_BYTES, BadRequest
from songbatch.serve.responses import REQUEST_ID_HEADER

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

FORM_OVERHEAD_BYTES = 64 * 2**10
LONGEST_DRAIN_BYTES = 2**30
"""A body that is too large is still read, up to here: who is answered early loses the answer."""


async def read_form(request: Request) -> tuple[list[bytes], list[str]]:
    """Return the contents of the parts `file` and of the fields `purpose`.

    Raises BadRequest, HTTPException 413.
    """
    if content_type(request) != "multipart/form-data":
        raise BadRequest("Content-Type: must be multipart/form-data")
    stream = read_body(request, MAX_UPLOAD_BYTES + FORM_OVERHEAD_BYTES)
    try:
        form = await MultiPartParser(request.headers, stream, max_files=2, max_fields=20).parse()
    except MultiPartException as error:
        raise BadRequest(f"body: {error.message}") from error
    try:
        files = [await p.read() for p in form.getlist("file") if isinstance(p, UploadFile)]
        return files, [p for p in form.getlist("purpose") if isinstance(p, str)]
    finally:
        await form.close()


async def read_body(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """Yield a body of at most `limit` bytes.

    Raises HTTPException: 413 after a longer one, 400 if the client went away before its end,
    which is no trouble of the server's; nobody is left to hear of it.
    """
    total = 0
    try:
        async for piece in request.stream():
            total += len(piece)
            if total <= limit:
                yield piece
            elif total > LONGEST_DRAIN_BYTES:
                break
    except ClientDisconnect as error:
        raise HTTPException(400, "the request ended before its body did") from error
    if total > limit:
        raise HTTPException(413, f"the request has more than {limit} bytes")


def content_type(request: Request) -> str:
    """Return the kind of the body, without parameters."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def request_id_of(request: Request) -> str:
    """Return the client's name for the request, or a new one; the same for one request."""
    if not hasattr(request.state, "name"):
        given = request.headers.get(REQUEST_ID_HEADER, "")
        request.state.name = given if is_valid(given) else uuid.uuid4().hex
    name: str = request.state.name
    return name
