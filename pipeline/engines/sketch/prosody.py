"""Syllables on the grid of a phrase: stress on strong beats, an even pace, a rest at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.engines.sketch.words.lyrics import Line

FULL = 0.92
"""Share of a phrase's slots that syllables may take before the grid is made finer."""

REST_BEATS = 0.6
"""What a phrase leaves free at its end: words of two lines must not run together."""

LONGEST_NOTE_BEATS = 2.2
SHORTEST_NOTE = 0.12
"""Seconds."""

REACH_BEATS = 6
"""How far from an even pace a syllable may be; bounds the search for long lines."""

WHIM = 0.22
"""How much chance may add to a beat's strength: takes phrase the same words differently."""

LEADS = (0, 0, 0, 1)
"""Eighths after which a phrase would like to begin, drawn for every phrase."""

LEAD_COST = 0.7
"""A beat away from there."""

STRESS_WEIGHT = {1: 0.9, 2: 0.3, 0: -0.25}
"""How much a syllable wants (or shuns) a strong beat."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a syllable is sung, in seconds from the phrase's start; its beat's weight, 0 to 1."""

    start: float
    end: float
    weight: float


def lay(line: Line, beat: float, beats: int, chance: np.random.Generator) -> list[Spot]:
    """Return a spot for every syllable of a phrase of `beats` beats of `beat` seconds."""
    grid = 2
    while len(line) > FULL * beats * grid:
        grid *= 2
    slots = beats * grid
    strength = np.array([_strength(slot, grid) for slot in range(slots)])
    strength += chance.uniform(0, WHIM, slots)
    lead = int(chance.choice(LEADS)) * grid // 2
    places = _places([s.stress for s in line], strength, grid, lead)
    starts = np.array(places) * beat / grid
    ends = np.append(starts[1:], min((beats - REST_BEATS) * beat, starts[-1] + 2 * beat))
    ends = np.minimum(ends, starts + LONGEST_NOTE_BEATS * beat)
    ends = np.maximum(ends, starts + SHORTEST_NOTE)
    return [
        Spot(float(start), float(end), _strength(place, grid))
        for start, end, place in zip(starts, ends, places, strict=True)
    ]


def _strength(slot: int, grid: int) -> float:
    if slot % (4 * grid) == 0:
        return 1.0
    if slot % (2 * grid) == 0:
        return 0.8
    return 0.6 if slot % grid == 0 else 0.15


def _places(stresses: list[int], strength: np.ndarray, grid: int, lead: int) -> list[int]:
    """Return a rising slot for each syllable: the cheapest way through, by dynamic programming."""
    count, slots = len(stresses), len(strength)
    used = max(count, slots - 3 * grid // 2)
    pace = used / count
    reach = REACH_BEATS * grid
    wish = [STRESS_WEIGHT.get(stress, 0.0) for stress in stresses]
    cost = np.full((count, slots), np.inf)
    came_from = np.zeros((count, slots), dtype=int)
    opening = min(slots - count + 1, 2 * grid + 1)
    away = np.abs(np.arange(opening) - lead) / grid
    cost[0, :opening] = LEAD_COST * away - wish[0] * strength[:opening]
    for i in range(1, count):
        ideal = max(1.0, pace * (1.25 if stresses[i - 1] == 1 else 0.85))
        first = max(i, int(i * pace) - reach)
        for slot in range(first, min(slots - (count - 1 - i), int(i * pace) + reach)):
            before = np.arange(i - 1, slot)
            ways = cost[i - 1, before] + 1.3 * ((slot - before - ideal) / ideal) ** 2
            best = int(np.argmin(ways))
            late = 0.8 if i == count - 1 and slot > slots - 3 * grid // 2 else 0.0
            cost[i, slot] = ways[best] + late - wish[i] * strength[slot]
            came_from[i, slot] = before[best]
    path = [int(np.argmin(cost[-1]))]
    for i in range(count - 1, 0, -1):
        path.append(int(came_from[i, path[-1]]))
    return path[::-1]
