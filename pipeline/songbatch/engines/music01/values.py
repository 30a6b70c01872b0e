"""Parsers of JSON values from bytes: single ones leniently, a whole object strictly."""

from __future__ import annotations

import json
import re
from typing import Any

_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}


def parse_string(text: bytes) -> str:
    """Return the text of a JSON string, given without its quotation marks; bad escapes stay."""
    decoded = text.decode("utf-8", "replace")
    try:
        return str(json.loads(f'"{decoded}"', strict=False))
    except ValueError:
        return decoded


def parse_literal(word: bytes) -> Any:
    """Return a number, a Boolean or null; None for everything else, including NaN."""
    if word in _WORDS:
        return _WORDS[word]
    text = word.decode("ascii", "replace")
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    return float(text) if match[1] or match[2] else int(text)


def parse_strict_object(document: bytes) -> dict[str, Any] | None:
    """Return the fields of a JSON object in strict JSON (UTF-8, no NaN, unique keys), or None."""
    try:
        value = json.loads(
            document.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_with_unique_keys
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(name: str) -> None:
    raise ValueError(name)


def _with_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key occurs twice")
    return fields
