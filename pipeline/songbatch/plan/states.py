"""Words of `--select` that mean a state of songs and no name: `failed`, `changed:HEAD~1`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from songbatch.diagnostics import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


PICKED, FAILED, CHANGED, LABEL = "picked", "failed", "changed", "label"
STATES = (PICKED, FAILED, CHANGED)
EXPLICIT = "is:"
"""Before a state, so that it means that even where a song is called so."""


class Labelled(Protocol):
    """A render, as far as it is selected by its labels."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def labels(self) -> Sequence[str]:
        """Its labels."""


class State(msgspec.Struct, frozen=True):
    """A state of songs, one of `STATES` or a label; `detail` is a revision, or which label."""

    name: str
    detail: str = ""


def state_of(word: str, renders: Iterable[Labelled]) -> State | None:
    """Return the state that a word means; None for a name. A song of that name comes first.

    Ids have no colons, so what has one is a state wherever it begins like one. Raises UsageError
    for one that is none.
    """
    name, colon, detail = word.removeprefix(EXPLICIT).partition(":")
    if word.startswith(EXPLICIT):
        if name not in STATES or (colon and name != CHANGED):
            raise UsageError(f"{word!r} is no state of songs", fix=_meant(name))
    elif name == LABEL and colon:
        return State(LABEL, detail)
    elif (
        name not in STATES
        or (colon and name != CHANGED)
        or (not colon and any(word in render.id.split("/") for render in renders))
    ):
        return None
    if colon and not detail:
        raise UsageError(f"{word!r} names no revision", fix=f"write {CHANGED}:HEAD, or {CHANGED}")
    return State(name, detail)


def _meant(name: str) -> str:
    known = [f"{EXPLICIT}{state}" for state in STATES]
    return did_you_mean(f"{EXPLICIT}{name}", known) or f"there are {', '.join(known)}"


def with_label(label: str, renders: Iterable[Labelled]) -> frozenset[str]:
    """Return the ids of the renders that have a label. Raises UsageError if none has."""
    renders = list(renders)
    found = frozenset(render.id for render in renders if label in render.labels)
    if not found:
        known = sorted({each for render in renders for each in render.labels})
        there = f"there are {', '.join(known)}" if known else f"write `labels: [{label}]` in songs"
        fix = did_you_mean(label, known) or there
        raise UsageError(f"no song has the label {label!r}", fix=fix)
    return found
