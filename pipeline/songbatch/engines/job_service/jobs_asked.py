"""Jobs that an engine has asked for in this run, or found again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from songbatch.prices import Amount

if TYPE_CHECKING:
    from songbatch.engines.base import Generation


class JobsAsked:
    """What was asked of each job. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._amounts: dict[str, Amount] = {}

    def add(self, job_id: str, request: Generation) -> None:
        """Note which request a job belongs to: it belongs to no other."""
        said = {**(request.options or {}), "lyrics": bool(request.lyrics)}
        with self._lock:
            self._amounts[job_id] = Amount(request.duration or 0.0, options=said)

    def amount(self, job_id: str) -> Amount | None:
        """Return how much was asked for; None of a job of another run."""
        with self._lock:
            return self._amounts.get(job_id)

    @property
    def ids(self) -> set[str]:
        """The jobs that have a request."""
        with self._lock:
            return set(self._amounts)
