"""From an album's sheet and its mastered takes to the album that a package tells of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.album import Album, AlbumTrack
from songbatch.lyrics import words_only
from songbatch.mastering.decoding import RATE
from songbatch.mastering.gains import replay_gain
from songbatch.mastering.meter import decibels, is_silent, loudness
from songbatch.outputs.credits import credited
from songbatch.outputs.provenance import source_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from songbatch.album import AlbumCover, AlbumSheet
    from songbatch.handover.mastered import TrackMaster
    from songbatch.handover.sung_times import SungTimes
    from songbatch.handover.takes import AlbumTake
    from songbatch.mastering.timeline import TrackPlace

VARIOUS = "Various Artists"
TAGS = ("year", "genre", "composer", "comment")
"""An author's tags of a song that count for its track, too; the others are the album's to say."""


def make_album(
    sheet: AlbumSheet,
    takes: Sequence[AlbumTake],
    masters: Sequence[TrackMaster],
    places: Sequence[TrackPlace],
    times: Sequence[SungTimes],
    cover: AlbumCover | None,
) -> Album:
    """Return the album; the sequences have one item for each of its tracks."""
    rows = zip(takes, masters, places, times, strict=True)
    tracks = tuple(_track(sheet, number, *row) for number, row in enumerate(rows, 1))
    heard = [one.measure for one in masters if not is_silent(one.measure)]
    return Album(
        name=sheet.name,
        title=sheet.title or sheet.name,
        artist=sheet.artist or _common(track.artist for track in tracks),
        tracks=tracks,
        tags=_shared(tracks) | dict(sheet.tags),
        catalogue_number=sheet.catalogue_number,
        upc=sheet.upc,
        label=sheet.label,
        copyright=sheet.copyright,
        cover=cover,
        gain_db=replay_gain(loudness(heard)) if heard else 0.0,
        peak_dbtp=round(decibels(max((one.peak for one in heard), default=0.0)), 2),
    )


def title_of(take: AlbumTake) -> str:
    """Return what a song is called on an album: as its author says there, else by its tag."""
    named = take.render.tags if take.render is not None else take.entry.tags
    return take.song.item.title or named.get("title") or take.entry.song


def _track(
    sheet: AlbumSheet,
    number: int,
    take: AlbumTake,
    master: TrackMaster,
    place: TrackPlace,
    times: SungTimes,
) -> AlbumTrack:
    entry, measure = take.entry, master.measure
    tags = take.render.tags if take.render is not None else entry.tags
    is_heard = not is_silent(measure)
    return AlbumTrack(
        number=number,
        id=entry.id,
        key=entry.key,
        title=title_of(take),
        artist=tags.get("artist") or sheet.artist,
        seconds=place.frames / RATE,
        start_seconds=place.start / RATE,
        loudness_lufs=round(measure.lufs, 2) if is_heard else float("-inf"),
        true_peak_dbtp=round(measure.dbtp, 2) if is_heard else float("-inf"),
        engine=take.engine.name,
        model=entry.model or take.engine.model,
        tags={name: tags[name] for name in TAGS if tags.get(name)},
        isrc=take.song.item.isrc,
        lang=entry.lang or (take.render.lang if take.render is not None else None) or "",
        lyrics=words_only(entry.lyrics or ""),
        lines=times.lines,
        words=times.words,
        references=credited(entry, take.manifest) if take.manifest is not None else (),
        source_type=source_type(entry.inputs(take.engine)).rpartition("/")[2],
    )


def _shared(tracks: Sequence[AlbumTrack]) -> dict[str, str]:
    """Return the tags that all tracks have alike: they are the album's, too."""
    said = {name: {track.tags.get(name, "") for track in tracks} for name in ("year", "genre")}
    return {
        name: texts.pop() for name, texts in said.items() if len(texts) == 1 and "" not in texts
    }


def _common(artists: Iterable[str]) -> str:
    """Return the artist of all tracks, "" if none is named."""
    named = set(artists)
    if len(named) > 1:
        return VARIOUS
    return named.pop() if named else ""
