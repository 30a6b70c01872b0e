"""Names of audio: what the renders are called that have it now, or had it before."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Manifest


def recorded_audio(manifests: Iterable[Manifest]) -> dict[tuple[str, str], str]:
    """Return the digests of the audio that manifests have, by engine and digest of the song."""
    return {
        (manifest.engine.name, entry.song_sha256): entry.audio_sha256
        for manifest in manifests
        for entry in manifest
        if entry.song_sha256 and entry.audio_sha256
    }


def audio_names(
    manifests: Iterable[Manifest], earlier: Iterable[EarlierTake]
) -> dict[tuple[str, str], list[str]]:
    """Return the ids of renders by engine and digest of their audio."""
    names: dict[tuple[str, str], list[str]] = {}
    for manifest in manifests:
        for entry in manifest:
            if entry.done and entry.audio_sha256:
                names.setdefault((manifest.engine.name, entry.audio_sha256), []).append(entry.id)
    before: dict[tuple[str, str], list[str]] = {}
    for take in earlier:
        before.setdefault((take.engine, take.audio_sha256), []).append(take.id)
    return before | names
