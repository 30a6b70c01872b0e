"""A recording rearranged: which of its spans sounds where in a new song.

Every span of the song is one of the recording: with the chord that is wished for or one that is
near it, at the same place in the bar, as loud as its section wants, and rather the one after the
span before, for then nothing is cut. The cheapest way through is found by dynamic programming. What
is composed afterwards goes by the chords that the chosen spans hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.harmony import pitch_classes
from songbatch.engines.sketch.compose.character import CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

OTHER_LEVEL, OTHER_LEVEL_MOST = 0.1, 10.0
"""A dB off the section's level, and the dB beyond which no more is counted."""

SAME_AGAIN = 1.5
"""What is saved by the same span where music comes again."""

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

    `copies` are music that comes again. `can_rearrange` must have said yes.
    """
    assert heard.spans is not None  # noqa: S101  (see above)
    held = heard.harmony.chords[: len(heard.spans.levels)]
    per_bar = heard.rhythm.beats_per_bar // heard.harmony.chord_beats
    jumps = _jumps(heard.spans, len(held))
    cost = _chord_costs(wished, held) + _place_costs(len(wished), len(held), per_bar)
    cost += _level_costs(len(wished), parts, np.array(heard.spans.levels[: len(held)]))
    cost += rng.uniform(0, WHIM, len(held))
    home = (heard.harmony.tonic, heard.harmony.mode)
    cost[-1] += [0.0 if chord == home else NEVER for chord in held]
    path = _cheapest(cost, jumps)
    if copies:
        path = _cheapest(_tied(cost, wished, held, path, copies), jumps)
    return path


def held_chords(heard: Features, spans: Iterable[int]) -> tuple[Chord, ...]:
    """Return the chords of spans of a recording."""
    return tuple(heard.harmony.chords[span] for span in spans)


def _chord_costs(wished: Sequence[Chord], held: Sequence[Chord]) -> Costs:
    rows = {
        chord: [OTHER_CHORD[_shared(chord, other)] for other in held] for chord in set(wished)
    }
    return np.array([rows[chord] for chord in wished])


def _shared(one: Chord, other: Chord) -> int:
    return len(set(pitch_classes(one)) & set(pitch_classes(other)))


def _place_costs(spans: int, held: int, per_bar: int) -> Costs:
    away = (np.arange(held)[None, :] - np.arange(spans)[:, None]) % per_bar != 0
    return np.where(away, OTHER_PLACE, 0.0)


def _level_costs(spans: int, parts: Sequence[SongPart], levels: Costs) -> Costs:
    """Return costs for spans × held: sections are as loud as their kind, within the recording."""
    loudest = max(c.played_db for c in CHARACTERS.values())
    softest = min(c.played_db for c in CHARACTERS.values())
    wanted = np.full(spans, float(np.median(levels)))
    for part in parts:
        share = SOFT + (LOUD - SOFT) * (CHARACTERS[part.kind].played_db - softest) / (
            loudest - softest
        )
        wanted[part.first : part.end] = float(exact.percentile(levels, 100 * share))
    off = np.abs(wanted[:, None] - levels[None, :])
    return np.asarray(OTHER_LEVEL * np.minimum(off, OTHER_LEVEL_MOST))


def _jumps(spans: Spans, count: int) -> Costs:
    """Return what it costs to go from span to span: a cut, and how unlike the next one begins."""
    tones = np.array(spans.tones[:count], np.float64)
    after = np.concatenate([tones[1:], tones[-1:]])
    unlike = np.sqrt(np.square(after[:, None] - tones[None, :]).mean(axis=2))
    jumps = CUT + OTHER_TONE * unlike
    each = np.arange(count)
    jumps[each[:-1], each[1:]] = 0.0
    jumps[each, each] += STUTTER
    return np.asarray(jumps)


def _cheapest(cost: Costs, jumps: Costs) -> tuple[int, ...]:
    """Return the cheapest way through rows of costs."""
    total, came_from = cost[0], []
    for row in cost[1:]:
        ways = total[:, None] + jumps
        came_from.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + row
    path = [int(total.argmin())]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return tuple(path[::-1])


def _tied(
    cost: Costs,
    wished: Sequence[Chord],
    held: Sequence[Chord],
    path: Sequence[int],
    copies: Sequence[Copied],
) -> Costs:
    """Return costs by which music that comes again is, where it can, the same spans again.

    Where the chord was not to be had the first time, its substitute is wished for.
    """
    tied = cost.copy()
    for copied in copies:
        for step in range(copied.spans):
            first, again = copied.first + step, copied.again + step
            if max(first, again) >= len(wished) - 1:
                continue
            tied[first, path[first]] -= SAME_AGAIN
            tied[again, path[first]] -= SAME_AGAIN
            if wished[first] == wished[again] and held[path[first]] != wished[again]:
                tied[again] += _chord_costs([held[path[first]]], held)[0]
                tied[again] -= _chord_costs([wished[again]], held)[0]
    return tied
