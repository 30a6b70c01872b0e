"""Places of chord spans in the form of a song: what a player knows about where the song is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.sketch.compose.sections import SectionKind

if TYPE_CHECKING:
    from songbatch.engines.sketch.compose.score import Score

LOUD = frozenset({SectionKind.CHORUS, SectionKind.INSTRUMENTAL})
"""Sections that a cymbal opens, and a stop may prepare."""


class SpanPlace(msgspec.Struct, frozen=True):
    """A chord span in its section, whose bars are counted from 0.

    `opens` says that a loud section begins with it, `ends_section` that another begins after it,
    and `stops` that the band is silent in its last beat.
    """

    kind: SectionKind
    bar: int
    ends_bar: bool
    opens: bool
    ends_section: bool
    stops: bool


def places_of(score: Score, stops_first: int) -> list[SpanPlace]:
    """Return the places of all spans but the last, which rings.

    Loud sections are prepared by a fill and by a stop in turn, `stops_first` (0 or 1) says which is
    first.
    """
    spans_per_bar = score.beats_per_bar // score.chord_beats
    places = []
    louder = stops_first
    for part, after in zip(score.parts, [*score.parts[1:], None], strict=True):
        to_loud = after is not None and after.kind in LOUD
        louder += to_loud
        for span in range(part.spans):
            is_last = span + 1 == part.spans
            places.append(
                SpanPlace(
                    kind=part.kind,
                    bar=span // spans_per_bar,
                    ends_bar=(span + 1) % spans_per_bar == 0,
                    opens=part.kind in LOUD and span == 0,
                    ends_section=is_last,
                    stops=is_last and to_loud and louder % 2 == 0,
                )
            )
    return places
