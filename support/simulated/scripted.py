"""A service that does as scripts say, and whose books can be waited for."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from support.simulated.scripts import SongScripts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

AMishap = TypeVar("AMishap")
ATrouble = TypeVar("ATrouble")

PATIENCE = 60.0
"""Seconds after which a test that waits for something that never happens fails."""


class Scripted(ABC, Generic[AMishap, ATrouble]):
    """A service with scripts for its ENDPOINTS, for its jobs, and for single songs."""

    ENDPOINTS: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        """Requests by their endpoint, each with the right key."""
        self.refused_keys = 0
        self.breakdowns: list[str] = []
        """Requests that this server could not deal with: leaving the `with` block then fails."""
        self.changed = threading.Condition(threading.RLock())
        self.closing = threading.Event()
        self.songs = SongScripts()
        self._scripts: dict[str, list[AMishap | None]] = {name: [] for name in self.ENDPOINTS}
        self._troubles: list[ATrouble | None] = []

    def script(self, endpoint: str, mishaps: Iterable[AMishap | None]) -> None:
        """Answer the next requests to one of ENDPOINTS with these; None for the right answer."""
        with self.changed:
            self._scripts[endpoint].extend(mishaps)

    @abstractmethod
    def hold(self) -> None:
        """Let nothing that is made end until `release`; it is still started."""

    @abstractmethod
    def release(self, count: int | None = None) -> None:
        """Let that many of them end, without a number all."""

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Let nothing that is made end while the `with` block runs."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Return when this holds of the books, which is looked at whenever they change."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE)

    def wait_for_requests(self, endpoint: str, count: int) -> None:
        """Return when that many requests have come in all."""
        self.wait_until(lambda: self.requests[endpoint] >= count)

    def next_mishap(self, endpoint: str, words: str = "") -> AMishap | None:
        """Count a request, for a song with these words; return what becomes of its answer."""
        with self.changed:
            self.requests[endpoint] += 1
            self.changed.notify_all()
            of_song: AMishap | None = self.songs.next(endpoint, words)
            script = self._scripts[endpoint] or self._scripts["any"]
            return script.pop(0) if script else of_song

    def next_trouble(self, step: str, words: str) -> ATrouble | None:
        """Return what becomes of a job that was taken for a song with these words."""
        of_song: ATrouble | None = self.songs.next(step, words)
        return self._troubles.pop(0) if self._troubles else of_song
