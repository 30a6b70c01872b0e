"""Baseline of a diff: manifests at a revision of the repository, or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import has_errors
from songbatch.files.encodings import as_source
from songbatch.layout import SELECTS_NAME
from songbatch.selects import Selects
from songbatch.sources import Unreadable
from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from songbatch.diff.git import Commit, Repository
    from songbatch.records import Manifest, ManifestId

FILE_SUFFIX = ".json"
_FIX = "name another revision, or another manifest"


class Baseline(msgspec.Struct, frozen=True):
    """Earlier manifests, and where they are from: a commit, or a file."""

    manifests: Mapping[ManifestId, Manifest]
    commit: Commit | None = None
    file: str = ""
    selects: Selects | None = None
    """What listeners had said; None if that is not known."""

    def __str__(self) -> str:
        return str(self.commit or self.file)

    @property
    def specs(self) -> frozenset[str]:
        """The specs of the manifests."""
        return frozenset(spec for spec, _ in self.manifests)


def from_commit(commit: Commit, repository: Repository) -> Baseline:
    """Return the manifests at a commit. Raises BrokenState for a broken one."""
    parsed = (
        manifests.parse(data, f"{commit.name}:{path}", fix=_FIX)
        for path, data in repository.manifests(commit)
    )
    by_place = _by_place(parsed)
    return Baseline(by_place, commit=commit, selects=_selects_at(commit, repository))


def _selects_at(commit: Commit, repository: Repository) -> Selects | None:
    """Return the verdicts at a commit; None for a file that is none."""
    data = repository.file(commit, SELECTS_NAME)
    if data is None:
        return Selects()
    from songbatch.documents.selects_file import load_selects  # noqa: PLC0415  (loads YAML)

    try:
        result = load_selects(as_source(f"{commit.name}:{SELECTS_NAME}", data))
    except Unreadable:
        return None
    return None if has_errors(result.diagnostics) else result.selects


def from_file(path: str, data: bytes) -> Baseline:
    """Return the manifest in the bytes of the file `path`. Raises BrokenState."""
    return Baseline(_by_place([manifests.parse(data, path, fix=_FIX)]), file=path)


def _by_place(parsed: Iterable[Manifest]) -> dict[ManifestId, Manifest]:
    return {(one.spec, one.engine.name): one for one in parsed}
