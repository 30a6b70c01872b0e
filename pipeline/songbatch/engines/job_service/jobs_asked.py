"""Jobs that an engine has asked for in this run: no job belongs to two requests."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from songbatch.prices import Amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.engines.base import Generation
    from songbatch.engines.job_service.dialect import Target


class JobsAsked:
    """What was asked of each job, and what is being asked. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._amounts: dict[str, Amount] = {}
        self._unanswered: Counter[str] = Counter()

    @contextlib.contextmanager
    def asking(self, target: Target, body: Mapping[str, Any]) -> Iterator[None]:
        """Note that a request is not answered while the `with` block runs."""
        name = _name_of(target, body)
        with self._lock:
            self._unanswered[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._unanswered[name] -= 1

    def is_unanswered(self, target: Target, body: Mapping[str, Any]) -> bool:
        """Return whether an equal request is not answered yet."""
        with self._lock:
            return self._unanswered[_name_of(target, body)] > 0

    def add(self, job_id: str, request: Generation) -> None:
        """Note which request a job belongs to."""
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


def _name_of(target: Target, body: Mapping[str, Any]) -> str:
    """Return what is the same for equal requests."""
    return json.dumps([target.endpoint, target.version, body], sort_keys=True)
