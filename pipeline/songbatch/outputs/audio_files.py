"""Audio files of entries: where each lies now, also for earlier entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.records import Entry, Manifest, ReferenceEntry
    from songbatch.store.blobs import Blobs
    from songbatch.workspace import Workspace


class AudioFiles:
    """Finds audio by its digest: among the outputs that `manifests` list, and in the store."""

    def __init__(self, workspace: Workspace, blobs: Blobs, manifests: Iterable[Manifest]) -> None:
        self._workspace = workspace
        self._blobs = blobs
        self._outputs: dict[str, list[tuple[str, str]]] = {}
        for entry in (entry for manifest in manifests for entry in manifest):
            if entry.audio_sha256 is not None and entry.sha256 is not None:
                written = self._outputs.setdefault(entry.audio_sha256, [])
                written.append((entry.output, entry.sha256))

    def find(self, entry: Entry | None) -> str | None:
        """Return a file with the entry's audio, relative to the project; None if none is left.

        An output comes first: its name shows players what it is.
        """
        if entry is None or entry.audio_sha256 is None:
            return None
        for output, sha256 in self._outputs.get(entry.audio_sha256, ()):
            if self._blobs.own_encodings.wrote(self._workspace.digest(output), sha256):
                return self._workspace.found(output)
        return self._blob(entry.audio_sha256)

    def find_reference(self, reference: ReferenceEntry) -> str | None:
        """Return a file with a reference's bytes, relative to the project; None for none."""
        if self._workspace.digest(reference.source) == reference.sha256:
            return self._workspace.found(reference.source)
        return self._blob(reference.sha256)

    def blob(self, sha256: str) -> str:
        """Return where the store has a digest's bytes, or would have them."""
        return self._blobs.name(sha256)

    def has_blob(self, sha256: str) -> bool:
        """Return whether the store has a digest's bytes."""
        return self._blobs.has(sha256)

    def _blob(self, sha256: str) -> str | None:
        return self.blob(sha256) if self.has_blob(sha256) else None
