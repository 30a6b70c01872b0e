"""A package: its files in order, their checksums, and the record of all of it.

What is in a package is decided here, how it reaches the disk in `package_files`. Equal albums
give equal bytes: nothing is of a clock, a machine or chance.
"""

from __future__ import annotations

from shutil import which
from typing import TYPE_CHECKING

import msgspec

from songbatch import __version__
from songbatch.handover.ai_note import xmp
from songbatch.handover.cdtext import cd_text
from songbatch.handover.chapters import chapter_list, ffmetadata, podcast_chapters
from songbatch.handover.checksums import NAME as SUMS
from songbatch.handover.checksums import sha256sums
from songbatch.handover.content_credentials import MEDIA_TYPES, signed
from songbatch.handover.credits import credits_json, credits_markdown, credits_text
from songbatch.handover.cue import cue_sheet
from songbatch.handover.file_names import safe_name, track_name
from songbatch.handover.lyrics_files import lrc, plain_lyrics
from songbatch.handover.package_record import (
    NAME,
    PACKAGE_VERSION,
    AlbumLevels,
    PackagedFile,
    PackagedTrack,
    PackageRecord,
)
from songbatch.handover.readme import readme
from songbatch.handover.tagging import tagged, whole_track
from songbatch.handover.video_file import video_pieces
from songbatch.mastering.encoding import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from songbatch.album import Album, AlbumTrack, Loudness
    from songbatch.handover.content_credentials import Signing
    from songbatch.handover.mastered import AudioFile, TrackMaster
    from songbatch.handover.mastering_cache import MasteringCache
    from songbatch.handover.package_files import PackageSink
    from songbatch.mastering.timeline import TrackPlace

WHOLE = "whole"
LYRICS, NOTES, VIDEO = "lyrics", "xmp", "video"
VIDEO_SOUND = "wav16"
RATE = 44100
_PIECE = 2**20


class PackageItem(msgspec.Struct, frozen=True):
    """A file to be: its path, POSIX, its bytes piece by piece, and what is known of its audio."""

    path: str
    pieces: Callable[[], Iterator[bytes]]
    about: PackagedFile | None = None


class MadeAlbum(msgspec.Struct, frozen=True):
    """An album with everything that was mastered for it, track by track."""

    album: Album
    wanted: Loudness
    masters: Sequence[TrackMaster]
    places: Sequence[TrackPlace]
    tracks: Sequence[Mapping[str, AudioFile]]
    whole: Mapping[str, AudioFile]
    signing: Signing | None = None
    has_video: bool = False
    """Its sound is that of the whole album as wav16."""

    @property
    def names(self) -> list[str]:
        """The names of the tracks' files without their endings, in order."""
        tracks = self.album.tracks
        return [track_name(track.number, len(tracks), track.title) for track in tracks]

    @property
    def whole_name(self) -> str:
        """The name of the files of the album in one, without their ending."""
        return safe_name(self.album.title, "Album")


def fill(made: MadeAlbum, cache: MasteringCache, sink: PackageSink) -> PackageRecord:
    """Write all files of a package into a sink; return its record, which is one of them."""
    items = sorted(package_items(made, cache), key=lambda item: item.path)
    names = [*(item.path for item in items), NAME, "README.txt", SUMS]
    text = readme(made.album, names)
    items = sorted([*items, _text("README.txt", text)], key=lambda item: item.path)
    files: list[PackagedFile] = []
    for item in items:
        digest, size = sink.add(item.path, item.pieces())
        about = item.about or PackagedFile(path=item.path, bytes=0, sha256=digest)
        files.append(msgspec.structs.replace(about, sha256=digest, bytes=size))
    record = _record(made, files)
    sums = {file.path: file.sha256 for file in files}
    sums[NAME], _ = sink.add(NAME, iter([record.dump()]))
    sink.add(SUMS, iter([sha256sums(sums).encode()]))
    return record


def package_items(made: MadeAlbum, cache: MasteringCache) -> Iterator[PackageItem]:
    """Yield all files of a package but those that tell of the others, in no order."""
    yield from _audio(made, cache)
    yield from _beside_tracks(made)
    yield from _beside_whole(made)
    if made.has_video:
        sound = made.whole[VIDEO_SOUND]
        path = f"{VIDEO}/{made.whole_name}.mp4"
        yield PackageItem(path, lambda: video_pieces(made.album, _copied(sound, cache)(), which))
    album = made.album
    yield _text("credits.txt", credits_text(album))
    yield _text("credits.md", credits_markdown(album))
    yield _text("credits.json", credits_json(album))
    if album.cover is not None:
        ending = "png" if album.cover.media_type == "image/png" else "jpg"
        yield _plain(f"cover.{ending}", album.cover.data)


def _audio(made: MadeAlbum, cache: MasteringCache) -> Iterator[PackageItem]:
    for track, name, files in zip(made.album.tracks, made.names, made.tracks, strict=True):
        for form, file in files.items():
            path = f"{form}/{name}.{SUFFIXES[form]}"
            about = _about(path, form, file, track.seconds, track.number)
            yield PackageItem(path, _tagged(made, track, form, file, cache), about)
    for form, file in made.whole.items():
        path = f"{WHOLE}/{_whole_file(made, form)}"
        last = made.places[-1]
        about = _about(path, form, file, (last.start + last.frames) / RATE, 0)
        if SUFFIXES[form] == "wav":  # too large to be held whole; its cue sheet has the titles
            yield PackageItem(path, _copied(file, cache), about)
        else:
            track = _as_track(made, file)
            yield PackageItem(path, _tagged(made, track, form, file, cache), about)


