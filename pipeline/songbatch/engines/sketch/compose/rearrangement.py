"""A recording rearranged: which of its spans sounds where in a new song.

Every span of the song is one of the recording: with the chord that is wished for or one that is
near it, at the same place in the bar, as loud as its section wants, and rather the one after the
span before, for then nothing is cut. The cheapest way through a section is found by dynamic
programming. What is composed afterwards goes by the chords that the chosen spans hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.harmony import pitch_classes
from songbatch.engines.sketch.compose.character import CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.analysis.harmony import Chord
    from songbatch.engines.sketch.analysis.spans import Spans
    from songbatch.engines.sketch.compose.form import SongPart
    from songbatch.engines.sketch.compose.progression import Copied

    Costs = NDArray[np.float64]

FEWEST_BARS = 8
"""Bars of a recording from which on it can be rearranged; fewer would only be repeated."""

# Costs, in cuts that nothing but continuity speaks against.
CUT = 1.0
STUTTER = 1.0
"""The same span again, beside the cut."""

OTHER_TONE = 0.08
"""A dB (root mean square over bands) by which a span begins unlike what it replaces."""

OTHER_PLACE = 6.0
"""Another place in the bar: its drums would be those of another beat."""

OTHER_CHORD = (8.0, 5.0, 2.0, 0.0)
"""A chord that shares so many notes with the one that is wished for."""

OTHER_LEVEL, OTHER_LEVEL_MOST = 0.05, 10.0
"""A dB off the section's level, and the dB beyond which no more is counted."""

USED = 0.6
"""Each time that a span was used in an earlier section: all of the recording is to be heard."""

WHIM = 0.35
"""What a take dislikes a span by, at most: takes are not alike."""

SOFT, LOUD = 0.25, 0.75
"""Shares of the recording's spans that are softer than the softest and the loudest section."""

NEVER = 1e6


def can_rearrange(heard: Features | None) -> bool:
    """Return whether there are enough bars, and the tonic for the end."""
    if heard is None or heard.spans is None:
        return False
    per_bar = heard.rhythm.beats_per_bar // heard.harmony.chord_beats
    held = heard.harmony.chords[: len(heard.spans.levels)]
    home = (heard.harmony.tonic, heard.harmony.mode)
    return len(held) >= FEWEST_BARS * per_bar and home in held


def rearranged(
    wished: Sequence[Chord],
    parts: Sequence[SongPart],
    heard: Features,
    copies: Sequence[Copied],
    rng: np.random.Generator,
) -> tuple[int, ...]:
    """Return the recording's span for every chord of a song, the last of which is the tonic.

    `copies` are music that comes again: the same chords, where it can from other bars of the
    recording. `can_rearrange` must have said yes.
    """
    assert heard.spans is not None  # noqa: S101  (see above)
    held = heard.harmony.chords[: len(heard.spans.levels)]
    per_bar = heard.rhythm.beats_per_bar // heard.harmony.chord_beats
    home = (heard.harmony.tonic, heard.harmony.mode)
    chosen = _Choice(held, per_bar, heard.spans, rng)
    sources = {
        copied.again + step: copied.first + step
        for copied in copies
        for step in range(copied.spans)
    }
    for part in parts:
        wishes = [_wish(n, wished, held, sources, chosen.path) for n in range(part.first, part.end)]
        chosen.add(wishes, CHARACTERS[part.kind].played_db)
    chosen.add([home], 0.0, only=True)
    return tuple(chosen.path)


def _wish(
    span: int,
    wished: Sequence[Chord],
    held: Sequence[Chord],
    sources: Mapping[int, int],
    path: Sequence[int],
) -> Chord:
    """Return the chord that a span wants: that of the first time, if it comes again."""
    first = sources.get(span)
    if first is None or first >= len(path) or wished[first] != wished[span]:
        return wished[span]
    return held[path[first]]


class _Choice:
    """The path so far, made section by section: what was used is used again later."""

    def __init__(
        self, held: Sequence[Chord], per_bar: int, spans: Spans, rng: np.random.Generator
    ) -> None:
        self.path: list[int] = []
        self._held, self._per_bar = held, per_bar
        self._levels = np.array(spans.levels)
        self._jumps = _jumps(spans)
        self._worn = rng.uniform(0, WHIM, len(held))

    def add(self, wishes: Sequence[Chord], played_db: float, *, only: bool = False) -> None:
        """Add spans for the wishes of a section that is `played_db` louder; or for `only` these."""
        if not wishes:
            return
        cost = np.array([[OTHER_CHORD[_shared(w, h)] for h in self._held] for w in wishes])
        if only:
            cost = np.where(cost > 0, NEVER, cost)
        places = np.arange(len(self.path), len(self.path) + len(wishes))
        away = (np.arange(len(self._held)) - places[:, None]) % self._per_bar != 0
        cost += OTHER_PLACE * away + self._level_cost(played_db) + self._worn
        if self.path:
            cost[0] += self._jumps[self.path[-1]]
        found = _cheapest(cost, self._jumps)
        self.path += found
        np.add.at(self._worn, found, USED)

    def _level_cost(self, played_db: float) -> Costs:
        """Return what it costs to be louder or softer than a section, within the recording."""
        levels = [character.played_db for character in CHARACTERS.values()]
        share = float(np.interp(played_db, (min(levels), max(levels)), (SOFT, LOUD)))
        off = np.abs(self._levels - float(exact.percentile(self._levels, 100 * share)))
        return np.asarray(OTHER_LEVEL * np.minimum(off, OTHER_LEVEL_MOST))


def held_chords(heard: Features, spans: Iterable[int]) -> tuple[Chord, ...]:
    """Return the chords of spans of a recording."""
    return tuple(heard.harmony.chords[span] for span in spans)


def _shared(one: Chord, other: Chord) -> int:
    return len(set(pitch_classes(one)) & set(pitch_classes(other)))


def _jumps(spans: Spans) -> Costs:
    """Return what it costs to go from span to span: a cut, and how unlike the next one begins."""
    tones = np.array(spans.tones, np.float64)
    after = np.concatenate([tones[1:], tones[-1:]])
    unlike = np.sqrt(np.square(after[:, None] - tones[None, :]).mean(axis=2))
    jumps = CUT + OTHER_TONE * unlike
    each = np.arange(len(tones))
    jumps[each[:-1], each[1:]] = 0.0
    jumps[each, each] += STUTTER
    return np.asarray(jumps)


def _cheapest(cost: Costs, jumps: Costs) -> list[int]:
    """Return the cheapest way through rows of costs."""
    total, came_from = cost[0], []
    for row in cost[1:]:
        ways = total[:, None] + jumps
        came_from.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + row
    path = [int(total.argmin())]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return path[::-1]
