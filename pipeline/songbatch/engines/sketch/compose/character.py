"""Character of sections: how high, how densely and how loudly they are sung, and played."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.engines.sketch.compose.sections import SectionKind

if TYPE_CHECKING:
    from songbatch.engines.sketch.compose.phrasing import Phrasing


class Character(msgspec.Struct, frozen=True):
    """What distinguishes the sections of a kind.

    Melodies lie between the shares `low` and `high` of the range, and inside it. Of each phrase the
    syllables take `spread` of what they would, and the last is held `held_beats` longer. `sung_db`
    and `played_db` are levels of voice and band.
    """

    low: float = 0.0
    high: float = 1.0
    spread: float = 1.0
    held_beats: float = 0.0
    sung_db: float = 0.0
    played_db: float = 0.0

    def phrasing(self, of_take: Phrasing) -> Phrasing:
        """Return a take's phrasing as it is in such a section."""
        return replace(
            of_take,
            spread=of_take.spread * self.spread,
            held_beats=of_take.held_beats + self.held_beats,
        )


CHARACTERS = {
    SectionKind.INTRO: Character(played_db=-1.0),
    SectionKind.STANZA: Character(),
    SectionKind.VERSE: Character(low=-0.1, high=0.62, sung_db=-1.0, played_db=-2.0),
    SectionKind.PRE_CHORUS: Character(low=0.15, high=0.8, played_db=-0.5),
    SectionKind.CHORUS: Character(
        low=0.34, high=1.12, spread=0.82, held_beats=1.0, sung_db=1.0, played_db=2.0
    ),
    SectionKind.BRIDGE: Character(low=0.2, high=0.85, sung_db=-0.5, played_db=-2.5),
    SectionKind.INSTRUMENTAL: Character(played_db=1.0),
    SectionKind.OUTRO: Character(),
}
