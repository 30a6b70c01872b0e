"""Responses: the contract's two success shapes, and the vendor's error shape."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from songbatch.audio.delivery import inspect
from songbatch.audio.probe import AudioProblem
from songbatch.diagnostics import printable_json
from songbatch.engines.base import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from songbatch.engines.base import Answer, EngineError
    from songbatch.model import AudioSetting, Uploaded


class _Json(JSONResponse):
    """What is echoed of a request may be printed by whoever asked."""

    def render(self, content: object) -> bytes:
        return printable_json(content, separators=(",", ":")).encode()


REQUEST_ID_HEADER = "X-Client-Request-Id"
_UNKNOWN_ID = 2042

_STATUS: Mapping[Verdict, int] = {
    Verdict.RETRY: 503,
    Verdict.UNREACHABLE: 502,
    Verdict.SLOW_DOWN: 429,
    Verdict.REJECTED: 400,
    Verdict.STOP: 403,
}


def error(
    status: int, message: str, path: str, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an error in the vendor's shape."""
    now = datetime.datetime.now(datetime.UTC)
    body = {
        "message": message,
        "path": path,
        "requestId": request_id,
        "statusCode": status,
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    return _Json(body, status, headers)


def engine_error(problem: EngineError, path: str, request_id: str) -> Response:
    """Return the response that means the same for the money as the engine's error."""
    if problem.verdict is Verdict.REUPLOAD:
        return _in_band({}, _UNKNOWN_ID, str(problem), request_id)
    if problem.verdict in {Verdict.UNKNOWN, Verdict.LOST}:
        # "In progress", for which nobody can ask later, is the contract's unknown outcome.
        return _in_band({"data": {"status": 1, "audio": ""}}, 0, str(problem), request_id)
    headers = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(problem.retry_after))
    return error(_STATUS[problem.verdict], str(problem), path, request_id, headers)


def uploaded(answer: Uploaded, request_id: str) -> Response:
    """Return the ids of an upload; only those that its purpose gives."""
    ids = {"voice_id": answer.voice_id, "instrumental_id": answer.instrumental_id}
    given = {name: value for name, value in ids.items() if value is not None}
    return _Json(given | _base_resp(0, "success"), headers=_headers(request_id))


def song(audio: bytes, setting: AudioSetting, answer: Answer, request_id: str) -> Response:
    """Return a song, its audio as hexadecimal digits."""
    body = {
        "data": {"status": 2, "audio": audio.hex()},
        "extra_info": _extra_info(audio, setting),
        "trace_id": answer.trace_id or request_id,
    }
    headers = _headers(request_id)
    if answer.cost_usd is not None:
        headers["x-aimlapi-usd-spent"] = f"{answer.cost_usd:.6f}"
    return _Json(body | _base_resp(0, "success"), headers=headers)


def _in_band(body: dict[str, Any], code: int, message: str, request_id: str) -> Response:
    body = body | {"trace_id": request_id} | _base_resp(code, message)
    return _Json(body, headers=_headers(request_id))


def _base_resp(code: int, message: str) -> dict[str, Any]:
    return {"base_resp": {"status_code": code, "status_msg": message}}


def _headers(request_id: str) -> dict[str, str]:
    return {REQUEST_ID_HEADER: request_id, "x-inference-id": request_id}


def _extra_info(audio: bytes, setting: AudioSetting) -> dict[str, int]:
    """Measure the audio: length in milliseconds, size in bytes, bit rate in bit/s, rate in Hz."""
    try:
        info = inspect(audio, setting).info
    except AudioProblem:
        return {"audio_size": len(audio)}
    return {
        "audio_length": round(1000 * info.seconds),
        "audio_size": len(audio),
        "audio_bitrate": info.bitrate,
        "audio_sample_rate": info.sample_rate,
    }
