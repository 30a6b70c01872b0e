"""Verdicts that services have in common, with their sentences. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.engines.base import Verdict
from songbatch.engines.rest.waits import LONGEST_WAIT

if TYPE_CHECKING:
    from collections.abc import Mapping

Judged = tuple[Verdict, str, str]
"""A verdict, the beginning of its sentence, and what to do ("" for nothing)."""

REPORT = (
    "if it happens again, report this message, without lyrics that are private, and the engine's "
    "name to the authors of songbatch"
)

AGAIN = "the service is in trouble"

ASKED_ANEW = "run again to ask for it anew"
"""What to do about a song that somebody has cancelled: no run asks for it again by itself."""

FLAGGED: Judged = (
    Verdict.REJECTED,
    "the service refuses the contents",
    "change the words or the style that it may object to",
)

_FLAGGED = re.compile(
    r"\b(?:content.?policy|flagged|sensitive|nsfw|moderat|safety\b|inappropriate|E005\b)",
    re.IGNORECASE,
)
_MONEY = re.compile(r"locked|balance|credit|billing|payment|top up|quota|spend", re.IGNORECASE)
_WAIT = re.compile(
    r"(?:resets?|retry|try again|wait)\D{0,40}?(?P<number>[0-9]{1,6}(?:\.[0-9]{1,3})?)\s*"
    r"(?P<unit>ms|milliseconds?|s\b|sec|m\b|min)",
    re.IGNORECASE,
)


def is_flagged(reason: str) -> bool:
    """Return whether a service says that it objects to what a song is about."""
    return _FLAGGED.search(reason) is not None


def wait_in(reason: str) -> float | None:
    """Return the seconds in a text that says when to ask again, as "resets in ~30s"."""
    found = _WAIT.search(reason)
    if found is None:
        return None
    unit = found["unit"].lower()
    scale = 0.001 if unit.startswith(("ms", "milli")) else 60.0 if unit[0] == "m" else 1.0
    return min(float(found["number"]) * scale, LONGEST_WAIT)


def judged_account(status: int, reason: str, key_name: str) -> Judged | None:
    """Return the verdict where the account, the key or the address is at fault; else None."""
    if status == 401:
        return Verdict.STOP, "the service refuses the key", f"set {key_name} to a key that is valid"
    if status in {402, 403} and (status == 402 or _MONEY.search(reason)):
        return (
            Verdict.STOP,
            "the account is locked, or has no balance left",
            "top up the account at the service, then run again: nothing is asked for twice",
        )
    if status == 403:
        fix = f"check the permissions of the key in {key_name}"
        return Verdict.STOP, "the service forbids the request", fix
    if 300 <= status < 400:
        return _ELSEWHERE
    return _STOPS.get(status)


def judged_free(status: int, reason: str, key_name: str) -> Judged:
    """Return the verdict on an answer to a request that costs nothing."""
    if account := judged_account(status, reason, key_name):
        return account
    if status == 429:
        return Verdict.SLOW_DOWN, "the service takes no more requests for now", ""
    is_passing = status >= 500 or status in {408, 425}
    verdict = Verdict.RETRY if is_passing else Verdict.REJECTED
    return verdict, "the service refuses the request", ""


_ELSEWHERE: Judged = (
    Verdict.STOP,
    "the service sends requests elsewhere, and the key is not taken there",
    "write the address that answers itself as the engine's url",
)
_STOPS: Mapping[int, Judged] = {
    405: (Verdict.STOP, "there is no such service at this address", "check the engine's url"),
    407: (
        Verdict.STOP,
        "the proxy demands a password",
        "correct the proxy's address in the environment",
    ),
}
