"""An album for people: its tracks with their levels, and what is to be known of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from songbatch.cli.pasting import pasteable
from songbatch.cli.views.tables import table
from songbatch.diagnostics import printable
from songbatch.formatting import clock
from songbatch.handover.cdtext import cd_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.handover.delivering import PreparedAlbum
    from songbatch.handover.mastered import TrackMaster
    from songbatch.handover.package_record import PackageRecord

SILENCE_TOLD = 1.0
"""Seconds at an end of a track."""
OVER_TOLD = 0.1
"""dB above the bound, in what an encoder made of a master."""
_HEADS = ("", "track", "length", "LUFS", "dBTP", "gain", "notes")


def album_text(prepared: PreparedAlbum, record: PackageRecord | None) -> str:
    """Return the table; `record` is what was written, if anything was."""
    return "\n".join(_lines(prepared, record))


def _lines(prepared: PreparedAlbum, record: PackageRecord | None) -> Iterator[str]:
    album, wanted = prepared.album, prepared.sheet.loudness
    yield printable(" – ".join(filter(None, (album.artist, album.title))))
    rows = [
        (
            f"{track.number}",
            printable(track.title),
            clock(track.seconds),
            _level(track.loudness_lufs),
            _level(track.true_peak_dbtp),
            f"{one.treatment.gain_db:+.2f} dB",
            "; ".join(_notes(one)),
        )
        for track, one in zip(album.tracks, prepared.masters, strict=True)
    ]
    yield from table(_HEADS, rows)
    last = prepared.places[-1]
    yield (
        f"{clock((last.start + last.frames) / 44100)} in all, {-18.0 - album.gain_db:.1f} LUFS, "
        f"peaks at {album.peak_dbtp:.1f} dBTP"
    )
    short = max(one.short_lu for one in prepared.masters)
    if short:
        whose = "the album stays" if wanted.mode == "album" else "tracks stay up to"
        how = "aim lower" if wanted.limiter else "use --limiter, or a lower target in `loudness`"
        yield pasteable(
            f"{whose} {short:.1f} LU below the target of {wanted.target_lufs:g} LUFS: peaks reach "
            f"the bound of {wanted.true_peak_dbtp:g} dBTP; {how}"
        )
    if "wav16" in prepared.sheet.whole:
        yield from (printable(f"CD-Text: {note}") for note in cd_text(album).notes)
    if record is not None:
        yield from _overshoots(record, wanted.true_peak_dbtp)


def _level(level: float) -> str:
    return f"{level:.1f}" if math.isfinite(level) else "silent"


def _notes(one: TrackMaster) -> Iterator[str]:
    if one.treatment.bound is not None:
        yield "limited"
    for seconds, where in ((one.measure.lead, "beginning"), (one.measure.trail, "end")):
        if seconds >= SILENCE_TOLD:
            yield f"{seconds:.1f} s of silence at its {where}"


def _overshoots(record: PackageRecord, bound: float) -> Iterator[str]:
    """Yield a line for each lossy format that decodes to more than the bound."""
    highest: dict[str, float] = {}
    for file in record.files:
        if file.true_peak_dbtp is not None and file.format in {"mp3", "opus"}:
            peak = highest.get(file.format, -math.inf)
            highest[file.format] = max(peak, file.true_peak_dbtp)
    for form, peak in sorted(highest.items()):
        if peak > bound + OVER_TOLD:
            yield f"{form}: its encoder brings peaks to {peak:.1f} dBTP"
