"""The context of a run: where it reads and writes, and who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from songbatch.run.events import Listener
    from songbatch.store.blobs import Blobs
    from songbatch.store.ledger import Ledger
    from songbatch.store.stock import Stock
    from songbatch.workspace import Workspace


class RunContext(msgspec.Struct, frozen=True):
    """Where a run reads and writes: the project, the store, the ledger, and who watches.

    `stock` is where it finds audio: in the store, else in one that machines share.
    """

    workspace: Workspace
    blobs: Blobs
    ledger: Ledger
    listener: Listener
    stock: Stock
