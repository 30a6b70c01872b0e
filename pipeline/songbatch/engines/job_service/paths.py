"""Paths of a row: names with dots between them, and numbers for places in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = "."
"""The path of an answer that is itself what is wanted."""

MOST_PATHS = 200
"""Of an answer that are looked through; more is no answer about a song."""


def steps_of(path: str) -> list[str]:
    """Return the names and numbers of a path."""
    return [] if path == WHOLE else path.split(".")


def at(value: Any, path: str) -> Any:
    """Return what is at a path, None where it leads nowhere."""
    for step in steps_of(path):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Write a value where a path of a request leads; what is missing on the way is made."""
    here: Any = body
    first, *steps = path.split(".")
    step: str | int = first
    for following in steps:
        inner = _child(here, step)
        if inner is None:
            inner = [] if following.isdecimal() else {}
            _set(here, step, inner)
        here = inner
        step = int(following) if isinstance(here, list) and following.isdecimal() else following
    _set(here, step, value)


def _child(here: Any, step: str | int) -> Any:
    if isinstance(here, dict):
        found = here.get(str(step))
    else:
        found = here[step] if isinstance(step, int) and step < len(here) else None
    return found if isinstance(found, dict | list) else None


def _set(here: Any, step: str | int, value: Any) -> None:
    if isinstance(here, dict):
        here[str(step)] = value
    elif isinstance(step, int) and step < len(here):
        here[step] = value
    else:
        here.append(value)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the paths of all that is no table and no list, with it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{number}" if path else str(number))
    else:
        yield path or WHOLE, value
