"""The audio files that a package will have, known before anything is encoded: for shops' lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.handover.shops.quantities import PackageFile
from songbatch.mastering.decoding import RATE
from songbatch.mastering.encoding import MP3_BITRATE, OPUS_RATE, SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.handover.delivering import PreparedAlbum

VIDEO = "mp4"
_VIDEO_RATE = 48000
_CHANNELS = 2
_BITS = {"wav16": 16, "wav24": 24, "flac": 24}
_OPUS_BITRATE = 192000


def planned_files(prepared: PreparedAlbum, *, with_video: bool) -> list[PackageFile]:
    """Return the files of a package of this album; sizes that nobody knows yet are None."""
    return list(_files(prepared, with_video=with_video))


def _files(prepared: PreparedAlbum, *, with_video: bool) -> Iterator[PackageFile]:
    album, sheet = prepared.album, prepared.sheet
    seconds = max((t.start_seconds + t.seconds for t in album.tracks), default=0.0)
    for form in sheet.formats:
        for track in album.tracks:
            yield _file(form, track.seconds, track.number)
    for form in sheet.whole:
        yield _file(form, seconds, None)
    if with_video:
        yield PackageFile(
            path=f"video/*.{VIDEO}",
            kind=VIDEO,
            bytes=None,
            seconds=seconds,
            sample_rate=_VIDEO_RATE,
            channels=_CHANNELS,
        )


def _file(form: str, seconds: float, track: int | None) -> PackageFile:
    return PackageFile(
        path=f"{form}/*.{SUFFIXES[form]}",
        kind=SUFFIXES[form],
        bytes=_size(form, seconds),
        seconds=seconds,
        track=track,
        sample_rate=OPUS_RATE if form == "opus" else RATE,
        bits=_BITS.get(form),
        channels=_CHANNELS,
    )


def _size(form: str, seconds: float) -> int | None:
    """Return about how many bytes there will be, None where that depends on the sound."""
    bits_a_second = {
        "wav16": 16 * RATE * _CHANNELS,
        "wav24": 24 * RATE * _CHANNELS,
        "mp3": MP3_BITRATE,
        "opus": _OPUS_BITRATE,
    }
    return round(seconds * bits_a_second[form] / 8) if form in bits_a_second else None
