"""Quotations of a service's texts: short, printable, without the key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from songbatch.diagnostics import uncontrolled

if TYPE_CHECKING:
    from songbatch.engines.rest.redaction import Redactor

LONGEST_QUOTE = 300
"""Characters of the service's message that are quoted."""

_TRACEBACK = "Traceback (most recent call last)"


def shortened(text: str) -> str:
    """Return at most LONGEST_QUOTE characters of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


def quoted(text: str, redactor: Redactor) -> str:
    """Return a service's text for a message: of a traceback the last line, without control
    characters and the key, shortened.
    """
    if _TRACEBACK in text:
        lines = [line for line in text.splitlines() if line.strip()]
        text = lines[-1]
    return shortened(uncontrolled(redactor.without_key(text), is_lines=True))


def quoted_value(value: object, redactor: Redactor) -> str:
    """Return what came as JSON, for a message that shows an answer that was not expected."""
    if isinstance(value, str):
        return quoted(value, redactor)
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return quoted(text, redactor)
