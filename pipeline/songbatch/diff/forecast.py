"""Manifests as they will be once the specs are rendered, as far as that is known. Pure.

Unlike the plan it goes by what manifests record and not by which files are here: on a fresh clone,
which has no audio, it gives the same as on the machine that made the songs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diff.compare import PLANNED, STORED
from songbatch.outputs.entries import described, in_order, kept
from songbatch.outputs.last_manifest import made_before
from songbatch.records import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.batch.loading import Batch
    from songbatch.model import EngineIdentity, Render
    from songbatch.records import Entry, ManifestId, Receipt


def planned_manifests(
    batch: Batch, recorded: Mapping[ManifestId, Manifest], receipts: Mapping[str, Receipt]
) -> dict[ManifestId, Manifest]:
    """Return what the manifests of the batch's specs are to be.

    `recorded` are the manifests as they are: those of other engines stay; those of other specs are
    left out, but what they record is not asked for again. `receipts` is what the store has, by key.
    """
    names = {spec.name for spec in batch.specs}
    known: dict[str, Entry] = {}
    for entry in (entry for manifest in recorded.values() for entry in manifest):
        if entry.key not in known or entry.done:
            known[entry.key] = entry
    entries_by_manifest: dict[ManifestId, list[Entry]] = {}
    identities: dict[ManifestId, EngineIdentity] = {}
    for render in batch.renders:
        place = render.spec, render.inputs.engine.name
        identities[place] = render.inputs.engine
        entry = _entry(render, known.get(render.key), receipts.get(render.key))
        entries_by_manifest.setdefault(place, []).append(entry)
    engines = {render.id: render.inputs.engine.name for render in batch.renders}
    for place in entries_by_manifest.keys() & recorded.keys():
        entries, last = entries_by_manifest[place], recorded[place]
        usual = None if batch.is_layered else place[1]
        elsewhere = {e.id for e in last if engines.get(e.id, usual) != place[1]}
        keys = {entry.key for entry in entries}
        entries += made_before(last, keys, elsewhere)
    kept = {place: manifest for place, manifest in recorded.items() if place[0] in names}
    return kept | {
        place: Manifest(place[0], identities[place], renders=in_order(entries))
        for place, entries in entries_by_manifest.items()
    }


def _entry(render: Render, recorded: Entry | None, receipt: Receipt | None) -> Entry:
    wanted = described(render, PLANNED)
    if recorded is not None and recorded.done:
        return kept(render, recorded).but(output=wanted.output, tags=wanted.tags)
    if receipt is not None:
        return wanted.but(
            status=STORED,
            audio_sha256=receipt.audio_sha256,
            song_sha256=receipt.song_sha256,
            seconds=receipt.seconds,
            cost_usd=receipt.cost_usd,
        )
    if recorded is not None:
        return wanted.but(status=recorded.status, error=recorded.error)
    return wanted
