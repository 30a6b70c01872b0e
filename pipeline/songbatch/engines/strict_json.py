"""JSON from the other side of a contract, read strictly: what is asked must be right."""

from __future__ import annotations

import json
from typing import Any


class NotJson(Exception):
    """The bytes are not a JSON object; `str(error)` says so without quoting them."""


def parse_object(document: bytes) -> dict[str, Any]:
    """Parse a JSON object: UTF-8, no NaN or infinity, no bottomless nesting. Raises NotJson."""
    try:
        value = json.loads(document.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson("it is not JSON") from error
    if not isinstance(value, dict):
        raise NotJson("it is not a JSON object")
    return value


def _refuse_constant(word: str) -> None:
    raise ValueError(word)
