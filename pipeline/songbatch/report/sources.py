"""The sources of a listening page: manifests now and at the last commit, and their audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.diff.baseline import from_commit
from songbatch.diff.git import Repository
from songbatch.outputs.audio_files import AudioFiles
from songbatch.outputs.earlier import TakesOfNow, earlier_takes, of_entry
from songbatch.outputs.wanted import Wanted, count_left_overs, without_left_overs, without_moved
from songbatch.store.ledger import LedgerState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from songbatch.diff.baseline import Baseline
    from songbatch.outputs.earlier import EarlierTake
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
    earlier: Sequence[EarlierTake] = ()
    """Takes that others have replaced and that can still be heard, the newest first."""
    left_over: int = 0
    """How many entries of all that is recorded have no audio and are not wanted."""
    engine: str | None = None
    """The only engine that they are of, None for all."""


def find_sources(
    workspace: Workspace,
    blobs: Blobs,
    sounds: Sounds,
    recorded: Mapping[ManifestId, Manifest],
    ledger: LedgerState | None = None,
    *,
    specs: Collection[str] | None = None,
    engine: str | None = None,
    wanted: Wanted | None = None,
) -> Sources:
    """Return the sources of a page of these specs on this engine; None is for all.

    `ledger` knows of earlier takes that nothing else tells of. What has no audio and is not
    `wanted` is left out, and so are outputs of specs that are gone if another has their audio.

    Raises UsageError if nothing is recorded of them.
    """
    wanted = wanted or Wanted()
    left_over = count_left_overs(recorded, wanted)
    recorded = without_left_overs(recorded, wanted)
    recorded = without_moved(recorded, workspace.spec_names)
    manifests = {
        place: manifest.without_parts()
        for place, manifest in recorded.items()
        if (specs is None or place[0] in specs) and engine in {None, place[1]}
    }
    baseline = _last_commit(workspace)
    earlier = [
        take
        for take in _earlier(workspace, blobs, recorded, ledger or LedgerState(), baseline)
        if (specs is None or take.id.partition("/")[0] in specs) and engine in {None, take.engine}
    ]
    if not manifests and not earlier:
        raise UsageError(
            "there is nothing to listen to: no manifest under outputs/ lists any audio",
            fix="render something first: songbatch render",
        )
    every = [*manifests.values(), *(baseline.manifests.values() if baseline else ())]
    audio_files = AudioFiles(workspace, blobs, every)
    return Sources(workspace, manifests, baseline, audio_files, sounds, earlier, left_over, engine)


def find_earlier(
    workspace: Workspace,
    blobs: Blobs,
    recorded: Mapping[ManifestId, Manifest],
    ledger: LedgerState,
) -> list[EarlierTake]:
    """Return all earlier takes of a project as its page has them, the newest first."""
    return _earlier(workspace, blobs, recorded, ledger, _last_commit(workspace))


def _earlier(
    workspace: Workspace,
    blobs: Blobs,
    recorded: Mapping[ManifestId, Manifest],
    ledger: LedgerState,
    baseline: Baseline | None,
) -> list[EarlierTake]:
    earlier = earlier_takes(workspace.state, blobs, recorded.values(), ledger)
    takes = with_commit(earlier, baseline, recorded.values(), blobs)
    return [take for take in takes if not take.is_part]


def with_commit(
    earlier: Sequence[EarlierTake],
    baseline: Baseline | None,
    current: Iterable[Manifest],
    blobs: Blobs,
) -> list[EarlierTake]:
    """Return earlier takes and those of a commit; of what is among both, what the commit says."""
    if baseline is None:
        return list(earlier)
    now = TakesOfNow(current)
    commit = str(baseline.commit)
    committed = {
        (entry.id, entry.audio_sha256): take
        for manifest in baseline.manifests.values()
        for entry in manifest
        if entry.done
        and blobs.has(entry.audio_sha256 or "")
        and (take := of_entry(entry, manifest.engine, commit)) not in now
    }
    known = {digest for _, digest in committed}
    others = [take for take in earlier if take.audio_sha256 not in known]
    return sorted([*committed.values(), *others], key=lambda take: take.at or "", reverse=True)


def _last_commit(workspace: Workspace) -> Baseline | None:
    """Return the manifests of the last commit; None without any, without a commit, without git."""
    repository = Repository(workspace.root)
    try:
        baseline = from_commit(repository.commit("HEAD"), repository)
    except UsageError:
        return None
    return baseline if baseline.manifests else None
