"""Group commit: one write or sync for all who need one at the same time.

Syncing takes as long for many as for one. So whoever comes while others are being served waits and
is served next, with everybody else who came meanwhile.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class GroupCommit(Generic[T]):
    """Calls `act` with the things submitted since the last call, in their order.

    `act` is never called by two threads at once.
    """

    def __init__(self, act: Callable[[Sequence[T]], None]) -> None:
        self._act = act
        self._joining = threading.Lock()
        self._acting = threading.Lock()
        self._group: _Group[T] = _Group()

    def submit(self, thing: T) -> None:
        """Return when an `act` with this thing is done; raise what it raised for all of them."""
        with self._joining:
            group = self._group
            group.things.append(thing)
        with self._acting:
            if not group.is_done:
                self._serve(group)
        if group.error is not None:
            raise group.error

    def _serve(self, group: _Group[T]) -> None:
        with self._joining:
            self._group = _Group()
        group.is_done = True
        try:
            self._act(group.things)
        except BaseException as error:
            group.error = error


class _Group(Generic[T]):
    """Those who are served at once."""

    def __init__(self) -> None:
        self.things: list[T] = []
        self.is_done = False
        self.error: BaseException | None = None
