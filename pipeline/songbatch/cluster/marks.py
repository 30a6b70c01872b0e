"""Marks of orders, in the scheduler's memory: who was first to begin each.

dask runs a task again whose worker was lost, also one that was done. So whoever is about to send a
request must be the first to have its order's mark, and a run that gives an order up takes the mark
itself: then nobody sends it any more, not even a worker that was only stopped and comes back.

This module travels to the scheduler by value, which needs no songbatch.
"""

from __future__ import annotations

import time
from typing import Any

from distributed.diagnostics.plugin import SchedulerPlugin

OPEN, BEGIN, LOOK, LEAVE = "songbatch_open", "songbatch_begin", "songbatch_look", "songbatch_leave"
"""Names of calls of the scheduler."""


class Marks(SchedulerPlugin):
    """Marks of all runs on a scheduler, and what it knows of its workers."""

    name = "songbatch-marks-1"
    idempotent = True  # a second run must not make the first one's marks forgotten

    def __init__(self) -> None:
        self._begun: dict[str, dict[int, str]] = {}
        self._over: dict[str, int] = {}
        """Per run: orders below this number are over, and forgotten."""
        self._clients: dict[str, str] = {}
        self._leaving: set[str] = set()

    async def start(self, scheduler: Any) -> None:
        """Answer calls."""
        self._scheduler = scheduler
        scheduler.handlers.update(
            {OPEN: self.open, BEGIN: self.begin, LOOK: self.look, LEAVE: self.leave}
        )

    def open(self, run: str, client: str) -> None:
        """Begin a run, which lasts as long as its client is connected."""
        self._begun[run], self._over[run], self._clients[run] = {}, 0, client

    def begin(self, run: str, number: int, by: str) -> str | None:
        """Return who was first to begin an order; None if its run or the order itself is over."""
        begun = self._begun.get(run)
        if begun is None or number < self._over[run]:
            return None
        return begun.setdefault(number, by)

    def look(self, run: str, below: int) -> dict[str, Any]:
        """Return who is there; all orders of a run `below` a number are over."""
        begun = self._begun.get(run)
        if begun is not None and below > self._over[run]:
            for number in range(self._over[run], below):
                begun.pop(number, None)
            self._over[run] = below
        now = time.time()
        workers = [
            {
                "address": address,
                "id": worker.server_id,
                "name": str(worker.name),
                "slots": worker.nthreads,
                "host": worker.host,
                "silent": now - worker.last_seen,
                "leaving": address in self._leaving,
            }
            for address, worker in self._scheduler.workers.items()
        ]
        return {"is_known": begun is not None, "workers": workers}

    def leave(self, address: str) -> None:
        """Let no run give a worker more to do."""
        self._leaving.add(address)

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:  # noqa: ARG002
        """Forget a worker that is gone."""
        self._leaving.discard(worker)

    def remove_client(self, scheduler: Any, client: str) -> None:  # noqa: ARG002
        """Let nobody begin anything for a run that is gone."""
        for run in [run for run, owner in self._clients.items() if owner == client]:
            del self._begun[run], self._over[run], self._clients[run]
