"""Probe of conditional writes: may two writers both be told that they were first?

Some servers take `If-None-Match` and ignore it. Two machines would then pay for the same song, so
a store is asked before anything is sent: eight writers put one new name at once, and a ninth later.
"""

from __future__ import annotations

import contextlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from songbatch.sharing import names
from songbatch.sharing.objects import MAX_NOTE_BYTES
from songbatch.sharing.trouble import StoreTrouble, Withheld

if TYPE_CHECKING:
    from songbatch.sharing.objects import Objects

WRITERS = 8
ROUNDS = 2


def probe(objects: Objects, shown: str) -> None:
    """Raise StoreTrouble unless exactly one of several writers is first, each time.

    `shown` is the store as messages name it.
    """
    for _ in range(ROUNDS):
        name = f"{names.PROBES}/{secrets.token_hex(16)}"
        marks = [secrets.token_bytes(8) for _ in range(WRITERS + 1)]
        with ThreadPoolExecutor(WRITERS) as pool:
            won = list(pool.map(partial(objects.create, name), marks[:WRITERS]))
        won.append(objects.create(name, marks[WRITERS]))
        back = objects.read(name, MAX_NOTE_BYTES)
        winners = [mark for mark, is_first in zip(marks, won, strict=True) if is_first]
        # Nobody won: the winner's answer was lost, and it asked again. Then one of the eight did.
        held = back.data if back is not None else b""
        is_one = winners == [held] or (not winners and held in marks[:WRITERS])
        with contextlib.suppress(StoreTrouble, Withheld):
            objects.remove(name)
        if not is_one:
            raise StoreTrouble(
                f"{shown} let {len(winners)} of {WRITERS + 1} writers be the first to write one "
                "name: two machines could pay for the same song",
                fix="use a store that honours If-None-Match, or run without one: --store none",
            )