def _whole_file(made: MadeAlbum, form: str) -> str:
    """Return a name that no other format of the whole has."""
    width = " (24 bits)" if form == "wav24" and "wav16" in made.whole else ""
    return f"{made.whole_name}{width}.{SUFFIXES[form]}"


def _about(path: str, form: str, file: AudioFile, seconds: float, track: int) -> PackagedFile:
    known = file.known
    return PackagedFile(
        path=path,
        bytes=0,
        sha256=known.sha256,
        format=form,
        track=track,
        seconds=round(seconds, 6),
        loudness_lufs=known.lufs,
        true_peak_dbtp=known.dbtp,
    )


def _as_track(made: MadeAlbum, file: AudioFile) -> AlbumTrack:
    """Return the whole album as its only track, for tags."""
    return msgspec.structs.replace(
        whole_track(made.album), loudness_lufs=file.known.lufs, true_peak_dbtp=file.known.dbtp
    )


def _tagged(
    made: MadeAlbum, track: AlbumTrack, form: str, file: AudioFile, cache: MasteringCache
) -> Callable[[], Iterator[bytes]]:
    kind, album = SUFFIXES[form], made.album

    def pieces() -> Iterator[bytes]:
        audio = tagged(cache.read(file.key, file.known), kind, album, track)  # type: ignore[arg-type]
        if made.signing is not None and kind in MEDIA_TYPES:
            audio = signed(audio, kind, album, track, made.signing)  # type: ignore[arg-type]
        yield audio

    return pieces


def _copied(file: AudioFile, cache: MasteringCache) -> Callable[[], Iterator[bytes]]:
    return lambda: cache.pieces(file.key, file.known)


def _beside_tracks(made: MadeAlbum) -> Iterator[PackageItem]:
    for track, name in zip(made.album.tracks, made.names, strict=True):
        if words := plain_lyrics(track):
            yield _text(f"{LYRICS}/{name}.txt", words)
        if timed := lrc(made.album, track):
            yield _text(f"{LYRICS}/{name}.lrc", timed)
        yield _plain(f"{NOTES}/{name}.xmp", xmp(made.album, track))


def _beside_whole(made: MadeAlbum) -> Iterator[PackageItem]:
    album = made.album
    for number, form in enumerate(made.whole):
        file = _whole_file(made, form)
        sheet = cue_sheet(album, {track.number: file for track in album.tracks})
        which = f" ({form})" if number else ""
        yield _text(f"{WHOLE}/{made.whole_name}{which}.cue", sheet)
    if "wav16" in made.whole:
        yield _plain(f"{WHOLE}/{made.whole_name}.v07t", cd_text(album).sheet)
    if len(album.tracks) > 1:
        yield _text("chapters.txt", chapter_list(album).text)
        yield _text("chapters.json", podcast_chapters(album))
        yield _text("chapters.ffmetadata", ffmetadata(album))


def _text(path: str, text: str) -> PackageItem:
    return _plain(path, text.encode("utf-8", "replace"))


def _plain(path: str, data: bytes) -> PackageItem:
    return PackageItem(path, lambda: iter([data]))


def _record(made: MadeAlbum, files: Sequence[PackagedFile]) -> PackageRecord:
    album, wanted = made.album, made.wanted
    heard = [track.loudness_lufs for track in album.tracks if track.loudness_lufs > -200]
    return PackageRecord(
        package=PACKAGE_VERSION,
        made_by=f"songbatch {__version__}",
        name=album.name,
        title=album.title,
        artist=album.artist,
        upc=album.upc,
        catalogue_number=album.catalogue_number,
        levels=AlbumLevels(
            mode=wanted.mode,
            target_lufs=wanted.target_lufs,
            bound_dbtp=wanted.true_peak_dbtp,
            loudness_lufs=round(-18.0 - album.gain_db, 2) if heard else None,
            true_peak_dbtp=album.peak_dbtp if heard else None,
            replay_gain_db=album.gain_db,
        ),
        tracks=tuple(map(_packaged, album.tracks, made.masters, made.places)),
        files=tuple(files),
    )


def _packaged(track: AlbumTrack, master: TrackMaster, place: TrackPlace) -> PackagedTrack:
    is_heard = track.loudness_lufs > -200
    return PackagedTrack(
        number=track.number,
        id=track.id,
        key=track.key,
        title=track.title,
        artist=track.artist,
        engine=track.engine,
        model=track.model,
        isrc=track.isrc,
        seconds=round(track.seconds, 6),
        start_seconds=round(track.start_seconds, 6),
        gap_seconds=round(place.gap / RATE, 6),
        crossfade_seconds=round(place.overlap / RATE, 6),
        loudness_lufs=track.loudness_lufs if is_heard else None,
        true_peak_dbtp=track.true_peak_dbtp if is_heard else None,
        gain_db=master.treatment.gain_db,
        limited=master.treatment.bound is not None,
    )
