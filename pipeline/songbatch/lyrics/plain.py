"""Texts that only print variables, rendered without the template language.

Most lyrics ask for no more than `{{ name }}`. Compiling a template takes half a millisecond and
loads jinja2; putting values in takes microseconds. Whatever is not plainly such a text is left to
the template language, errors and all, and what is not left to it comes out the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.formatting import yaml_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.model import Value

_PRINTED = re.compile(r"\{\{[ \t]*([^\W\d]\w*)[ \t]*\}\}")
_LANGUAGE = re.compile(r"\{[{%#]")
_WORDS = frozenset((
    "True", "False", "None", "true", "false", "none", "and", "or", "not", "in", "is", "if", "else",
    "self", "super", "loop", "caller",
))  # fmt: skip
"""Names that may mean something other than a variable."""
_MAX_CHARACTERS = 10_000
"""Longer texts, and longer results, are left to the template language and its bounds."""


def printed(text: str, variables: Mapping[str, Value]) -> str | None:
    """Return the text with its variables' values, or None if the template language decides."""
    if len(text) > _MAX_CHARACTERS or "\r" in text:
        return None
    parts = _PRINTED.split(text.removesuffix("\n"))
    for place in range(1, len(parts), 2):
        name = parts[place]
        if name not in variables or name in _WORDS or parts[place - 1].endswith("{"):
            return None
        parts[place] = _shown(variables[name])
    if any(_LANGUAGE.search(literal) for literal in parts[::2]):
        return None
    return _sendable("".join(parts))


def _shown(value: Value) -> str:
    if type(value) is str:
        return value
    return "" if value is None else yaml_text(value)


def _sendable(text: str) -> str | None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text if len(text) <= _MAX_CHARACTERS else None
