"""Lines for `songbatch.yaml` that correct a row, as messages give them: ready to paste."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.model import EngineIdentity

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SPECIAL = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "none"})

NAME = "NAME"
"""What a person puts something else for."""


def override(engine: EngineIdentity, change: Mapping[str, Any], part: str = "models") -> str:
    """Return the line that changes a row: that of the engine's model, or one of its hands.

    `change` has the parts of the row that are other ones. For a hand, its name is in the change.
    """
    section, _, called = engine.name.partition("/")
    rows = {called: change} if part == "models" and called else change
    return f"engines: {flow({section: {part: rows}})}"


def flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_text(str(name))}: {flow(one)}" for name, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _text(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def advice(line: str) -> str:
    """Return what to do with such a line."""
    return f"write into songbatch.yaml `{line}`"
