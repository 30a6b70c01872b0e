"""What goes wrong with which request: queues of mishaps and troubles, by step and subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


@dataclass(slots=True)
class _Script(Generic[Thing]):
    step: str
    of: str
    left: list[Thing | None]


class Scripts(Generic[Thing]):
    """Each script is used up one by one, in the order in which it was written.

    Scripts that are meant for a subject come before those of a step, and these before `any`.
    """

    def __init__(self) -> None:
        self._scripts: list[_Script[Thing]] = []

    def add(self, step: str, of: str, script: Iterable[Thing | None]) -> None:
        """Let these come of the next times that a step is taken; None lets it go right."""
        self._scripts.append(_Script(step, of, list(script)))

    def clear(self) -> None:
        """Let everything go right from now on."""
        self._scripts.clear()

    def next(self, step: str, names: Iterable[str]) -> Thing | None:
        """Return what goes wrong with a step that is about something of these names."""
        names = tuple(names)
        waiting = [s for s in self._scripts if s.left and s.step in {step, "any"}]
        meant = [s for s in waiting if s.of and any(_means(s.of, name) for name in names)]
        fitting = meant or [s for s in waiting if not s.of]
        fitting.sort(key=lambda script: script.step == "any")
        return fitting[0].left.pop(0) if fitting else None


def _means(of: str, name: str) -> bool:
    # A model's name may be the beginning of another's.
    return of == name if "/" in of else of in name
