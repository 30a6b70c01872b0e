"""Chapters of a whole album: for ffmpeg, for podcast players, and for a video's description.

Sources: ffmpeg's metadata format; the JSON Chapters format 1.2.0 of the podcast namespace; for
lists in descriptions, YouTube's help: three or more, the first at 0:00, each of ten seconds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import printable_json
from songbatch.handover.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import Album

FEWEST, SHORTEST_SECONDS = 3, 10.0
_SPECIAL = re.compile(r"([=;#\\\n])")


class ChapterList(msgspec.Struct, frozen=True):
    """Lines to paste, and why a video site would make no chapters of them, in sentences."""

    text: str
    notes: tuple[str, ...]


class _Chapter(msgspec.Struct, frozen=True):
    """A part of the whole in seconds."""

    start: float
    end: float
    title: str


def ffmetadata(album: Album) -> str:
    """Return the chapters and the album's names as ffmpeg reads them with `-i`."""
    named = {
        "title": album.title,
        "artist": album.artist,
        "album": album.title,
        "date": album.tags.get("year", ""),
        "genre": album.tags.get("genre", ""),
        "copyright": album.copyright,
    }
    head = (f"{name}={_escaped(text)}\n" for name, text in named.items() if plain(text))
    parts = (
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={round(1000 * part.start)}\n"
        f"END={round(1000 * part.end)}\ntitle={_escaped(part.title)}\n"
        for part in _chapters(album)
    )
    return "".join((";FFMETADATA1\n", *head, *parts))


def podcast_chapters(album: Album) -> str:
    """Return the chapters as JSON."""
    chapters = [
        {
            "startTime": round(part.start, 3),
            "endTime": round(part.end, 3),
            "title": part.title,
        }
        for part in _chapters(album)
    ]
    body = {
        "version": "1.2.0",
        "title": plain(album.title),
        "author": plain(album.artist),
        "chapters": chapters,
    }
    return printable_json(body, indent=2) + "\n"


def chapter_list(album: Album) -> ChapterList:
    """Return a line for each track, `4:07 Rain`, and what a video site would not take."""
    parts = list(_chapters(album))
    has_hours = bool(parts) and parts[-1].start >= 3600
    lines = (f"{_clock(part.start, has_hours=has_hours)} {part.title}\n" for part in parts)
    return ChapterList("".join(lines), tuple(_notes(parts)))


def _chapters(album: Album) -> Iterator[_Chapter]:
    """Yield the chapters: each ends where the next begins, and the first begins with the album."""
    starts = [track.start_seconds for track in album.tracks]
    for number, track in enumerate(album.tracks):
        start = starts[number] if number else 0.0
        is_last = number + 1 == len(starts)
        end = track.start_seconds + track.seconds if is_last else starts[number + 1]
        yield _Chapter(start, max(end, start), plain(track.title) or f"Track {track.number}")


def _notes(parts: list[_Chapter]) -> Iterator[str]:
    if len(parts) < FEWEST:
        yield f"{FEWEST} chapters or more are wanted, and there are {len(parts)}"
    for part in parts:
        if part.end - part.start < SHORTEST_SECONDS:
            length = f"{part.end - part.start:.1f} s"
            yield f"{part.title}: {length}, and a chapter lasts {SHORTEST_SECONDS:.0f} s or more"


def _clock(seconds: float, *, has_hours: bool) -> str:
    whole = int(seconds)
    if has_hours:
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{whole // 60}:{whole % 60:02}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", plain(text))
