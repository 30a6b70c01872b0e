"""Table of the hosted service's failures: what each means for the money, and what to do.

Sources: the vendor's list of HTTP errors ("failed requests are never charged"; of 5xx it names 500,
502, 503 and 504), and the model maker's list of in-band codes.

A status of 4xx is a refusal: the request was not carried out, and costs nothing. A status of 5xx
that the vendor does not name comes from a gateway that timed out or lost the connection (520 to
527, 598): the song may still be made and charged. The same holds for a 504 whose body is not the
service's own. Whatever no list names is an unknown outcome, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.engines.base import Verdict
from songbatch.engines.music01.settings import BASE_URL_VARIABLE, KEY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

Stop = tuple[str, str]
"""Why no request can succeed, and what the user can do about it."""

VERDICT_OF_CODE: Mapping[int, Verdict] = {
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

STOP_OF_STATUS: Mapping[int, Stop] = {
    401: (
        "the service refuses the key",
        f"set {KEY_VARIABLE} to a key of this service",
    ),
    402: _NO_CREDITS,
    403: _NO_CREDITS,
    407: ("the proxy demands a password", "correct the proxy's address in the environment"),
}

_RETRIED = frozenset({408, 425, 500, 502, 503})

STOP_OF_CODE: Mapping[int, Stop] = {
    1004: STOP_OF_STATUS[401],
    2049: STOP_OF_STATUS[401],
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

# An error about something else that mentions the model must not stop a whole run: between "model"
# and what is wrong with it there may be its name and a verb, but no other clause.
_MODEL_IS_GONE = re.compile(
    r"\bmodel\b[^,;:.]{0,40}\b("
    r"not (found|exist|supported|available|callable|active)|no longer|unsupported|unavailable"
    r"|deprecated|disabled|retired|removed|discontinued)"
    r"|\b(no such|unknown|unsupported|invalid|deprecated|retired) model\b"
    r"|\bmodel\b.{0,200}\breceived ['\"]?music-01",
    re.IGNORECASE | re.DOTALL,
)
_NO_ROUTE = re.compile(r"cannot post", re.IGNORECASE)


def says_model_is_gone(message: str) -> bool:
    """Return whether a refusal says that the model is gone."""
    return _MODEL_IS_GONE.search(message) is not None


def stop_of_status(status: int, message: str, *, is_json: bool) -> Stop | None:
    """Return why every request will get this status, or None if it concerns this request only."""
    if status in {400, 403, 404, 410, 422} and says_model_is_gone(message):
        return MODEL_GONE
    if status in STOP_OF_STATUS:
        return STOP_OF_STATUS[status]
    if 300 <= status < 400:
        return _REDIRECTED
    if status in {404, 405, 410} and (not is_json or _NO_ROUTE.search(message)):
        return _NO_SUCH_SERVICE
    return None


def verdict_of_status(status: int, *, is_from_service: bool) -> Verdict:
    """Return the verdict on a request that got this HTTP status, neither 2xx nor a stop.

    `is_from_service`: the body is the service's own, not a gateway's.
    """
    if status == 429:
        return Verdict.SLOW_DOWN
    if status in _RETRIED or (status == 504 and is_from_service):
        return Verdict.RETRY
    return Verdict.REJECTED if 400 <= status < 500 else Verdict.UNKNOWN
