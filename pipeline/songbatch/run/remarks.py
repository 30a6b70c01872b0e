"""Remarks on what engines with jobs left open or did otherwise, as sentences for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def still_rendering(under_way: Iterable[tuple[str, int, bool]]) -> Iterator[str]:
    """Yield how many songs keep rendering at which engine, and how to get them.

    And how to have them cancelled, where that may save something.
    """
    for engine, songs, may_save in under_way:
        keep, them = ("keeps", "it") if songs == 1 else ("keep", "them")
        text = f"{count(songs, 'song')} {keep} rendering at {engine}: run again to collect {them}"
        cancel = ", or songbatch jobs --cancel to have them stopped" if may_save else ""
        yield text + cancel


def not_collected(left: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    """Yield how many songs of earlier runs are left at which engine, and why."""
    for engine, songs, reason in left:
        are = "is" if songs == 1 else "are"
        yield f"{count(songs, 'song')} of earlier runs {are} left at {engine}: {reason}"


def other_seeds(songs: Mapping[str, int]) -> Iterator[str]:
    """Yield that engines used other seeds than they were asked for, by how many songs."""
    for engine, number in songs.items():
        its = "its own seed" if number == 1 else "seeds of its own"
        yield (
            f"{engine} used {its} for {count(number, 'song')}, not what was asked for: rendered "
            "again, a song will be another one (the manifest has the seeds that were used)"
        )
