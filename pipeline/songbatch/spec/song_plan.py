"""A song's plan: its texts, matrix and rows, ready to expand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.spec.settings import ENGINE, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics import TemplateText
    from songbatch.spec.matrix import Matrix
    from songbatch.spec.rows import Rows
    from songbatch.spec.settings import SongSettings
    from songbatch.spec.song_keys import AskedFor
    from songbatch.spec.variants import Variant


RESERVED = ("spec", "title", "song", "take")
"""The variables every template has."""


class SectionPlan(msgspec.Struct, frozen=True):
    """A section that is written by itself: its words with the value that names them.

    `asked` is the style and the options that it has of its own.
    """

    lyrics: tuple[TemplateText, Scalar]
    asked: AskedFor
    is_file: bool = False
    """Whether the text is the name of a file of plain lyrics."""


class SongPlan(msgspec.Struct, frozen=True):
    """A song ready to expand. `lyrics` come with the value that names them.

    `engine` renders those variants that name no other; None for the project's usual one.
    What a profile says wins over both: `engine_over_all`.
    What could not be had is left out: such a song is expanded for its other mistakes only.
    """

    song: SongSettings
    lyrics: tuple[TemplateText, Scalar] | None
    lyrics_file: tuple[TemplateText, Scalar] | None
    """The name of a file of plain lyrics, and the value that has it."""
    roles: Mapping[str, tuple[TemplateText, Scalar]]
    tags: Mapping[str, TemplateText]
    cover: tuple[TemplateText, Scalar] | None
    output: tuple[TemplateText, Scalar] | None
    asked: AskedFor
    matrix: Matrix | None
    rows: Rows | None
    engine: str | None
    engine_over_all: str | None = None
    sections: tuple[SectionPlan, ...] = ()
    """The sections of a song that has its words in these."""

    def engine_of(self, variant: Variant) -> str | None:
        """Return what a variant is rendered with, as far as the spec says."""
        own = str(variant.values.get(ENGINE, "")).strip()
        return self.engine_over_all or own or self.engine

    @property
    def may_be_silent(self) -> bool:
        """Whether the song has no lyrics because it names none, and not because of a mistake."""
        return not self.song.is_broken(*WORDS) and not self.song.has_words

    @property
    def size(self) -> int:
        """How many renders there are at most."""
        combinations = self.matrix.size if self.matrix is not None else 1
        lines = len(self.rows.rows) if self.rows is not None else 1
        return combinations * lines * self.song.takes
