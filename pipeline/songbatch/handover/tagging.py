"""Tags of every kind of audio file; samples and frames are never touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from songbatch.handover.carriers import flac, mp3, mp4, opus, wav
from songbatch.handover.carriers.frames import track_frames
from songbatch.handover.carriers.vorbis import track_fields
from songbatch.handover.texts import replaygain_of, replaygain_texts

if TYPE_CHECKING:
    from songbatch.album import Album, AlbumTrack

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
