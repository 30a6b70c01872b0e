"""Lyrics beside a track: plain, and with the times of lines and, where they are known, of words.

Sources: the LRC format as players read it, with the times of words in `<mm:ss.xx>` ("enhanced
LRC"); for texts of ID3's SYLT, the ID3v2.4.0 native frames document.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from songbatch.handover.texts import lines, plain, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import Album, AlbumTrack, LineTimes


def plain_lyrics(track: AlbumTrack) -> str:
    """Return the words as a text file, "" if there are none."""
    words = lines(track.lyrics).strip("\n")
    return f"{words}\n" if words else ""


def lrc(album: Album, track: AlbumTrack) -> str:
    """Return the file for players, with the times of words where they are known; "" if unsung."""
    timed = sung_lines(track)
    if not timed:
        return ""
    texts = texts_of(album, track)
    named = {"ti": texts.title, "ar": texts.artist, "al": texts.album, "length": _length(track)}
    head = "".join(f"[{name}:{_bracketed(text)}]\n" for name, text in named.items() if text)
    words = _words_of_lines(track, timed)
    body = (_line(start, text, words.get(n, ())) for n, (start, text) in enumerate(timed))
    return head + "[re:songbatch]\n" + "".join(body)


def sung_lines(track: AlbumTrack) -> LineTimes:
    """Return lines with something in them and their times, in order."""
    cleaned = ((max(start, 0.0), plain(text)) for start, text in track.lines)
    return tuple(sorted(((s, t) for s, t in cleaned if t), key=lambda line: line[0]))


def sylt_texts(track: AlbumTrack, times: LineTimes) -> LineTimes:
    """Return texts and times as SYLT has them: a line's first begins with a line end."""
    if times is track.lines:
        return tuple((start, f"\n{text}") for start, text in sung_lines(track))
    begins = [start for start, _ in sung_lines(track)]
    return tuple(_sylt_words(sorted(times, key=lambda word: word[0]), begins))


def _sylt_words(words: list[tuple[float, str]], begins: list[float]) -> Iterator[tuple[float, str]]:
    line = -1
    for number, (start, text) in enumerate(words):
        here = _line_at(begins, start)
        before = "\n" if here != line or not number else " "
        line = here
        if word := plain(text):
            yield start, before + word


def _words_of_lines(track: AlbumTrack, timed: LineTimes) -> dict[int, list[tuple[float, str]]]:
    """Return the words of each line by its place; a word before the first line is the first's."""
    begins = [start for start, _ in timed]
    found: dict[int, list[tuple[float, str]]] = {}
    for start, text in sorted(track.words, key=lambda word: word[0]):
        if word := plain(text):
            found.setdefault(max(_line_at(begins, start), 0), []).append((start, word))
    return found


def _line_at(begins: list[float], start: float) -> int:
    # Engines round the times of lines and words apart.
    return bisect.bisect_right(begins, start + 0.01) - 1


def _line(start: float, text: str, words: list[tuple[float, str]] | tuple[()]) -> str:
    if not words:
        return f"[{_clock(start)}]{text}\n"
    sung = " ".join(f"<{_clock(max(when, start))}>{word}" for when, word in words)
    return f"[{_clock(start)}]{sung}\n"


def _clock(seconds: float) -> str:
    minutes, hundredths = divmod(round(100 * max(seconds, 0.0)), 6000)
    return f"{minutes:02}:{hundredths // 100:02}.{hundredths % 100:02}"


def _length(track: AlbumTrack) -> str:
    whole = round(track.seconds)
    return f"{whole // 60}:{whole % 60:02}"


def _bracketed(text: str) -> str:
    return text.replace("[", "(").replace("]", ")")
