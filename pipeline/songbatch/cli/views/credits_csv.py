"""Credits of songs for spreadsheets: a row for each recording that a song follows."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from songbatch.diagnostics import printable
from songbatch.model import Rights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.outputs.credits import SongCredits

_SONG = ("id", "title", "artist", "picked", "engine", "model", "ai_note", "digital_source_type")
_RECORDING = ("reference", "purpose", "source", "sha256")
_FORMULAS = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet would carry out."""


def credits_csv(songs: Sequence[SongCredits]) -> str:
    """Return CSV with a header; a song that follows nothing has a row without a recording."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_SONG, *_RECORDING, *Rights.__struct_fields__])
    writer.writerows([[_cell(c) for c in row] for song in songs for row in _rows(song)])
    return text.getvalue().rstrip("\n")


def _rows(song: SongCredits) -> Iterator[Sequence[str]]:
    own = (
        song.id, song.title, song.artist, "yes" if song.is_picked else "no",
        song.engine, song.model, song.ai_note, song.source_type,
    )  # fmt: skip
    for one in song.references:
        rights = one.rights or Rights()
        said = (getattr(rights, name) or "" for name in Rights.__struct_fields__)
        yield (*own, one.name, one.purpose, one.source, one.sha256, *said)
    if not song.references:
        yield (*own, *[""] * (len(_RECORDING) + len(Rights.__struct_fields__)))


def _cell(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if shown.startswith(_FORMULAS) else shown
