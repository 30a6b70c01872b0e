"""Garbage: stored bytes that neither a manifest nor a spec nor a listener needs. Pure.

Earlier takes of songs that the specs have can still be heard and chosen: they are no garbage,
unless somebody says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.batch.inputs import render_inputs
from songbatch.model import ReferenceUse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from songbatch.batch.loading import Batch
    from songbatch.model import Render
    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Manifest, Receipt
    from songbatch.store.blobs import Blob


def garbage(
    blobs: Collection[Blob],
    batch: Batch,
    manifests: Iterable[Manifest],
    receipts: Mapping[str, Receipt],
    ids: Mapping[str, str],
    unread: Collection[str] = (),
    earlier: Iterable[EarlierTake] = (),
    own: Mapping[str, str] | None = None,
) -> list[Blob]:
    """Return the blobs that nothing needs.

    `batch` is of every spec of the project: before a run that died is recovered, no manifest names
    what it received, but the specs do. `receipts` are the ledger's, by key, and so are `ids` of
    renders. What specs that are `unread` want is not known: what was ever received for one of them
    is kept, and so is everything that was not received, such as downloads. `earlier` are takes to
    keep. `own` are the digests of files by those that are recorded of another encoder's. While a
    file looks like a spec that was moved, nothing is garbage.
    """
    if batch.strays:
        return []
    needed = _recorded(manifests) | _wanted(batch, receipts)
    needed |= {take.audio_sha256 for take in earlier}
    if unread:
        received = {receipt.audio_sha256 for receipt in receipts.values()}
        needed |= {blob.sha256 for blob in blobs} - received
        needed |= {
            receipt.audio_sha256
            for key, receipt in receipts.items()
            if ids.get(key, "").partition("/")[0] in unread or key not in ids
        }
    needed |= {own[digest] for digest in needed & own.keys()} if own else set()
    return [blob for blob in blobs if blob.sha256 not in needed]


def still_heard(earlier: Iterable[EarlierTake], batch: Batch) -> list[EarlierTake]:
    """Return the earlier takes of songs that the batch has: whoever listens can choose them."""
    variants = {render.id.rpartition("/")[0] for render in batch.renders}
    return [take for take in earlier if take.variant in variants]


def _recorded(manifests: Iterable[Manifest]) -> set[str]:
    needed = set()
    for manifest in manifests:
        needed |= {entry.audio_sha256 for entry in manifest if entry.audio_sha256}
        needed |= {reference.sha256 for reference in manifest.references.values()}
    return needed


def _named(batch: Batch) -> set[str]:
    return {render.inputs.engine.name for render in batch.renders}


def wanted_keys(batch: Batch) -> set[str]:
    """Return the keys of what the specs want, whichever engine it is rendered with."""
    named = {*batch.engines, *_named(batch)}
    engines = [batch.engines[name] for name in named if name in batch.engines]
    return {render.key for render in batch.renders} | {
        render_inputs(
            render.unresolved,
            _use(batch, render, render.unresolved.voice),
            _use(batch, render, render.unresolved.instrumental),
            engine,
        ).key
        for render in batch.renders
        for engine in engines
    }


def _wanted(batch: Batch, receipts: Mapping[str, Receipt]) -> set[str]:
    """Return the digests of what the specs want, and of what listeners said something of."""
    keys = wanted_keys(batch)
    received = {receipts[key].audio_sha256 for key in keys & receipts.keys()}
    return received | pinned_digests(batch)


def pinned_digests(batch: Batch) -> set[str]:
    """Return the digests of references, and of audio that listeners said something of."""
    references = {r.sha256 for named in batch.references.values() for r in named.values()}
    # What was rated or noted, or picked by one of several, may be chosen tomorrow.
    said = {one.heard.audio_sha256 for one in batch.selects.opinions if one.says_something}
    return said | {digest for digest in references if digest}


def _use(batch: Batch, render: Render, name: str | None) -> ReferenceUse | None:
    """Return a reference that a spec names for a render, also if its engine takes none."""
    if name is None:
        return None
    spec = render.unresolved.spec
    purpose, track = batch.references[spec][name].purpose, batch.tracks[spec][name]
    return ReferenceUse.of(name, purpose, track)
