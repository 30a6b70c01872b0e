"""Readers of an answer's fields and headers: reason, code, state, price."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from songbatch.engines.rest.reasons import reason_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUCCESS = 0
"""The code of an answer that reports no failure."""

MAX_COST_USD = 1_000_000.0
"""A higher price of one song is an error, not a price."""

_IN_PROGRESS, _COMPLETED = 1, 2
_CODE = re.compile(r"[-+]?[0-9]{1,9}")
_USD_SPENT, _CREDITS_USED = "x-aimlapi-usd-spent", "x-aimlapi-credits-used"
_AMOUNT = re.compile(
    r"(?:USD|US\$|\$)? ?"
    r"(?P<amount>\+?(?:[0-9]{1,30}(?:[.,][0-9]{0,60})?|[.,][0-9]{1,60})(?:[eE][-+]?[0-9]{1,3})?)"
    r" ?(?:USD|US\$|\$)?"
)
_SOMETHING = re.compile(r"(?!\s*-)(?:.*(?!0)\d|\s*\+?(?:inf|nan))", re.IGNORECASE | re.DOTALL)
"""A charge that may be real: not empty, zero or negative."""
_FAILURE = re.compile(r"fail|error|refus|reject|cancel|abort|denied", re.IGNORECASE)


def message_of(answer: Mapping[str, Any]) -> str:
    """Return the reason in an error body, wherever the service or a gateway puts it."""
    return reason_in(answer) or message_in_band(answer)


def message_in_band(answer: Mapping[str, Any]) -> str:
    """Return the reason in `base_resp`."""
    return next(
        (text for base in _base_resps(answer) if (text := reason_in(base.get("status_msg")))), ""
    )


def code_in_band(answer: Mapping[str, Any]) -> int | None:
    """Return the code in `base_resp`, or None; of several, a failure before success."""
    codes = [parse_code(base.get("status_code")) for base in _base_resps(answer)]
    known = [code for code in codes if code is not None]
    return next((code for code in known if code != SUCCESS), known[0] if known else None)


def parse_code(value: object) -> int | None:
    """Return a code, even if written as text or with a decimal point; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _CODE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def reports_failure(key: str, value: object) -> bool:
    """Return whether a field with this name and value reports a failure."""
    if key == "status_code":
        return parse_code(value) not in {None, SUCCESS}
    if key == "statusCode":
        code = parse_code(value)
        return code not in {None, SUCCESS} and not 200 <= (code or 0) < 300
    if key == "status":
        return isinstance(value, str) and _FAILURE.search(value) is not None
    if key == "success":
        return value is False
    return key == "error" and _is_error(value)


def has_failure(answer: Mapping[str, Any]) -> bool:
    """Return whether anything in an answer reports a failure."""
    return any(
        reports_failure(key, value)
        for part in (answer, *_objects_in(answer.get("data")), *_base_resps(answer))
        for key, value in part.items()
    )


def _base_resps(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for part in (answer, *_objects_in(answer.get("data"))):
        yield from _objects_in(part.get("base_resp"))


def _objects_in(value: object) -> list[Mapping[str, Any]]:
    """Return a field's objects: itself, or those in its list."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, dict)]


def _is_error(value: object) -> bool:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return any(_is_error(each) for each in inner if each is not value)
    return bool(value.strip(" 0")) if isinstance(value, str) else bool(value)


def trace_id_of(answer: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """Return the service's own id of the request, as it came and of any length."""
    for value in (answer.get("trace_id"), headers.get("x-inference-id"), answer.get("requestId")):
        if isinstance(value, str) and value:
            return value
    return None


def state_error(answer: Mapping[str, Any]) -> str:
    """Return why `data.status` does not mean a finished song, or an empty text."""
    for part in _objects_in(answer.get("data")):
        state = part.get("status", _COMPLETED)
        if parse_code(state) == _IN_PROGRESS:
            return "the song is still being made, and there is no way to ask for it later"
        if parse_code(state) != _COMPLETED:
            return "its status is neither in progress nor completed"
    return ""


def oddities(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the oddities in the fields of an answer that has a song."""
    base = answer.get("base_resp")
    if base is None:
        yield "the answer has no base_resp"
    elif code_in_band(answer) is None:
        yield "base_resp has no code"
    elif not isinstance(base, dict) or not isinstance(base.get("status_code"), int):
        yield "base_resp is not written as the contract says"
    state = state_error(answer)
    if state:
        yield f"a song came, and yet {state}"


def is_from_service(answer: Mapping[str, Any]) -> bool:
    """Return whether an error body is the service's own, not that of a gateway before it."""
    return any(answer.get(name) is not None for name in ("statusCode", "base_resp"))


def cost_usd_of(headers: Mapping[str, str]) -> float | None:
    """Return the US dollars that the service says it charged, or None if that is not usable.

    The highest of several amounts counts: a repeated header must not let a budget be exceeded.
    """
    parts = headers.get(_USD_SPENT, "").split(", ")
    amounts = [_AMOUNT.fullmatch(part.strip()) for part in parts]
    costs = [float(match["amount"].replace(",", ".")) for match in amounts if match]
    return max(costs) if len(costs) == len(parts) and max(costs) <= MAX_COST_USD else None


def may_have_charged(headers: Mapping[str, str]) -> bool:
    """Return whether the service says that it charged anything, even an unreadable amount."""
    texts = [headers.get(_CREDITS_USED, "")]
    cost = cost_usd_of(headers)
    if cost is None:
        texts.append(headers.get(_USD_SPENT, ""))
    return bool(cost) or any(_SOMETHING.match(text) for text in texts)
