"""Credits of songs as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.views.credits_text import said, where
from songbatch.cli.views.markdown import code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.outputs.credits import SongCredits


def credits_markdown(songs: Sequence[SongCredits]) -> str:
    """Return a list with the recordings below each song."""
    return "\n".join(line for song in songs for line in _lines(song))


def _lines(song: SongCredits) -> Iterator[str]:
    by = f" by {code(song.artist)}" if song.artist else ""
    yield f"- {code(song.title)}{by}, {code(song.id)}"
    yield f"  - {code(song.ai_note)} Source type: {code(song.source_type)}"
    yield f"  - made by {code(song.engine)}, model {code(song.model)}"
    for one in song.references:
        rights = "; ".join(f"{key}: {code(text)}" for key, text in said(one))
        yield f"  - follows {code(one.name)} ({one.purpose}, {code(where(one))}): {rights}"
