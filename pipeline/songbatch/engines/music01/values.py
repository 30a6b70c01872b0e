"""JSON's values, from bytes: leniently one by one, or a whole object strictly."""

from __future__ import annotations

import json
import re
from typing import Any

_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}


def unquoted(text: bytes) -> str:
    """Return what a JSON string says, given without its quotation marks; bad escapes stay."""
    shown = text.decode("utf-8", "replace")
    try:
        return str(json.loads(f'"{shown}"', strict=False))
    except ValueError:
        return shown


def literal(word: bytes) -> Any:
    """Return a number, a truth value or null; None for everything else, NaN too."""
    if word in _WORDS:
        return _WORDS[word]
    text = word.decode("ascii", "replace")
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    return float(text) if match[1] or match[2] else int(text)


def strictly(document: bytes) -> dict[str, Any] | None:
    """Return what a JSON object says that is strict: UTF-8, no NaN, every key once; or None."""
    try:
        value = json.loads(
            document.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(word: str) -> None:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key stands twice")
    return fields
