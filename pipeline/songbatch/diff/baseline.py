"""Baseline of a diff: manifests at a revision of the repository, or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from songbatch.diff.git import Commit, Repository
    from songbatch.records import Manifest, ManifestId

FILE_SUFFIX = ".json"


class Baseline(msgspec.Struct, frozen=True):
    """Earlier manifests, and where they are from: a commit, or a file."""

    manifests: Mapping[ManifestId, Manifest]
    commit: Commit | None = None
    file: str = ""

    def __str__(self) -> str:
        return str(self.commit or self.file)

    @property
    def specs(self) -> frozenset[str]:
        """The specs of the manifests."""
        return frozenset(spec for spec, _ in self.manifests)


def from_commit(commit: Commit, repository: Repository) -> Baseline:
    """Return the manifests at a commit. Raises BrokenState for a broken one."""
    parsed = (
        manifests.parse(data, f"{commit.name}:{path}")
        for path, data in repository.manifests(commit)
    )
    return Baseline(_by_place(parsed), commit=commit)


def from_file(path: str, data: bytes) -> Baseline:
    """Return the manifest in the bytes of the file `path`. Raises BrokenState."""
    return Baseline(_by_place([manifests.parse(data, path)]), file=path)


def _by_place(parsed: Iterable[Manifest]) -> dict[ManifestId, Manifest]:
    return {(one.spec, one.engine.name): one for one in parsed}
