"""Renders that the specs want, and what manifests record beside them of which nothing came."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec

from songbatch.layout import manifest_path
from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from songbatch.batch.loading import Batch
    from songbatch.records import Entry, Manifest, ManifestId
    from songbatch.workspace import Workspace


class Wanted(msgspec.Struct, frozen=True):
    """Renders by id and engine; `all_of` are engines of which everything counts as wanted.

    None of either is for specs that cannot be read, or may have been moved: then nobody knows.
    """

    renders: frozenset[tuple[str, str]] | None = None
    all_of: frozenset[str] = frozenset()

    @classmethod
    def of(cls, batch: Batch, engine: str | None = None) -> Wanted:
        """Return what a batch of all specs wants; what was asked of `engine` is wanted, too."""
        if batch.has_errors or batch.strays:
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
    return _kept(recorded, lambda place, entry: not wanted.is_left_over(entry, place[1]))


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
    return _kept(
        recorded,
        lambda place, entry: place[0] in specs or (place[1], entry.audio_sha256) not in here,
    )


def _kept(
    recorded: Mapping[ManifestId, Manifest], keeps: Callable[[ManifestId, Entry], bool]
) -> dict[ManifestId, Manifest]:
    """Return the manifests with the entries that are kept; one that loses none is the same one."""
    kept = {}
    for place, manifest in recorded.items():
        rest = tuple(entry for entry in manifest if keeps(place, entry))
        if rest:
            is_all = len(rest) == len(manifest.renders)
            kept[place] = manifest if is_all else dataclasses.replace(manifest, renders=rest)
    return kept


def count_left_overs(recorded: Mapping[ManifestId, Manifest], wanted: Wanted) -> int:
    """Return how many entries are left over."""
    return sum(
        wanted.is_left_over(entry, place[1])
        for place, manifest in recorded.items()
        for entry in manifest
    )


def forget_left_overs(
    workspace: Workspace, recorded: Mapping[ManifestId, Manifest], wanted: Wanted
) -> None:
    """Take what is left over out of the manifests. For the lock's holder."""
    kept = without_left_overs(recorded, wanted)
    for place, manifest in recorded.items():
        rest, path = kept.get(place), manifest_path(*place)
        if rest is None and manifest.renders:
            workspace.remove(path)
        elif rest is not None and rest is not manifest:
            workspace.write(path, *manifests.pieces(rest, manifest))
