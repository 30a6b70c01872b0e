"""Albums that words of a user mean: a file's, a spec's, or the only one that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.album import AlbumSheet
from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.layout import ALBUMS
from songbatch.shell import shell_word
from songbatch.sources import Source, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.batch.loading import Batch
    from songbatch.spec_files import SpecFile

LISTED = 8
"""Albums that a message names."""


def meant_file(word: str, files: Sequence[SpecFile]) -> SpecFile | None:
    """Return the file of an album that a word means by its name or its path."""
    plain = word.replace("\\", "/").removeprefix("./")
    return next((one for one in files if plain in {one.name, one.path}), None)


def only_album(batch: Batch) -> AlbumSheet:
    """Return the album of a project of which nobody said which. Raises UsageError."""
    sheets = [*batch.albums]
    if not sheets and len(batch.specs) == 1:
        return album_of(batch, batch.specs[0].name)
    if len(sheets) == 1:
        return sheets[0]
    names = sorted(sheet.name for sheet in sheets) or [spec.name for spec in batch.specs]
    more = ", …" if len(names) > LISTED else ""
    raise UsageError(
        f"which album? there are {', '.join(names[:LISTED])}{more}",
        fix=f"songbatch deliver {shell_word(names[0])}" if names else "write a spec first",
    )


def album_of(batch: Batch, spec: str) -> AlbumSheet:
    """Return the album of a spec: as it stands there, else all its songs as they come."""
    for sheet in batch.albums:
        if sheet.spec == spec:
            return sheet
    found = next(one for one in batch.specs if one.name == spec)
    return AlbumSheet(
        name=spec, path=found.path, span=Span(Source(found.path, "")), spec=spec, title=found.title
    )


def album_in(batch: Batch, file: SpecFile) -> AlbumSheet:
    """Return the album of a file that was read without errors."""
    return next(sheet for sheet in batch.albums if sheet.path == file.path)


def no_such_album(word: str, known: Sequence[str]) -> UsageError:
    """Return the refusal of a word that means no album."""
    listed = ", ".join(sorted(known)[:LISTED])
    have = f"there are {listed}" if listed else f"write specs/NAME.yaml or {ALBUMS}/NAME.yaml"
    return UsageError(f"there is no album {word!r}", fix=did_you_mean(word, known) or have)
