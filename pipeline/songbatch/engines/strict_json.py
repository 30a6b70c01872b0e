"""Strict parser of JSON objects, for requests: what is asked must be right."""

from __future__ import annotations

import json
from typing import Any


class NotJsonObject(Exception):
    """The bytes are not a JSON object; `str(error)` says so without quoting them."""


def parse_object(document: bytes) -> dict[str, Any]:
    """Parse a JSON object: UTF-8, no NaN or infinity, nesting within bounds.

    Raises NotJsonObject.
    """
    try:
        value = json.loads(document.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJsonObject("it is not JSON") from error
    if not isinstance(value, dict):
        raise NotJsonObject("it is not a JSON object")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
