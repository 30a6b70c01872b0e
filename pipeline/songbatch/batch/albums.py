"""The albums of a project: those that stand in specs, and those in files of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.cover import NotACover, measure_cover
from songbatch.audio.cover_colours import colours
from songbatch.batch.album_songs import album_songs
from songbatch.diagnostics import Diagnostic, has_errors, sort_key
from songbatch.documents.codes import make_diagnostic
from songbatch.sources import Source, Span, Unreadable
from songbatch.spec.album_sheet import load_album

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.album import AlbumSheet
    from songbatch.batch.loading import Batch
    from songbatch.model import Picture, UnresolvedRender
    from songbatch.spec_files import SpecFile
    from songbatch.workspace import Workspace

LEAST_PIXELS, BEST_PIXELS = 1400, 3000
"""What most shops take at least, and what they advise: the sides of a square."""


def with_albums(
    batch: Batch, workspace: Workspace, files: Iterable[SpecFile] | None = None
) -> Batch:
    """Return the batch of all specs with the project's albums, and what is wrong with those.

    `files` are those of albums, None for all that there are.
    """
    sheets = [*batch.albums]
    wrong: list[Diagnostic] = []
    for file in workspace.albums() if files is None else files:
        try:
            result = load_album(workspace.read(file.path), file.name)
        except Unreadable as error:
            span = Span(Source(file.path, ""))
            wrong.append(
                Diagnostic(
                    "album.unreadable", span, "cannot read the album", error.reason, error.fix
                )
            )
            continue
        wrong += result.diagnostics
        if result.sheet is not None and not has_errors(result.diagnostics):
            sheets.append(result.sheet)
    if not batch.has_errors:  # else a song may only seem to be missing
        renders = [render for spec in batch.specs for render in spec.renders]
        wrong += (found for sheet in sheets for found in judge_album(sheet, renders, workspace))
    if not sheets and not wrong:
        return batch
    diagnostics = tuple(sorted((*batch.diagnostics, *wrong), key=sort_key))
    return msgspec.structs.replace(batch, albums=tuple(sheets), diagnostics=diagnostics)


def judge_album(
    sheet: AlbumSheet, renders: Iterable[UnresolvedRender], workspace: Workspace
) -> Iterator[Diagnostic]:
    """Yield what is wrong with an album whose words are well-formed: its songs, its cover."""
    yield from album_songs(sheet, renders)[1]
    if sheet.cover is not None:
        yield from _judge_cover(sheet.cover, workspace)


def _judge_cover(picture: Picture, workspace: Workspace) -> Iterator[Diagnostic]:
    try:
        data = workspace.read_bytes(picture.file)
        size = measure_cover(data)
    except Unreadable as error:
        detail = f"{picture.file}: {error.reason}"
        yield make_diagnostic("album.cover", picture.span, detail, error.fix)
        return
    except NotACover as error:
        yield make_diagnostic("album.cover", picture.span, f"{picture.file}: {error}", error.fix)
        return
    kind = colours(data)
    if kind == "CMYK":
        detail = f"{picture.file}: it has the colours of print (CMYK)"
        fix = "export it in RGB (sRGB), as JPEG or PNG"
        yield make_diagnostic("album.cover", picture.span, detail, fix)
    grey = ", in grey" if kind == "grey" else ""
    said = f"{picture.file}: {size.width} × {size.height} pixels{grey}"
    best = f"use a square of {BEST_PIXELS} × {BEST_PIXELS}; {LEAST_PIXELS} at least, in RGB"
    if grey or size.width != size.height or size.width < LEAST_PIXELS:
        yield make_diagnostic("album.small-cover", picture.span, said, best)
