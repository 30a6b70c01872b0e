"""Credits of songs for programs: one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.diagnostics import printable_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.album import CreditedReference
    from songbatch.outputs.credits import SongCredits


def credits_json(songs: Sequence[SongCredits]) -> str:
    """Return the songs, each with what made it and what it follows."""
    return printable_json({"credits": 1, "songs": [_song(song) for song in songs]})


def _song(song: SongCredits) -> dict[str, Any]:
    return {
        "id": song.id,
        "title": song.title,
        "artist": song.artist or None,
        "is_picked": song.is_picked,
        "engine": song.engine,
        "model": song.model,
        "ai_note": song.ai_note,
        "digital_source_type": song.source_type,
        "references": [_reference(one) for one in song.references],
    }


def _reference(one: CreditedReference) -> dict[str, Any]:
    return {
        "name": one.name,
        "purpose": one.purpose,
        "source": one.source or None,
        "sha256": one.sha256,
        "rights": one.rights.said() if one.rights is not None else None,
    }
