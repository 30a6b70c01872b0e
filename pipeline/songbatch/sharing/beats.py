"""Beats: signs of life of runs, by which one knows that another is dead.

Only the store's own clock counts: the age of a run's beat is told against the beat that this run
wrote last. A run that could not beat for half a lease sends nothing more until it can.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.sharing import names
from songbatch.sharing.notes import BeatNote, decode
from songbatch.sharing.objects import MAX_NOTE_BYTES
from songbatch.sharing.trouble import StoreTrouble, Withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from songbatch.sharing.objects import Objects

LEASE_VARIABLE = "SONGBATCH_LEASE"
DEFAULT_LEASE = 120.0
"""Seconds."""
LONGEST_LEASE = 86_400.0
BEATS_PER_LEASE = 6


def lease_of(environment: Mapping[str, str]) -> float:
    """Return after how many seconds without a sign of life a run is dead. Raises UsageError."""
    said = environment.get(LEASE_VARIABLE, "")
    try:
        lease = float(said or DEFAULT_LEASE)
    except ValueError:
        lease = 0.0
    if not 0 < lease <= LONGEST_LEASE:
        raise UsageError(
            f"{LEASE_VARIABLE} is no number of seconds from 1 to {LONGEST_LEASE:,.0f}",
            fix=f"leave it unset for {DEFAULT_LEASE:.0f} seconds",
        )
    return lease


def awake_and_asleep() -> float:
    """Return seconds that go on while the machine sleeps, where the system counts those."""
    kind = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if kind is None else time.clock_gettime(kind)


class Beats:
    """The beats of one run, `who`, and what it knows of others'."""

    def __init__(
        self,
        objects: Objects,
        who: str,
        lease: float,
        clock: Callable[[], float] = awake_and_asleep,
    ) -> None:
        self._objects = objects
        self.who = who
        self.lease = lease
        self._clock = clock
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = float("-inf")
        self._ahead: float | None = None
        """How far the store's clock is ahead of ours."""

    @property
    def has_begun(self) -> bool:
        """Whether this run gives signs of life."""
        return self._thread is not None

    def begin(self) -> None:
        """Beat, and go on doing so in a thread. Raises StoreTrouble if the first one fails."""
        self.beat()
        self._ended.clear()
        self._thread = threading.Thread(target=self._go_on, name="beats", daemon=True)
        self._thread.start()

    def close(self) -> bool:
        """Stop, and take the sign of life away; return whether there was one, and that was done."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._ahead is None:
            return False
        self._last = float("-inf")
        with contextlib.suppress(StoreTrouble, Withheld):
            self._objects.remove(names.beat(self.who))
            return True
        return False

    def _go_on(self) -> None:
        while not self._ended.wait(self.lease / BEATS_PER_LEASE):
            # Whoever wants to send asks `demand_steady`, and is told there.
            with contextlib.suppress(StoreTrouble, Withheld):
                self.beat()

    def beat(self) -> None:
        """Give one sign of life, and learn what time it is at the store. Raises StoreTrouble."""
        began = self._clock()
        path = names.beat(self.who)
        self._objects.replace(path, msgspec.json.encode(BeatNote(self.lease)))
        ended = self._clock()
        seen = self._objects.look(path)
        if seen is None:
            raise StoreTrouble("the shared store does not have what it has just taken")
        # It was written between the two: others look rather younger than they are.
        self._ahead = seen.modified - ended
        self._last = began

    def demand_steady(self) -> None:
        """Raise StoreTrouble unless others know that this run is alive."""
        if self._clock() - self._last > self.lease / 2:
            self.beat()

    def tell_time(self) -> None:
        """Learn what time it is at the store, by a sign of life that is taken away at once.

        Only where that is not known; where nothing may be written, it is not known after it either.
        """
        if self._ahead is None:
            with contextlib.suppress(StoreTrouble, Withheld):
                self.beat()
                self._objects.remove(names.beat(self.who))
            self._last = float("-inf")

    def bury(self, who: str) -> None:
        """Take the sign of life of a run away that is surely over. Raises StoreTrouble."""
        self._objects.remove(names.beat(who))

    def now(self) -> float | None:
        """Return the time by the store's clock, None before the first beat."""
        return None if self._ahead is None else self._clock() + self._ahead

    def alive(self, runs: Iterable[str]) -> set[str]:
        """Return which of some runs are alive, this one included.

        A run that has not written to the store knows no time there but that of what it reads: it
        takes a run for dead only if its beat is gone, or a lease older than the latest one.
        """
        known = {who: self._read(who) for who in set(runs) - {self.who}}
        seen = {who: beat for who, beat in known.items() if beat is not None}
        now = self.now()
        if now is None:
            now = max((modified for modified, _ in seen.values()), default=0.0)
        living = {who for who, (modified, lease) in seen.items() if now - modified <= lease}
        return living | {self.who}

    def _read(self, who: str) -> tuple[float, float] | None:
        """Return when a run last beat, and its lease or ours, whichever is longer."""
        try:
            found = self._objects.read(names.beat(who), MAX_NOTE_BYTES)
            if found is None:
                return None
            return found.modified, max(self.lease, decode(found.data, BeatNote).lease)
        except Withheld:
            return None
