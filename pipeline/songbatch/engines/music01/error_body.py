"""What the service says of a request: its words, its code, the price, how long to wait."""

from __future__ import annotations

import datetime
import email.utils
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUCCESS = 0
"""The code of an answer that reports no failure."""

LONGEST_WAIT = 86_400.0
"""Seconds: a longer `Retry-After` is taken for a day, which nobody waits either."""

LONGEST_QUOTE = 300
"""Characters of the service's own words that are repeated."""

MAX_COST_USD = 1_000_000.0
"""A higher price of one song is a mistake, not a price."""

_IN_PROGRESS, _COMPLETED = 1, 2
_CODE = re.compile(r"[-+]?[0-9]{1,9}")
_SPENT, _CREDITS = "x-aimlapi-usd-spent", "x-aimlapi-credits-used"
_AMOUNT = re.compile(
    r"(?:USD|US\$|\$)? ?"
    r"(?P<amount>\+?(?:[0-9]{1,30}(?:[.,][0-9]{0,60})?|[.,][0-9]{1,60})(?:[eE][-+]?[0-9]{1,3})?)"
    r" ?(?:USD|US\$|\$)?"
)
_SOMETHING = re.compile(r"(?!\s*-)(?:.*(?!0)\d|\s*\+?(?:inf|nan))", re.IGNORECASE | re.DOTALL)
"""What a service says it charged: neither nothing, nor zero, nor less."""
_FAILED = re.compile(r"fail|error|refus|reject|cancel|abort|denied", re.IGNORECASE)


def words_of(answer: Mapping[str, Any]) -> str:
    """Return the reason in an error body, wherever this service or its gateway puts it."""
    for value in (answer.get("message"), answer.get("error"), answer.get("detail")):
        words = _flat(value)
        if words:
            return words
    return words_in_band(answer)


def words_in_band(answer: Mapping[str, Any]) -> str:
    """Return the reason in `base_resp`."""
    return next((words for base in _bases(answer) if (words := _flat(base.get("status_msg")))), "")


def code_in_band(answer: Mapping[str, Any]) -> int | None:
    """Return the code in `base_resp`, a failure's before success, or None if there is none."""
    codes = [code_of(base.get("status_code")) for base in _bases(answer)]
    found = [code for code in codes if code is not None]
    return next((code for code in found if code != SUCCESS), found[0] if found else None)


def code_of(value: object) -> int | None:
    """Return a code, even where it is written as text or with a decimal point; or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _CODE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def says_failed(key: str, value: object) -> bool:
    """Tell whether a field of this name says that the request failed."""
    if key == "status_code":
        return code_of(value) not in {None, SUCCESS}
    if key == "statusCode":
        code = code_of(value)
        return code not in {None, SUCCESS} and not 200 <= (code or 0) < 300
    if key == "status":
        return isinstance(value, str) and _FAILED.search(value) is not None
    if key == "success":
        return value is False
    return key == "error" and _is_error(value)


def tells_of_failure(answer: Mapping[str, Any]) -> bool:
    """Tell whether anything in an answer says that the request failed."""
    return any(
        says_failed(key, value)
        for part in (answer, *_parts(answer.get("data")), *_bases(answer))
        for key, value in part.items()
    )


def _bases(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for part in (answer, *_parts(answer.get("data"))):
        yield from _parts(part.get("base_resp"))


def _parts(value: object) -> list[Mapping[str, Any]]:
    """Return the objects that a field is: itself, or those in its list."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, dict)]


def _is_error(value: object) -> bool:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return any(_is_error(each) for each in inner if each is not value)
    return bool(value.strip(" 0")) if isinstance(value, str) else bool(value)


def trace_of(answer: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """Return the name under which the service knows the request; as it came, of any length."""
    for value in (answer.get("trace_id"), headers.get("x-inference-id"), answer.get("requestId")):
        if isinstance(value, str) and value:
            return value
    return None


def state_of(answer: Mapping[str, Any]) -> str:
    """Return what `data.status` says, unless it is that the song is done."""
    for part in _parts(answer.get("data")):
        state = part.get("status", _COMPLETED)
        if code_of(state) == _IN_PROGRESS:
            return "the song is still being made, and there is no way to ask for it later"
        if code_of(state) != _COMPLETED:
            return "its status is neither in progress nor completed"
    return ""


def oddities(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is odd about the fields of an answer that has a song."""
    base = answer.get("base_resp")
    if base is None:
        yield "the answer has no base_resp"
    elif code_in_band(answer) is None:
        yield "base_resp has no code"
    elif not isinstance(base, dict) or not isinstance(base.get("status_code"), int):
        yield "base_resp is not written as the contract says"
    state = state_of(answer)
    if state:
        yield f"a song came, and yet {state}"


def is_of_service(answer: Mapping[str, Any]) -> bool:
    """Tell whether an error body is the service's own, and none of a gateway before it."""
    return any(answer.get(name) is not None for name in ("statusCode", "base_resp"))


def cost_of(headers: Mapping[str, str]) -> float | None:
    """Return the US dollars that the service says it charged, or None if it says nothing usable.

    Of several amounts the highest counts: no bound is passed because a header came twice.
    """
    parts = headers.get(_SPENT, "").split(", ")
    amounts = [_AMOUNT.fullmatch(part.strip()) for part in parts]
    costs = [float(found["amount"].replace(",", ".")) for found in amounts if found]
    return max(costs) if len(costs) == len(parts) and max(costs) <= MAX_COST_USD else None


def may_have_charged(headers: Mapping[str, str]) -> bool:
    """Tell whether the service says that it charged something, even if it cannot be read."""
    texts = [headers.get(_CREDITS, "")]
    cost = cost_of(headers)
    if cost is None:
        texts.append(headers.get(_SPENT, ""))
    return bool(cost) or any(_SOMETHING.match(text) for text in texts)


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
