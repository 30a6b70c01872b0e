"""The snapshot that a plan is decided on: ledger, store, outputs and manifests before a run."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from songbatch.records import is_same_song

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from songbatch.model import EngineIdentity, RecordingCut, Render, Uploaded
    from songbatch.records import Entry, JobRecord, Manifest, Receipt, UploadKey


class Snapshot(msgspec.Struct, frozen=True, dict=True):
    """What exists before a run, gathered in one go.

    `blobs` are the digests in the store; `outputs` the digests of the files that the renders and
    the last manifests name (no entry: no file); `manifests` the last ones of this engine, by spec,
    also those of specs that do not take part;
    `unknown` the requests per key that may have been paid without an answer.
    """

    receipts: Mapping[str, Receipt] = msgspec.field(default_factory=dict)
    uploads: Mapping[UploadKey, Uploaded] = msgspec.field(default_factory=dict)
    expired: Collection[UploadKey] = ()
    """Uploads of which the service forgets the file soon, or has forgotten it."""
    unknown: Mapping[str, int] = msgspec.field(default_factory=dict)
    jobs: Mapping[str, JobRecord] = msgspec.field(default_factory=dict)
    """The newest job under way of a key, also of keys that no render has any more."""
    names: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What the renders of those keys were called."""
    blobs: Collection[str] = ()
    outputs: Mapping[str, str] = msgspec.field(default_factory=dict)
    manifests: Mapping[str, Manifest] = msgspec.field(default_factory=dict)
    own: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Digests of this machine's files by those that manifests record of other encoders."""
    earlier: Mapping[str, Sequence[Entry]] = msgspec.field(default_factory=dict)
    """Entries of former manifests, and of copies, by keys of which nobody else has the audio."""

    converted: Collection[tuple[str, RecordingCut | None]] = ()
    """Recordings, by digest, and cuts of them of which there is a WAV already."""

    shared: Mapping[str, Receipt] = msgspec.field(default_factory=dict)
    """What other machines received whose audio can be had of the store that they share, by key."""
    withheld: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Why what other machines received cannot be had of there, by key."""
    busy: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Who asks for a song at this moment, by key."""
    doubted: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Which other machines' requests for a key may have been paid."""

    @cached_property
    def finished(self) -> Mapping[str, Sequence[Entry]]:
        """The manifests' entries that stand for a file, by key."""
        by_key: dict[str, list[Entry]] = {}
        for manifest in self.manifests.values():
            for entry in manifest:
                if entry.done:
                    by_key.setdefault(entry.key, []).append(entry)
        return by_key

    @cached_property
    def by_id(self) -> Mapping[str, tuple[Entry, EngineIdentity]]:
        """All entries of the manifests by their ids, each with its manifest's engine."""
        return {
            entry.id: (entry, manifest.engine)
            for manifest in self.manifests.values()
            for entry in manifest
        }

    def stored(self, key: str) -> bool:
        """Return whether the audio of a key is in the store, and the ledger knows of it."""
        receipt = self.receipts.get(key)
        return receipt is not None and receipt.audio_sha256 in self.blobs

    def is_joined_of_others(self, song: Render) -> bool:
        """Return whether a song was joined here of other audio than its parts have now, all here.

        So it is where they were taken from elsewhere, or paid for again, meanwhile.
        """
        receipt = self.receipts.get(song.key)
        if receipt is None or not receipt.facts.part_audio:
            return False
        if not all(self.stored(part.key) for part in song.parts):
            return False
        now = tuple(self.receipts[part.key].audio_sha256 for part in song.parts)
        return now != receipt.facts.part_audio

    def is_uncompared(self, key: str) -> bool:
        """Return whether a song was received here whose samples only a manifest has.

        Nobody knows then whether other bytes in the manifest are the same song.
        """
        receipt = self.receipts.get(key)
        if receipt is None or receipt.song_sha256 is not None:
            return False
        entries = self.finished.get(key, ())
        is_any_known = any(entry.audio_sha256 == receipt.audio_sha256 for entry in entries)
        return not is_any_known and any(entry.song_sha256 for entry in entries)

    def is_of_another_encoder(self, entry: Entry) -> bool:
        """Return whether what was received here is an entry's song in other bytes."""
        receipt = self.receipts.get(entry.key)
        if receipt is None or receipt.audio_sha256 == entry.audio_sha256:
            return False
        return is_same_song(receipt, entry)

    def intact(self, entry: Entry) -> bool:
        """Return whether an entry's output is on disk as it was written."""
        if entry.sha256 is None:
            return False
        existing = self.outputs.get(entry.output)
        return existing is not None and existing in {entry.sha256, self.own.get(entry.sha256)}

    def has_audio(self, entry: Entry) -> bool:
        """Return whether an entry's audio is here: in the store, or in its output.

        An output that was made of a master is not the audio as it was received.
        """
        is_itself = entry.master is None and self.intact(entry)
        return is_itself or entry.audio_sha256 in self.blobs

    def before(self, render: Render) -> Entry | None:
        """Return the last manifests' entry for a render's audio, that of its output if it can."""
        same_key = self.finished.get(render.key, ())
        here = (entry for entry in same_key if entry.output == render.output)
        # What is only known of a copy's tag says nothing of how the audio came.
        earlier = (entry for entry in self.earlier.get(render.key, ()) if entry.rendered_at)
        return next(here, next(iter(same_key), next(earlier, None)))

    def was_received(self, key: str) -> bool:
        """Return whether a manifest or the ledger records that the audio of a key was received."""
        return key in self.finished or key in self.receipts

    def paid_usd(self, key: str) -> float | None:
        """Return what the audio of a key was recorded to cost, None if that is not known."""
        costs = [entry.cost_usd for entry in self.finished.get(key, ())]
        if (receipt := self.receipts.get(key)) is not None:
            costs.append(receipt.cost_usd)
        return next((usd for usd in costs if usd is not None), None)
