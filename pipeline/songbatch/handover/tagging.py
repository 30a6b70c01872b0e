"""Tags of every kind of audio file; samples and frames are never touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from songbatch.album import AlbumTrack
from songbatch.handover.ai_note import TRAINED
from songbatch.handover.carriers import flac, mp3, mp4, opus, wav
from songbatch.handover.carriers.frames import track_frames
from songbatch.handover.carriers.vorbis import track_fields
from songbatch.handover.texts import REPLAYGAIN_LUFS, replaygain_of, replaygain_texts

if TYPE_CHECKING:
    from songbatch.album import Album

AudioKind = Literal["wav", "flac", "mp3", "opus", "m4a"]


def tagged(audio: bytes, kind: AudioKind, album: Album, track: AlbumTrack) -> bytes:
    """Return audio of that kind with all that its format can say of a track, and nothing else.

    What other programs wrote into it is replaced. Equal arguments give equal bytes. Raises
    NotWritable (songbatch.handover.carriers.errors) if the bytes are of another kind.
    """
    match kind:
        case "wav":
            return wav.with_chunks(audio, album, track)
        case "mp3":
            return mp3.with_frames(audio, track_frames(album, track))
        case "m4a":
            return mp4.with_atoms(audio, album, track)
        case "opus":
            fields, gains = track_fields(album, track), replaygain_of(album, track)
            return opus.with_fields(audio, fields, album.cover, gains)
        case "flac":
            texts = replaygain_texts(replaygain_of(album, track))
            fields = (*track_fields(album, track), *texts.items())
            return flac.with_fields(audio, fields, album.cover)


def whole_track(album: Album) -> AlbumTrack:
    """Return the album as the one track that it is in a single file, for `tagged`.

    It has no number. Its loudness is the one that the album's gain comes from. It follows all
    recordings that its tracks follow, and no ISRC is that of a whole album.
    """
    tracks = album.tracks
    recordings = {reference.sha256: reference for track in tracks for reference in track.references}
    kinds = [track.source_type for track in tracks]
    return AlbumTrack(
        number=0,
        id=album.name,
        key="",
        title=album.title,
        artist=album.artist,
        seconds=max((track.start_seconds + track.seconds for track in tracks), default=0.0),
        start_seconds=0.0,
        loudness_lufs=REPLAYGAIN_LUFS - album.gain_db,
        true_peak_dbtp=album.peak_dbtp,
        engine=", ".join(dict.fromkeys(track.engine for track in tracks)),
        model=", ".join(dict.fromkeys(track.model for track in tracks if track.model)),
        lines=tuple(
            (track.start_seconds + start, text) for track in tracks for start, text in track.lines
        ),
        references=tuple(recordings.values()),
        source_type=max(kinds, key=lambda kind: "trained" in kind.lower(), default=TRAINED),
    )
