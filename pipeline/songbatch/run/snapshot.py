"""What is there before a run: ledger, store, outputs and manifests, gathered in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.plan import Snapshot
from songbatch.run.events import ReadingFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from songbatch.model import Render
    from songbatch.records import Manifest
    from songbatch.run.events import Listener
    from songbatch.store.blobs import Blobs
    from songbatch.store.ledger import LedgerState
    from songbatch.workspace import Workspace


def take_snapshot(
    renders: Sequence[Render],
    *,
    specs: Iterable[str],
    last: Mapping[str, Manifest],
    state: LedgerState,
    workspace: Workspace,
    blobs: Blobs,
    listener: Listener,
) -> Snapshot:
    """Look at everything that deciding on `renders` needs.

    Only those outputs are hashed that belong to the `specs` taking part or have a wanted key.
    """
    specs = frozenset(specs)
    keys = {render.key for render in renders}
    entries = [
        entry
        for spec, manifest in last.items()
        for entry in manifest
        if entry.done and (spec in specs or entry.key in keys)
    ]
    outputs = {}
    for path in sorted({r.output for r in renders} | {entry.output for entry in entries}):
        digest = workspace.digest(path, lambda path: listener(ReadingFile(path)))
        if digest is not None:
            outputs[path] = digest
    receipts = {key: state.receipts[key] for key in keys & state.receipts.keys()}
    wanted = {(r.audio_sha256, r.bytes) for r in receipts.values()}
    pinned = {use.sha256 for render in renders for use in render.references}
    # A store may have been brought to a clone, without the ledger.
    recorded = {entry.audio_sha256 for entry in entries if entry.key in keys}
    unsized = pinned | recorded - {digest for digest, _ in wanted}
    return Snapshot(
        receipts=receipts,
        uploads=dict(state.uploads),
        unknown={key: n for key in keys if (n := state.unknown_outcomes(key))},
        blobs={digest for digest, size in wanted if blobs.has(digest, size)}
        | {digest for digest in unsized if digest is not None and blobs.has(digest)},
        outputs=outputs,
        manifests=last,
    )
