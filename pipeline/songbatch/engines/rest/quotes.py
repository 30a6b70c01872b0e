"""Quotations of a service's texts: short, printable, without the key."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from songbatch.diagnostics import uncontrolled
from songbatch.engines.rest.redaction import REDACTED

if TYPE_CHECKING:
    from songbatch.engines.rest.redaction import Redactor

LONGEST_QUOTE = 300
"""Characters of the service's message that are quoted."""

_SECRET = re.compile(
    r"(?P<before>\bBearer\s+|\bKey\s+(?=[\w-]{4,}:)|://[^\s/@:]{0,100}:|\b(?=sk-|gh[pousr]_|xox[abp]-|AKIA|r8_))"
    r"(?!\[key\])[A-Za-z0-9._~+/=:-]{8,}(?P<behind>@?)",
    re.IGNORECASE,
)
"""What looks like somebody's key or password: gateways repeat what they were sent."""

_TRACEBACK = "Traceback (most recent call last)"


def shortened(text: str) -> str:
    """Return at most LONGEST_QUOTE characters of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


def exception_in(text: str) -> str:
    """Return the exception that ends a traceback, without frames; other texts as they are."""
    if _TRACEBACK not in text:
        return text
    last: list[str] = []
    for line in text.splitlines():
        if line[:1].isspace() or _TRACEBACK in line:
            last.clear()
        elif line:
            last.append(line)
    return "\n".join(last)


def quoted(text: str, redactor: Redactor) -> str:
    """Return a service's text for a message: without frames of a traceback, control characters and
    the key, shortened.
    """
    plain = exception_in(redactor.without_key(text))
    return shortened(_SECRET.sub(_redacted, uncontrolled(plain, is_lines=True)))


def _redacted(match: re.Match[str]) -> str:
    # Of an address only what stands before an @ is a password, and not a port.
    if match["before"].startswith("://") and not match["behind"]:
        return match[0]
    return f"{match['before']}{REDACTED}{match['behind']}"


def quoted_value(value: object, redactor: Redactor) -> str:
    """Return what came as JSON, for a message that shows an answer that was not expected."""
    if isinstance(value, str):
        return quoted(value, redactor)
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return quoted(text, redactor)
