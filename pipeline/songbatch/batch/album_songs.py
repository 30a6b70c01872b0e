"""The songs of an album: the names in its sequence, found among renders. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.album import SequenceItem
from songbatch.diagnostics import did_you_mean
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.schema_messages import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.album import AlbumSheet
    from songbatch.diagnostics import Diagnostic
    from songbatch.model import UnresolvedRender

SHOWN = 5
"""Variants that a fix lists."""


class AlbumSong(msgspec.Struct, frozen=True):
    """A place of an album: what its author wrote, and the variant that is meant.

    `variant` is the id of its renders without the take; `take` is None where the picks choose.
    """

    item: SequenceItem
    variant: str
    take: int | None = None


def album_songs(
    sheet: AlbumSheet, renders: Iterable[UnresolvedRender]
) -> tuple[list[AlbumSong], list[Diagnostic]]:
    """Return the songs of an album in their order, and what is wrong with its sequence.

    `renders` are those of all specs that it may be of.
    """
    known = _Variants(renders)
    if not sheet.sequence:
        items = (SequenceItem(song=name, span=sheet.span) for name in known.of_spec(sheet.spec))
        return [AlbumSong(item, item.song) for item in items], []
    found: list[AlbumSong] = []
    wrong: list[Diagnostic] = []
    for item in sheet.sequence:
        song = known.meant(item, sheet.spec)
        (found if isinstance(song, AlbumSong) else wrong).append(song)  # type: ignore[arg-type]
    return found, wrong


class _Variants:
    """Variants by their ids, with the numbers of their takes."""

    def __init__(self, renders: Iterable[UnresolvedRender]) -> None:
        self._takes: dict[str, set[int]] = {}
        for render in renders:
            self._takes.setdefault(render.id.rpartition("/")[0], set()).add(render.take)

    def of_spec(self, spec: str) -> list[str]:
        return [name for name in self._takes if name.startswith(f"{spec}/")]

    def meant(self, item: SequenceItem, spec: str) -> AlbumSong | Diagnostic:
        written = item.song.strip().strip("/")
        names = [f"{spec}/{written}"] if spec else []
        names += [written, *(n for n in self._takes if n.partition("/")[2] == written)]
        for name in names:
            found = self._named(item, name)
            if found is not None:
                return found
        return self._unknown(item, written, spec)

    def _named(self, item: SequenceItem, name: str) -> AlbumSong | Diagnostic | None:
        if name in self._takes:
            return AlbumSong(item, name)
        variant, _, number = name.rpartition("/")
        if number.isdecimal() and int(number) in self._takes.get(variant, ()):
            return AlbumSong(item, variant, int(number))
        below = [variant for variant in self._takes if variant.startswith(f"{name}/")]
        if len(below) == 1:
            return AlbumSong(item, below[0])
        if not below or "/" not in name:
            return None
        shown = ", ".join(below[:SHOWN]) + (", …" if len(below) > SHOWN else "")
        detail = f"{quoted(item.song)} has {len(below)}"
        return make_diagnostic("album.several", item.span, detail, f"write one of {shown}")

    def _unknown(self, item: SequenceItem, written: str, spec: str) -> Diagnostic:
        own = [name.partition("/")[2] for name in self.of_spec(spec)] if spec else []
        near = did_you_mean(written, [*own, *self._takes])
        listed = ", ".join((own or [*self._takes])[:SHOWN])
        fix = near or (f"there are {listed}" if listed else "there are no songs")
        return make_diagnostic("album.song", item.span, quoted(item.song), fix)
