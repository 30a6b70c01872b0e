"""Credits of songs for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.views.tables import row
from songbatch.diagnostics import printable
from songbatch.formatting import count, enumerated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.album import CreditedReference
    from songbatch.outputs.credits import SongCredits


def credits_text(songs: Sequence[SongCredits]) -> str:
    """Return a paragraph for each song, and at the end which recordings lack rights."""
    paragraphs = ["\n".join(_lines(song)) for song in songs]
    return "\n\n".join([*paragraphs, "\n".join(_summary(songs))])


def _lines(song: SongCredits) -> Iterator[str]:
    by = f" by {song.artist}" if song.artist else ""
    picked = " (picked)" if song.is_picked else ""
    yield click.style(printable(f"{song.id}: {song.title}{by}{picked}"), bold=True)
    model = f", {song.model}" if song.model and song.model != song.engine else ""
    yield from row("made by", f"{song.engine}{model}")
    yield from row("note", song.ai_note)
    yield from row("source type", song.source_type.rpartition("/")[2])
    for one in song.references:
        yield from row("follows", f"{one.name} ({one.purpose}): {where(one)}")
        for key, text in said(one):
            yield from row(f"  {key}", text)
    if not song.references:
        yield from row("follows", "no recording")


def where(one: CreditedReference) -> str:
    """Return where a recording is, or what is known of it otherwise."""
    return one.source or f"not in the project any more; sha256 {one.sha256}"


def said(one: CreditedReference) -> list[tuple[str, str]]:
    """Return the rights of a recording, key by key."""
    if one.rights is None:
        return [("rights", "nothing is said of them")]
    return [*one.rights.said().items()]


def _summary(songs: Sequence[SongCredits]) -> Iterator[str]:
    every = {one.sha256: one for song in songs for one in song.references}
    yield f"{count(len(songs), 'song')}, {count(len(every), 'recording')} followed."
    lacking = sorted({r.name for r in every.values() if not (r.rights and r.rights.are_cleared)})
    if lacking:
        yield printable(
            f"Not said whose, or why it may be used: {enumerated(lacking)}. Write into the spec: "
            'rights: {holder: "NAME", consent: "HOW AND WHEN THEY AGREED"}'
        )
