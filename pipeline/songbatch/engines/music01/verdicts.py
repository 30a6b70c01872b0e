"""The table of the hosted service's failures: what each means for the money, and what to do.

Sources: the vendor's list of HTTP errors ("failed requests are never charged"; of 5xx it names 500,
502, 503 and 504), and the model maker's list of in-band codes.

A status of 4xx is a refusal: the request was not carried out, and costs nothing. A status of 5xx
that the vendor does not name comes from a gateway that has lost patience or connection (520 to 527,
598): the song may still be made and charged, and so behind a 504 that is not in the service's own
words. What no list names at all is an unknown outcome, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.engines.base import Verdict
from songbatch.engines.music01.settings import BASE_URL_VARIABLE, KEY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

Stop = tuple[str, str]
"""Why no request can succeed, and what the reader can do."""

IN_BAND: Mapping[int, Verdict] = {
    1000: Verdict.RETRY,  # unknown error
    1001: Verdict.RETRY,  # timeout
    1024: Verdict.RETRY,  # internal error
    1033: Verdict.RETRY,  # system error, downstream
    1002: Verdict.SLOW_DOWN,  # rate limit
    1039: Verdict.SLOW_DOWN,  # token limit
    1041: Verdict.SLOW_DOWN,  # connection limit
    2045: Verdict.SLOW_DOWN,  # rate growth limit
    1004: Verdict.STOP,  # not authorised
    2049: Verdict.STOP,  # invalid key
    1008: Verdict.STOP,  # no credits
    2044: Verdict.STOP,  # no permission
    2056: Verdict.STOP,  # plan's quota used up
    2042: Verdict.REUPLOAD,  # unknown or expired id
    20132: Verdict.REUPLOAD,  # wrong id
    1026: Verdict.REJECTED,  # content of the request refused
    1027: Verdict.REJECTED,  # content of the result refused
    1042: Verdict.REJECTED,  # too many invisible characters
    2013: Verdict.REJECTED,  # parameters
    2037: Verdict.REJECTED,  # duration of the reference
}

_NO_CREDITS: Stop = (
    "the service refuses the account, which it does when credits are used up",
    "top up the account, or use --engine sketch",
)

STOPS: Mapping[int, Stop] = {
    401: ("the service refuses the key", f"check {KEY_VARIABLE}; docs/hosted.md says how"),
    402: _NO_CREDITS,
    403: _NO_CREDITS,
    407: ("the proxy demands a password", "correct the proxy's address in the environment"),
}

_TRIED_AGAIN = frozenset({408, 425, 500, 502, 503})

STOPS_IN_BAND: Mapping[int, Stop] = {
    1004: STOPS[401],
    2049: STOPS[401],
    1008: _NO_CREDITS,
    2044: ("the account may not use this model", "ask the service, or use --engine sketch"),
    2056: ("the account's plan is used up", "wait, change the plan, or use --engine sketch"),
}

MODEL_GONE: Stop = (
    "the service does not offer the model music-01 any more",
    f"use --engine sketch, or point {BASE_URL_VARIABLE} at a service that offers it",
)

_NO_SUCH_SERVICE: Stop = (
    "there is no music-01 service at this address",
    f"check {BASE_URL_VARIABLE}: the paths /v2/… are added to it",
)

_REDIRECTED: Stop = (
    "the service sends requests elsewhere, and the key is not taken there",
    f"set {BASE_URL_VARIABLE} to the address that answers itself",
)

# A complaint about something else that mentions the model must not stop a whole run: between
# "model" and what is wrong with it, there may be its name and a verb, but no other clause.
_SPEAKS_OF_MODEL = re.compile(
    r"\bmodel\b[^,;:.]{0,40}\b("
    r"not (found|exist|supported|available|callable|active)|no longer|unsupported|unavailable"
    r"|deprecated|disabled|retired|removed|discontinued)"
    r"|\b(no such|unknown|unsupported|invalid|deprecated|retired) model\b"
    r"|\bmodel\b.{0,200}\breceived ['\"]?music-01",
    re.IGNORECASE | re.DOTALL,
)
_NO_ROUTE = re.compile(r"cannot post", re.IGNORECASE)


def speaks_of_model(words: str) -> bool:
    """Tell whether a refusal says that the model is gone."""
    return _SPEAKS_OF_MODEL.search(words) is not None


def stop_of_status(status: int, words: str, *, is_json: bool) -> Stop | None:
    """Return why every request will be answered with this status, or None if only this one was."""
    if status in {400, 403, 404, 410, 422} and speaks_of_model(words):
        return MODEL_GONE
    if status in STOPS:
        return STOPS[status]
    if 300 <= status < 400:
        return _REDIRECTED
    if status in {404, 405, 410} and (not is_json or _NO_ROUTE.search(words)):
        return _NO_SUCH_SERVICE
    return None


def verdict_of_status(status: int, *, is_of_service: bool) -> Verdict:
    """Return what an HTTP status that is not 2xx, and stops nothing, means for its request.

    `is_of_service`: its body is the service's own, and not a gateway's.
    """
    if status == 429:
        return Verdict.SLOW_DOWN
    if status in _TRIED_AGAIN or (status == 504 and is_of_service):
        return Verdict.RETRY
    return Verdict.REJECTED if 400 <= status < 500 else Verdict.UNKNOWN
