"""Which requests came to a store, and what became of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0
"""Seconds after which a test that waits for something that never happens fails."""


@dataclass(slots=True)
class Request:
    """A request that came in, with the right credentials.

    `method` is GET, HEAD, PUT, DELETE, POST, or LIST with a prefix as its `name`; one that deletes
    several is booked as a DELETE of each. `is_conditional`: it was to fail if there is something.
    `status` is what was answered: 0 while it is under way, and if no answer left. `effect` is what
    the server behind the proxy said, 0 if it was not asked.
    """

    method: str
    name: str
    is_conditional: bool
    sent_bytes: int
    status: int = 0
    effect: int = 0


class Books:
    """The requests, in the order in which they came."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.strangers = 0
        """Requests without the right credentials; none of them is carried out."""
        self.changed = threading.Condition(threading.RLock())

    def of(self, method: str = "*", name: str = "*") -> list[Request]:
        """Return the requests with this method, for such names (patterns as for files)."""
        with self.changed:
            return [
                request
                for request in self.requests
                if fnmatchcase(request.method, method) and fnmatchcase(request.name, name)
            ]

    def count(self, method: str = "*", name: str = "*") -> int:
        """Count them, whatever became of them."""
        return len(self.of(method, name))

    def written(self) -> list[str]:
        """Return the names that were written or deleted, in order; refused requests are no such."""
        return [
            request.name
            for request in self.of()
            if request.method in {"PUT", "POST", "DELETE"} and 200 <= request.effect < 300
        ]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Return when this holds of the books, which is looked at whenever they change."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE)

    def wait_for(self, method: str, name: str, count: int = 1) -> None:
        """Return when so many such requests have come."""
        self.wait_until(lambda: self.count(method, name) >= count)
