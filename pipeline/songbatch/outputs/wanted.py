"""Renders that the specs want, and what manifests record beside them of which nothing came."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec

from songbatch.layout import manifest_path
from songbatch.outputs.manifests import recorded_manifests
from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from songbatch.batch.loading import Batch
    from songbatch.records import Entry, Manifest, ManifestId
    from songbatch.workspace import Workspace


class Wanted(msgspec.Struct, frozen=True):
    """Renders by id and engine; `all_of` are engines of which everything counts as wanted.

    None of either is for specs that cannot be read: then nobody knows.
    """

    renders: frozenset[tuple[str, str]] | None = None
    all_of: frozenset[str] = frozenset()

    @classmethod
    def of(cls, batch: Batch, engine: str | None = None) -> Wanted:
        """Return what a batch of all specs wants; what was asked of `engine` is wanted, too."""
        if batch.has_errors:
            return cls()
        renders = frozenset((render.id, render.inputs.engine.name) for render in batch.renders)
        return cls(renders, frozenset({engine} if engine else ()))

    def is_left_over(self, entry: Entry, engine: str) -> bool:
        """Return whether an entry records that nothing came of what nobody wants any more."""
        if entry.done or self.renders is None or engine in self.all_of:
            return False
        return (entry.id, engine) not in self.renders


def without_left_overs(
    recorded: Mapping[ManifestId, Manifest], wanted: Wanted
) -> dict[ManifestId, Manifest]:
    """Return the manifests without what is left over, and none of which nothing remains."""
    kept = {}
    for place, manifest in recorded.items():
        rest = tuple(entry for entry in manifest if not wanted.is_left_over(entry, place[1]))
        if rest:
            is_all = len(rest) == len(manifest.renders)
            kept[place] = manifest if is_all else dataclasses.replace(manifest, renders=rest)
    return kept


def without_moved(
    recorded: Mapping[ManifestId, Manifest], specs: Collection[str]
) -> dict[ManifestId, Manifest]:
    """Return the manifests without what one of the `specs` has, too, and one that is gone had."""
    here = {
        (place[1], entry.audio_sha256)
        for place, manifest in recorded.items()
        if place[0] in specs
        for entry in manifest
    }
    kept = {}
    for place, manifest in recorded.items():
        rest = manifest.renders
        if place[0] not in specs:
            rest = tuple(entry for entry in rest if (place[1], entry.audio_sha256) not in here)
        if rest:
            is_all = len(rest) == len(manifest.renders)
            kept[place] = manifest if is_all else dataclasses.replace(manifest, renders=rest)
    return kept


def forget_left_overs(workspace: Workspace, wanted: Wanted) -> None:
    """Take what is left over out of the manifests. For the lock's holder."""
    recorded = recorded_manifests(workspace)
    for place, _ in left_overs(recorded, wanted):
        rest = without_left_overs({place: recorded[place]}, wanted)
        path = manifest_path(*place)
        if place in rest:
            workspace.write(path, *manifests.pieces(rest[place], recorded[place]))
        else:
            workspace.remove(path)


def left_overs(
    recorded: Mapping[ManifestId, Manifest], wanted: Wanted
) -> Iterator[tuple[ManifestId, Collection[Entry]]]:
    """Yield what is left over in each manifest that has any."""
    for place, manifest in recorded.items():
        found = [entry for entry in manifest if wanted.is_left_over(entry, place[1])]
        if found:
            yield place, found
