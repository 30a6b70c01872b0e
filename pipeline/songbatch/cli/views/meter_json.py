"""The lyric meter as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.diagnostics import printable_json
from songbatch.outputs.meter import SONGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.lyrics.meter import PassedLimit
    from songbatch.outputs.meter import EngineEstimate, SongMeter


def meter_json(songs: Sequence[SongMeter]) -> str:
    """Return the meter of songs as one object."""
    return printable_json({"meter": 1, "songs": [_song(song) for song in songs]}, indent=1)


def _song(song: SongMeter) -> dict[str, Any]:
    return {
        "id": song.id,
        "takes": song.takes,
        "characters": song.characters,
        "syllables": song.syllables,
        "sections": [
            {
                "name": section.name or None,
                "line": section.line,
                "syllables": section.syllables,
                "lines": [
                    {"line": line.number, "syllables": line.syllables} for line in section.lines
                ],
            }
            for section in song.sections
        ],
        "engines": [_estimate(estimate) for estimate in song.estimates],
    }


def _estimate(estimate: EngineEstimate) -> dict[str, Any]:
    pace = estimate.pace if estimate.by == SONGS else None
    return {
        "engine": estimate.engine,
        "seconds": round(estimate.seconds, 1),
        "by": estimate.by,
        "songs": pace.songs if pace is not None else None,
        "error_seconds": round(pace.error, 1) if pace is not None else None,
        "limits": [_limit(limit) for limit in estimate.limits],
        "parts": estimate.parts,
    }


def _limit(limit: PassedLimit) -> dict[str, Any]:
    return {
        "unit": limit.unit,
        "most": limit.most,
        "there_is": round(limit.there_is, 1),
        "is_advised": limit.is_advised,
        "line": limit.line,
        "cuts": [{"line": cut.line, "border": cut.border.value} for cut in limit.cuts],
    }
