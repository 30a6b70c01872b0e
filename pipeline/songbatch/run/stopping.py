"""Being asked to stop, by Ctrl-C, SIGTERM, or a terminal that closes."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING

from songbatch.exit_codes import EXIT_INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ASKED = (signal.SIGINT, signal.SIGTERM)
"""Somebody wants the run to stop, and may say so twice."""
LEAVES_WITHIN_SECONDS = 1.0
"""Somebody who insists waits no longer for a terminal."""
HANGUP = getattr(signal, "SIGHUP", None)
"""The terminal is gone. It comes twice, or with SIGTERM, without anybody's having insisted."""


@contextlib.contextmanager
def leaving() -> Iterator[None]:
    """End at once when asked to: nothing that costs is in flight. Raises KeyboardInterrupt."""
    left = False

    def on_signal(number: int, _frame: object) -> None:
        nonlocal left
        if not left or number in ASKED:
            left = True
            raise KeyboardInterrupt

    with _handled(on_signal):
        yield


@contextlib.contextmanager
def draining(stop: Callable[[], None], leave: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let the first request stop gently, and the second at once; a hangup only stops gently.

    What is in flight at the second has `asked` in the ledger and nothing else: an unknown outcome.
    `leave` is called before, in a thread of its own: this one may hold whatever lock it needs, and
    a terminal may take nothing more. So it has not long.
    """
    asked = False

    def on_signal(number: int, _frame: object) -> None:
        nonlocal asked
        if number in ASKED:
            if asked:
                _shortly(leave)
                os._exit(EXIT_INTERRUPTED)
            asked = True
        stop()

    with _handled(on_signal):
        yield


def _shortly(act: Callable[[], None]) -> None:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(LEAVES_WITHIN_SECONDS)


@contextlib.contextmanager
def _handled(on_signal: Callable[[int, object], None]) -> Iterator[None]:
    numbers = list(ASKED)
    # Under nohup it is ignored, and shall be.
    if HANGUP is not None and signal.getsignal(HANGUP) is not signal.SIG_IGN:
        numbers.append(HANGUP)
    before = [signal.signal(number, on_signal) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
