"""Text setting: syllables on the grid of a phrase, stress on strong beats, then a rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.compose.phrasing import Phrasing
    from songbatch.engines.sketch.phonetics.syllable import Line

FULL = 0.92
"""Share of a phrase's slots that syllables may take before the grid is made finer."""

REST_BEATS, REST = 0.6, 0.4
"""The rest at the end of a phrase, in beats and in seconds, at least: a singer breathes."""

LONGEST_NOTE_BEATS = 2.2
"""Of every note but the last."""

SHORTEST_NOTE = 0.12
"""Seconds."""

HASTE = 2.6
"""Syllables a second beyond which no phrase is pressed together."""

FINEST = 0.14
"""Seconds of a slot below which a grid is not made finer for its own sake."""

HURRIED, HURRY_COST = 0.2, 1.2
"""Seconds below which a syllable is short, and what that costs."""

REACH_BEATS = 6
"""The farthest a syllable may be from an even pace; bounds the search for long lines."""

WHIM = 0.22
"""The most that is added at random to a beat's strength."""

LIKE = 0.7
"""What a slot is preferred by where the melody that is sung again has a note."""

SAME_STRESS = 0.5
"""Share of stressed syllables that must be stressed in it as well for its rhythm to be kept."""

ENTRY_COST = 2.2
"""A beat away from where the phrase enters."""

STRESS_WEIGHT = {1: 0.9, 2: 0.3, 0: -0.25}
"""Preference of a syllable for a strong beat, by its stress; negative to shun one."""

# Strengths of a bar's first beat, of its middle, of its other beats and of what lies between.
FIRST = 1.0
MIDDLE = 0.8
OTHER = 0.6
BETWEEN = 0.15


class PhraseGrid(msgspec.Struct, frozen=True):
    """The beats of a phrase, each of `beat_seconds`, from beat `first_beat` of its bar on."""

    beat_seconds: float
    beats: int
    first_beat: int
    beats_per_bar: int


class SyllableSlot(msgspec.Struct, frozen=True):
    """The time of a syllable, in seconds from the phrase's start; its beat's weight, 0 to 1."""

    start: float
    end: float
    weight: float


def set_syllables(
    line: Line,
    place: PhraseGrid,
    phrasing: Phrasing,
    rng: np.random.Generator,
    like: Sequence[SyllableSlot] = (),
) -> list[SyllableSlot]:
    """Return a slot for every syllable; the whole phrase is moved by the phrasing's entry.

    Where it can, a line keeps to the slots of another that it is `like`.
    """
    grid = phrasing.grid if place.beat_seconds / phrasing.grid > FINEST else 2
    while len(line) > FULL * place.beats * grid:
        grid *= 2
    strength = _strengths(place, phrasing, grid)
    whims = rng.uniform(0, WHIM, len(strength))
    for slot in like:
        number = round((slot.start / place.beat_seconds - phrasing.entry_beats) * grid)
        whims[min(max(number, 0), len(whims) - 1)] += LIKE
    used = _used(len(line), len(strength), grid, place.beat_seconds, phrasing)
    slots = _slots(
        [s.stress for s in line], strength + whims, grid, used, place.beat_seconds, phrasing
    )
    starts = np.array(slots) / grid
    rest = max(REST_BEATS, REST / place.beat_seconds)
    ends = np.append(starts[1:], min(place.beats - rest, starts[-1] + phrasing.held_beats))
    ends[:-1] = np.minimum(ends[:-1], starts[:-1] + LONGEST_NOTE_BEATS)
    return [
        SyllableSlot(
            start=float(phrasing.entry_beats + start) * place.beat_seconds,
            end=max(float(phrasing.entry_beats + end) * place.beat_seconds,
                    float(phrasing.entry_beats + start) * place.beat_seconds + SHORTEST_NOTE),
            weight=float(strength[slot]),
        )
        for start, end, slot in zip(starts, ends, slots, strict=True)
    ]  # fmt: skip


