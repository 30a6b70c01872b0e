"""The sources of a listening page: manifests now and at the last commit, and their audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.diff.baseline import from_commit
from songbatch.diff.git import Repository
from songbatch.outputs.audio_files import AudioFiles
from songbatch.outputs.manifests import recorded_manifests

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from songbatch.diff.baseline import Baseline
    from songbatch.records import Manifest, ManifestId
    from songbatch.report.sounds import Sounds
    from songbatch.store.blobs import Blobs
    from songbatch.workspace import Workspace


class Sources(msgspec.Struct, frozen=True):
    """What a page is made of."""

    workspace: Workspace
    manifests: Mapping[ManifestId, Manifest]
    baseline: Baseline | None
    """The manifests of the last commit, if there are any."""
    audio_files: AudioFiles
    sounds: Sounds


def find_sources(
    workspace: Workspace,
    blobs: Blobs,
    sounds: Sounds,
    *,
    specs: Collection[str] | None = None,
    engine: str | None = None,
) -> Sources:
    """Return the sources of a page of these specs on this engine; None is for all.

    Raises UsageError if nothing is recorded of them.
    """
    manifests = {
        place: manifest
        for place, manifest in recorded_manifests(workspace).items()
        if (specs is None or place[0] in specs) and engine in {None, place[1]}
    }
    if not manifests:
        raise UsageError(
            "there is nothing to listen to: no manifest under outputs/ lists any audio",
            fix="render something first: songbatch render",
        )
    baseline = _last_commit(workspace)
    every = [*manifests.values(), *(baseline.manifests.values() if baseline else ())]
    audio_files = AudioFiles(workspace, blobs, every)
    return Sources(workspace, manifests, baseline, audio_files, sounds)


def _last_commit(workspace: Workspace) -> Baseline | None:
    """Return the manifests of the last commit; None without any, without a commit, without git."""
    repository = Repository(workspace.root)
    try:
        baseline = from_commit(repository.commit("HEAD"), repository)
    except UsageError:
        return None
    return baseline if baseline.manifests else None
