"""Requests that are equal but for their take: nobody can tell which of them a list shows."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from songbatch.engines.base import Generation


class Lookalikes:
    """Knows the requests that are being submitted. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[bytes, int] = {}
        self._begun: dict[bytes, int] = {}

    @contextlib.contextmanager
    def submitting(self, request: Generation) -> Iterator[Callable[[], bool]]:
        """Note that a request is being submitted; yield whether it has been the only one since."""
        likeness = msgspec.msgpack.encode(replace(request, take=0, request_id="", files=()))
        with self._lock:
            self._under_way[likeness] = self._under_way.get(likeness, 0) + 1
            self._begun[likeness] = mine = self._begun.get(likeness, 0) + 1

        def is_alone() -> bool:
            with self._lock:
                return self._under_way[likeness] == 1 and self._begun[likeness] == mine

        try:
            yield is_alone
        finally:
            with self._lock:
                self._under_way[likeness] -= 1
