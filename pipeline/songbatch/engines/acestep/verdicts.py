"""Table of the server's failures: what each means, and the sentences about it.

Nothing costs money at a server of one's own, so what is malformed is asked again. On the chat face,
which may be priced, `lost` is what the service may have made all the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.engines.base import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

Judged = tuple[Verdict, str, str]
"""A verdict, the beginning of its sentence, and what to do ("" for nothing)."""

REPORT = (
    "look into the server's log; if it shows nothing wrong, report this message, without lyrics "
    "that are private, and the version of the server to the authors of songbatch"
)

_MEMORY = re.compile(r"out of memory|outofmemory|\bOOM\b|cuda error: out|alloc\w* \d.* GiB", re.I)
_NO_LM = re.compile(r"\b(?:LM|LLM)\b.{0,40}\b(?:init\w*|not|fail\w*|unavailable)", re.I | re.S)

NO_REASON = (
    "the song failed at the server, which gives no reason; the usual ones: not enough GPU memory "
    "for this duration, no language model for `thinking`, no ffmpeg beside the server for MP3; "
    "the server's log has it"
)
LOOK = "look into the server's log, where the reason stands"


def judged_reason(reason: str) -> Judged | None:
    """Return the verdict on a failure whose reason says that asking again cannot help."""
    if _MEMORY.search(reason):
        return (
            Verdict.REJECTED,
            "the server's GPU has not enough memory for this song",
            "ask for a shorter `duration`, or start the server with a smaller model",
        )
    if _NO_LM.search(reason):
        return (
            Verdict.REJECTED,
            "the server has no language model, which this song asks for",
            "start the server with --init-llm, or leave `thinking` out of the song's options",
        )
    return None


def judged_failure(reason: str) -> Judged:
    """Return the verdict on a job that failed, for the reason that is told, if any."""
    if not reason:
        return Verdict.RETRY, NO_REASON, LOOK
    return judged_reason(reason) or (Verdict.RETRY, "the song failed at the server", LOOK)


def judged_status(status: int, reason: str, key_name: str) -> Judged:
    """Return the verdict on an answer with this HTTP status, or this code in its envelope."""
    if status == 401:
        fix = f"set {key_name} to the key that the server was started with"
        return Verdict.STOP, "the server refuses the key, or asks for one", fix
    stop = _STOPS.get(300 if 300 <= status < 400 else status)
    if stop:
        return (Verdict.STOP, *stop)
    verdict = _OF_STATUS.get(status, Verdict.REJECTED if 400 <= status < 500 else Verdict.RETRY)
    if verdict is Verdict.SLOW_DOWN:
        return verdict, "the server's queue is full", ""
    passing = LOOK if status >= 500 else ""
    return judged_reason(reason) or (verdict, "", passing if verdict is Verdict.RETRY else REPORT)


def judged_chat_status(status: int, reason: str, key_name: str) -> Judged:
    """Return the same for the chat face, which may stand behind a gateway."""
    if status in {504, 524}:
        return (
            Verdict.LOST,
            "the song took longer than the service, or the gateway before it, waits",
            "ask for a `duration` of about 60 s, without `thinking`; the hosted service cuts "
            "requests after one to two minutes",
        )
    if status == 503:
        return (
            Verdict.RETRY,
            "the server has not loaded its model",
            "start it without --no-init, or send it one task first",
        )
    return judged_status(status, reason, key_name)


_OF_STATUS = {
    400: Verdict.REJECTED,
    408: Verdict.RETRY,
    415: Verdict.REJECTED,
    422: Verdict.REJECTED,
    425: Verdict.RETRY,
    429: Verdict.SLOW_DOWN,
}

NO_SERVICE = (
    "check the engine's url: the paths /release_task and /v1/… are added to it; the maker's hosted "
    "service has the chat face only (`face: chat`)"
)

_STOPS: Mapping[int, tuple[str, str]] = {
    300: (
        "the server sends requests elsewhere, and the key is not taken there",
        "write the address that answers itself as the engine's url",
    ),
    403: ("the server, or what stands before it, refuses the request", REPORT),
    404: ("there is no such ACE-Step service at this address", NO_SERVICE),
    405: ("there is no such ACE-Step service at this address", NO_SERVICE),
    407: ("the proxy demands a password", "correct the proxy's address in the environment"),
}
"""Why no request can succeed, and what to do; 300 stands for all redirects."""
