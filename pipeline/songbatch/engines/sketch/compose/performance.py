"""Parts of one performance: what a part of a song shares with the others without knowing them.

The words of a part decide nothing of the others. What is chosen at random goes by the kind of a
section and the place of a line in it: a chorus is the same in whatever part it comes.
"""

from __future__ import annotations

import msgspec
import numpy as np

from songbatch.engines.sketch.compose.sections import SectionKind
from songbatch.model import PartPlace

_KINDS = list(SectionKind)


class Performance(msgspec.Struct, frozen=True):
    """Where in its song a part is; `seed` is that of all parts."""

    place: PartPlace
    seed: int

    @property
    def begins(self) -> bool:
        """Whether the song begins with this part."""
        return self.place is PartPlace.FIRST

    @property
    def ends(self) -> bool:
        """Whether the song ends with this part."""
        return self.place is PartPlace.LAST

    def rng(self, kind: SectionKind, line: int, purpose: int) -> np.random.Generator:
        """Return the generator for a line of a section, counted from 0, and what it is for."""
        return np.random.default_rng([self.seed, _KINDS.index(kind), line, purpose])
