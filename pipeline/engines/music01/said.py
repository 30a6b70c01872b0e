"""What the service says of a failure: its words, its code, how long to wait."""

from __future__ import annotations

import datetime
import email.utils
from typing import TYPE_CHECKING, Any

from pipeline.diagnostics import printable
from pipeline.engines.music01.decode import Malformed, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 86_400.0
"""Seconds: a longer `Retry-After` is taken for a day, which nobody waits either."""

LONGEST_QUOTE = 300
"""Characters of the service's own words that are repeated."""


def error_body(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object of an error, or None where there is none (a gateway's HTML)."""
    try:
        return parsed(body)
    except Malformed:
        return None


def words_of(answer: Mapping[str, Any]) -> str:
    """Return the reason in an error body, wherever this service or its gateway puts it."""
    for value in (answer.get("message"), answer.get("error"), answer.get("detail")):
        words = _flat(value)
        if words:
            return words
    return words_in_band(answer)


def words_in_band(answer: Mapping[str, Any]) -> str:
    """Return the reason in `base_resp`."""
    base = answer.get("base_resp")
    return _flat(base.get("status_msg")) if isinstance(base, dict) else ""


def code_in_band(answer: Mapping[str, Any]) -> int | None:
    """Return the code in `base_resp`, or None where there is no usable one."""
    base = answer.get("base_resp")
    code = base.get("status_code") if isinstance(base, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def trace_of(answer: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """Return the name under which the service knows the request."""
    for value in (
        answer.get("trace_id"),
        headers.get("x-inference-id"),
        answer.get("requestId"),
    ):
        if isinstance(value, str) and value:
            return printable(value[:128])
    return None


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `Retry-After`, whether it is a number or a date.

    A date is compared with the service's own `Date`, so that a wrong clock here does not matter.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_WAIT)
    until, now = _date(value), _date(headers.get("Date", ""))
    if until is None or now is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT)


def shortened(words: str) -> str:
    """Return at most LONGEST_QUOTE characters, on one line."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


def _flat(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(filter(None, (_flat(each) for each in value[:10])))
    if isinstance(value, dict):
        return _flat(value.get("message"))
    return ""


def _date(text: str) -> datetime.datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=datetime.UTC)