def keeps_stress(line: Line, other: Line) -> bool:
    """Return whether a line can be sung to another's very rhythm, syllable by syllable."""
    if len(line) != len(other):
        return False
    stressed = [b.stress == 1 for a, b in zip(line, other, strict=True) if a.stress == 1]
    return sum(stressed) >= SAME_STRESS * len(stressed)


def _strengths(place: PhraseGrid, phrasing: Phrasing, grid: int) -> NDArray[np.float64]:
    """Return the strength of every slot; a push lends a strong beat's to the eighth before it."""
    at = place.first_beat + phrasing.entry_beats + np.arange(place.beats * grid) / grid
    own, next_eighth = (_strength(time, place.beats_per_bar) for time in (at, at + 0.5))
    early = phrasing.push * np.where(next_eighth >= MIDDLE, next_eighth, 0.0)
    return np.maximum(own * np.where(own >= MIDDLE, 1 - 0.5 * phrasing.push, 1.0), early)


def _strength(at: NDArray[np.float64], beats_per_bar: int) -> NDArray[np.float64]:
    in_bar = at % beats_per_bar
    beat = np.where(in_bar % 1 == 0, OTHER, BETWEEN)
    middle = (in_bar == 2) & (beats_per_bar == 4)
    return np.where(in_bar == 0, FIRST, np.where(middle, MIDDLE, beat))


def _used(count: int, slots: int, grid: int, beat: float, phrasing: Phrasing) -> float:
    """Return over how many slots the syllables of a phrase are spread."""
    free = slots - 3 * grid // 2
    calm = count / HASTE * grid / beat
    return max(count, min(free, max(phrasing.spread * free, calm)))


def _slots(
    stresses: list[int],
    strength: NDArray[np.float64],
    grid: int,
    used: float,
    beat: float,
    phrasing: Phrasing,
) -> list[int]:
    """Return a rising slot for each syllable: the cheapest way through, by dynamic programming."""
    count, slots = len(stresses), len(strength)
    pace, reach = used / count, REACH_BEATS * grid
    ideals = _ideals(stresses, pace, phrasing)
    hurried = int(HURRIED / beat * grid)
    wish = [STRESS_WEIGHT.get(stress, 0.0) for stress in stresses]
    cost = np.full((count, slots), np.inf)
    came_from = np.zeros((count, slots), dtype=int)
    opening = min(slots - count + 1, 2 * grid + 1)
    cost[0, :opening] = ENTRY_COST * np.arange(opening) / grid - wish[0] * strength[:opening]
    for i in range(1, count):
        ideal = ideals[i - 1]
        first = max(i, int(i * pace) - reach)
        for slot in range(first, min(slots - (count - 1 - i), int(i * pace) + reach)):
            before = np.arange(i - 1, slot)
            ways = cost[i - 1, before] + 1.3 * ((slot - before - ideal) / ideal) ** 2
            ways[max(0, len(ways) - hurried) :] += HURRY_COST
            best = int(np.argmin(ways))
            late = 0.8 if i == count - 1 and slot > slots - 3 * grid // 2 else 0.0
            cost[i, slot] = ways[best] + late - wish[i] * strength[slot]
            came_from[i, slot] = before[best]
    path = [int(np.argmin(cost[-1]))]
    for i in range(count - 1, 0, -1):
        path.append(int(came_from[i, path[-1]]))
    return path[::-1]


def _ideals(stresses: list[int], pace: float, phrasing: Phrasing) -> list[float]:
    """Return the slots that each syllable would like to last, `pace` on average."""
    lengths = np.array([phrasing.stress_ratio if stress == 1 else 1.0 for stress in stresses])
    lengths *= 1 + phrasing.drift * np.linspace(-1, 1, len(stresses))
    return [max(1.0, float(length)) for length in pace * lengths / lengths.mean()]
