"""Snapshot of ledger, store, outputs and manifests, taken before planning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.outputs.copied_takes import as_entries, copied_takes
from songbatch.outputs.earlier import EarlierTakes
from songbatch.plan import Snapshot
from songbatch.run.events import ReadingFile
from songbatch.run.uploads import is_kept, made_uploads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set

    from songbatch.model import Render, Uploaded
    from songbatch.records import Entry, Manifest, Receipt, UploadKey
    from songbatch.run.context import RunContext
    from songbatch.store.blobs import Blobs
    from songbatch.traits import Traits


def take_snapshot(
    renders: Sequence[Render],
    specs: Iterable[str],
    last: Mapping[str, Manifest],
    context: RunContext,
    account: str,
    traits: Traits,
) -> Snapshot:
    """Look at everything that deciding on `renders` needs; `last` are the last manifests.

    Jobs under way count where `account` may ask for them; those of others are unknown outcomes.

    Only those outputs are hashed that belong to the `specs` taking part or have a wanted key.
    """
    specs = frozenset(specs)
    state = context.ledger.state
    keys = {render.key for render in renders}
    asked = keys | made_uploads(renders, account, traits).keys()
    expired = _expired(state.uploads, context.ledger.now())
    entries = [
        entry
        for spec, manifest in last.items()
        for entry in manifest
        if entry.done and (spec in specs or entry.key in keys)
    ]
    receipts = {key: state.receipts[key] for key in keys & state.receipts.keys()}
    pinned = {use.sha256 for render in renders for use in render.references}
    # A store may have been brought to a clone, without the ledger.
    recorded = {
        entry.audio_sha256 for entry in entries if entry.key in keys or entry.master is not None
    }
    jobs = {
        key: by_attempt[max(by_attempt)]
        for key, by_attempt in state.jobs.items()
        if by_attempt[max(by_attempt)].account == account
    }
    blobs = _stored(receipts, pinned, recorded, context.blobs)
    here = {key for key, receipt in receipts.items() if receipt.audio_sha256 in blobs}
    here |= {entry.key for entry in entries}
    earlier = _earlier(renders, keys - here, context)
    copies = [entry for same in earlier.values() for entry in same if entry.rendered_at is None]
    elsewhere = {key: len(found) for key, found in state.jobs.items() if key not in jobs}
    unknown = {key: state.unknown_outcomes(key) + elsewhere.get(key, 0) for key in asked}
    return Snapshot(
        receipts=receipts,
        uploads={key: ids for key, ids in state.uploads.items() if key not in expired},
        expired=expired,
        unknown={key: number for key, number in unknown.items() if number},
        jobs=jobs,
        names={key: state.names.get(key, "") for key in jobs},
        blobs=blobs,
        outputs=_output_digests(renders, [*entries, *copies], context),
        manifests=last,
        own=context.blobs.own_encodings.known(),
        earlier=earlier,
    )


def _expired(uploads: Mapping[UploadKey, Uploaded], now: str) -> frozenset[UploadKey]:
    """Return the uploads whose address a request that is sent now may not reach any more."""
    return frozenset(key for key, uploaded in uploads.items() if not is_kept(uploaded, now))


def _earlier(
    renders: Sequence[Render], keys: Set[str], context: RunContext
) -> dict[str, list[Entry]]:
    """Return entries of keys of which neither ledger nor manifests have audio.

    The store may have been brought without the ledger, or only the copies of what was chosen.
    """
    if not keys:
        return {}
    takes = EarlierTakes(context.workspace.state, context.blobs)
    found = takes.by_key(keys, renders[0].inputs.engine)
    wanted = {render.key: render for render in renders if render.key in keys - found.keys()}
    folders = context.workspace.output_folders if wanted else ()
    copies = copied_takes(folders, context.workspace, context.blobs, context.ledger.state)
    for key, entry in as_entries(copies, wanted):
        found.setdefault(key, []).append(entry)
    return found


def _output_digests(
    renders: Iterable[Render], entries: Iterable[Entry], context: RunContext
) -> dict[str, str]:
    """Return the digests of the outputs that exist, by path."""
    digests = {}
    for path in sorted({r.output for r in renders} | {entry.output for entry in entries}):
        digest = context.workspace.digest(path, lambda path: context.listener(ReadingFile(path)))
        if digest is not None:
            digests[path] = digest
    return digests


def _stored(
    receipts: Mapping[str, Receipt], pinned: set[str], recorded: set[str | None], blobs: Blobs
) -> set[str]:
    """Return the digests that are in the store; of what has a receipt the size is known."""
    sizes = {(receipt.audio_sha256, receipt.bytes) for receipt in receipts.values()}
    unsized = pinned | recorded - {digest for digest, _ in sizes}
    return {digest for digest, size in sizes if blobs.has(digest, size)} | {
        digest for digest in unsized if digest is not None and blobs.has(digest)
    }
