"""Copies of the takes that listeners chose: `outputs/SPEC/selects/`, with a playlist.

The playlist is also the record of what was copied: a file is only ever removed if it is still the
one that the playlist records.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.layout import OUTPUTS
from songbatch.model import AudioFormat
from songbatch.outputs.manifests import read_manifests, recorded_engines
from songbatch.outputs.playlist import list_tracks, listed, track
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from songbatch.batch.loading import Batch
    from songbatch.model import Spec
    from songbatch.records import Entry
    from songbatch.selects import Heard
    from songbatch.workspace import Workspace

FOLDER = "selects"
_COPIED = re.compile(r"^#SONGBATCH-COPY:([0-9a-f]{64}) ([^/\n]+)$", re.MULTILINE)
_MAX_PLAYLIST_BYTES = 64 * 2**20


class CopiedSelects(msgspec.Struct, frozen=True):
    """What changed among the copies, by path; `lacking` is chosen, but no manifest has it."""

    copied: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    lacking: tuple[Heard, ...] = ()

    def __add__(self, other: CopiedSelects) -> CopiedSelects:
        return CopiedSelects(
            self.copied + other.copied, self.removed + other.removed, self.lacking + other.lacking
        )


def copy_selects(batch: Batch, workspace: Workspace) -> CopiedSelects:
    """Bring the copies of every spec of the batch in line with its listeners' picks."""
    wanted = [heard for heard in batch.selects.chosen if heard.spec in batch.references]
    entries = _entries({heard.engine for heard in wanted}, workspace)
    everything = CopiedSelects()
    for spec in batch.specs:
        of_spec = [heard for heard in wanted if heard.spec == spec.name]
        pairs = [(heard, _entry(heard, entries.get(heard.place, ()))) for heard in of_spec]
        takes = {entry.output: (heard.engine, entry) for heard, entry in pairs if entry is not None}
        lacking = tuple(heard for heard, entry in pairs if entry is None)
        everything += _SelectsFolder(spec, workspace).hold(takes.values()) + CopiedSelects(
            lacking=lacking
        )
    return everything


def _entries(engines: Iterable[str], workspace: Workspace) -> dict[tuple[str, str], list[Entry]]:
    return {
        (spec, engine): [entry for entry in manifest if entry.done]
        for engine in sorted(set(recorded_engines(workspace)) & set(engines))
        for spec, manifest in read_manifests(workspace, engine).items()
    }


def _entry(heard: Heard, entries: Sequence[Entry]) -> Entry | None:
    """Return the render that has this audio now, whatever it is called."""
    same = [entry for entry in entries if entry.audio_sha256 == heard.audio_sha256]
    return next((entry for entry in same if entry.id == heard.render), next(iter(same), None))


class _SelectsFolder:
    """The copies of one spec."""

    def __init__(self, spec: Spec, workspace: Workspace) -> None:
        self._spec = spec
        self._workspace = workspace
        self._folder = f"{OUTPUTS}/{spec.name}/{FOLDER}"
        self._playlist = f"{self._folder}/{spec.name}.m3u8"

    def hold(self, takes: Iterable[tuple[str, Entry]]) -> CopiedSelects:
        """Make the folder hold these takes, each with its engine, and no other copies."""
        wanted = self._named(list(takes))
        before = self._recorded()
        copied = tuple(path for path, entry in wanted.items() if self._copy(entry, path))
        gone = {path: digest for path, digest in before.items() if path not in wanted}
        removed = tuple(path for path, digest in gone.items() if self._remove(path, digest))
        if wanted or before:
            list_tracks(self._playlist, self._listed(wanted), self._workspace)
        return CopiedSelects(copied, removed)

    def _named(self, takes: Sequence[tuple[str, Entry]]) -> dict[str, Entry]:
        """Return the takes by their copies' paths, in the order of the spec."""
        # Only within one engine do outputs surely have different names.
        several = len({engine for engine, _ in takes}) > 1
        places = {render.id: place for place, render in enumerate(self._spec.renders)}
        in_order = sorted(takes, key=lambda take: (places.get(take[1].id, len(places)), take[1].id))
        named = {}
        for engine, entry in in_order:
            stem, suffix = posixpath.splitext(posixpath.basename(entry.output))
            named[f"{self._folder}/{stem}{f'-{engine}' if several else ''}{suffix}"] = entry
        return named

    def _copy(self, entry: Entry, path: str) -> bool:
        """Copy an output; return whether there was anything to copy, and an intact output."""
        if self._workspace.digest(path) == entry.sha256:
            return False
        if self._workspace.digest(entry.output) != entry.sha256:
            return False
        self._workspace.write(path, self._workspace.read_bytes(entry.output))
        return True

    def _remove(self, path: str, digest: str) -> bool:
        if self._workspace.digest(path) != digest:
            return False
        self._workspace.remove(path)
        return True

    def _recorded(self) -> dict[str, str]:
        """Return the digests of earlier copies by path."""
        try:
            data = self._workspace.read_bytes(self._playlist, _MAX_PLAYLIST_BYTES)
        except Unreadable:
            return {}
        lines = _COPIED.findall(data.decode("utf-8", "replace"))
        return {f"{self._folder}/{name}": digest for digest, name in lines}

    def _listed(self, wanted: Mapping[str, Entry]) -> bytes:
        tags = {render.id: render.tags for render in self._spec.renders}
        lines = []
        for path, entry in wanted.items():
            lines.append(f"#SONGBATCH-COPY:{entry.sha256} {posixpath.basename(path)}\n")
            # PCM has no header: no player can play it.
            if entry.audio.format is not AudioFormat.PCM:
                name = posixpath.basename(self._workspace.found(path))
                lines.append(track(entry, tags.get(entry.id, entry.tags), name))
        return listed(self._spec.title, lines)
