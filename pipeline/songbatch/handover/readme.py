"""README.txt of a package: what is in it, and how whoever receives it can check it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from songbatch.formatting import clock, count
from songbatch.handover.ai_note import note_of
from songbatch.handover.checksums import NAME
from songbatch.handover.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.album import Album

_KINDS = {
    "wav": "masters, without any loss",
    "flac": "masters without any loss, smaller, with all tags",
    "mp3": "for every player, with all tags",
    "opus": "small, for phones and the web, with all tags",
    "m4a": "AAC, for players of Apple and cars, with all tags",
    "mp4": "a video with the cover and chapters",
    "cue": "a cue sheet: the tracks and their gaps, for burning and players",
    "v07t": "CD-Text, for cdrskin",
    "lrc": "lyrics with their times, for players",
    "xmp": "machine-readable notes that AI made the audio",
    "jpg": "the cover",
    "png": "the cover",
}
_FOLDERS = {
    "wav16": "masters of 16 bits, for CDs and shops",
    "wav24": "masters of 24 bits, for shops and further work",
}
_WHOLE = "whole"
_NAMES = {
    "credits.txt": "who and what made the music, and the rights to recordings",
    "credits.md": "credits for web pages (Markdown)",
    "credits.json": "credits for programs",
    "chapters.txt": "chapters for a video's description",
    "chapters.json": "chapters for podcast players",
    "chapters.ffmetadata": "chapters for ffmpeg",
    "package.json": "the record of the package, for songbatch verify",
    NAME: "SHA-256 checksums of all files",
}


def readme(album: Album, names: Sequence[str]) -> str:
    """Return the text; `names` are the package's files, POSIX, below its top folder."""
    return "".join(f"{line}\n" for line in _lines(album, names))


def _lines(album: Album, names: Sequence[str]) -> Iterator[str]:
    title = " – ".join(filter(None, (plain(album.artist), plain(album.title))))
    yield title
    yield "=" * len(title)
    yield ""
    yield from (f"{track.number:>3}  {_song(album, track.number)}" for track in album.tracks)
    yield ""
    total = max((track.start_seconds + track.seconds for track in album.tracks), default=0.0)
    yield f"{count(len(album.tracks), 'track')}, {clock(total)} in all."
    yield ""
    yield "What is in this package"
    yield "-----------------------"
    yield from _contents(names)
    yield ""
    yield "How to check it"
    yield "---------------"
    yield f"{NAME} has the checksum of every file. In this folder, run"
    yield f"    Linux:    sha256sum -c {NAME}"
    yield f"    macOS:    shasum -a 256 -c {NAME}"
    yield "    Windows:  Get-FileHash FILE   (in PowerShell; compare it with the file's line)"
    yield "With songbatch: songbatch verify FOLDER-OR-ZIP"
    yield ""
    yield "How it was made"
    yield "---------------"
    yield from dict.fromkeys(note_of(track) for track in album.tracks)
    yield "The files say so too, in words and as IPTC's digital source type."


def _song(album: Album, number: int) -> str:
    track = next(track for track in album.tracks if track.number == number)
    by = "" if track.artist in {"", album.artist} else f" – {plain(track.artist)}"
    return f"{plain(track.title)}{by}  {clock(track.seconds)}"


def _contents(names: Sequence[str]) -> Iterator[str]:
    """Yield a line for every kind of file in a folder, and one for each that has a name of ours."""
    rows = dict.fromkeys(filter(None, map(_row, sorted(names))))
    width = max((len(what) for what, _ in rows), default=0)
    yield from (f"{what:<{width}}  {means}" for what, means in rows)


def _row(name: str) -> tuple[str, str] | None:
    folder, base = posixpath.split(name)
    if base in _NAMES:
        return plain(name), _NAMES[base]
    ending = base.rpartition(".")[2].lower()
    if ending == "txt" and folder == "lyrics":
        return "lyrics/*.txt", "lyrics"
    means = _FOLDERS.get(folder, _KINDS.get(ending, ""))
    if not means:
        return None
    if folder == _WHOLE:
        means = f"the whole album: {means}"
    return plain(posixpath.join(folder, f"*.{ending}") if folder else base), means
