"""Metre of a recording: its beat among the pulses, beats in a bar, beginning of bars.

Method: the pulse that `rhythm` finds is right up to a factor of two. On a grid of half that pulse
stand the strengths of low, middle and high onsets and how much the harmony changes. Every reading
(beat of one, two or four steps, bar of three or four beats, each place of the first downbeat) folds
these into one bar, and a weighted sum measures how well it fits: harmony changes and the bass
sounds on its first beat, backbeats are struck on two and four, more happens on beats than between
them, tempi near 110 bpm are commoner, and of two chords in a bar the tonic is rather the first. The
weights are a conditional logit (McFadden 1974) of the readings of synthetic songs (support/truth),
rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis import harmony, rhythm
from songbatch.engines.sketch.analysis.grid import Metre

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.harmony import Notes
    from songbatch.engines.sketch.analysis.rhythm import Pulse

    Rows = NDArray[np.float64]

SLOWEST, FASTEST = 52.0, 205.0
"""Beats a minute that are considered."""

EARLY = 4.0
"""Frames before the first that its onset may be placed at."""

USUAL, SPREAD = 110.0, 0.5
"""The middle of tempi in bpm, and how far they spread, in octaves."""


def find(pulse: Pulse, notes: Notes) -> Metre:
    """Return the metre that explains a pulse best."""
    step = pulse.period_frames / 2 / pulse.frames_per_second
    times, rows = strengths(pulse, notes)
    best = max(readings(step), key=lambda r: float((WEIGHTS * evidence(r, rows, step)).sum()))
    beat = best.steps * step
    downbeat = float(times[best.at])
    return Metre(
        beat, downbeat - beat * int((downbeat - times[0]) / beat + 1e-6), downbeat, best.beats
    )


def strengths(pulse: Pulse, notes: Notes) -> tuple[Rows, Rows]:
    """Return the times (s) of the steps, and what is strong on each, see `features`."""
    fps, step = pulse.frames_per_second, pulse.period_frames / 2
    # The grid begins with what sounds first: many recordings begin on a downbeat.
    first = pulse.phase_frames % step + step * np.round(
        (pulse.start_frame - pulse.phase_frames % step) / step
    )
    # An onset on the first sample may be placed a little before it.
    first = first if first >= -EARLY else first + step
    frames = np.arange(first, len(pulse.envelope) - 1, step).clip(0, None)
    columns = [
        _peak_near(curve, frames)
        for curve in (pulse.envelope, *(pulse.rises[:, b].mean(axis=1) for b in
                      (rhythm.LOW, rhythm.MIDDLE, rhythm.HIGH)))
    ]  # fmt: skip
    times = frames / fps
    columns += [harmony.changes(notes, times, steps * step / fps) for steps in (2, 4)]
    rows = np.stack(columns, axis=1)
    rows = rows / (rows.mean(axis=0) + 1e-9)
    return times, np.column_stack([rows, harmony.tonic_strength(notes, times)])


def _peak_near(curve: Rows, frames: Rows) -> Rows:
    around = [np.interp(frames + d, np.arange(len(curve)), curve) for d in (-1, 0, 1, 2)]
    return np.asarray(np.max(around, axis=0))


class Reading(msgspec.Struct, frozen=True):
    """A beat of `steps`, a bar of `beats`, whose first downbeat is `at` steps after the start."""

    steps: int
    beats: int
    at: int


def readings(step_seconds: float) -> Iterator[Reading]:
    """Yield every reading whose tempo is considered."""
    for steps in (1, 2, 4):
        if not SLOWEST <= 60 / (steps * step_seconds) <= FASTEST:
            continue
        for beats in (4, 3):
            for at in range(steps * beats):
                yield Reading(steps, beats, at)


WEIGHTS = np.array(
    [-0.6, 1.1, -1.5, 1.7, 0.9, -6.8, -1.4, 1.9, 1.3, 0.7, -0.1, 0.9, 0.5, 0.4, 0.2, 0.0, 1.0, 0.8]
)
"""In the order of `features`."""

CHANGE = {1: 4, 2: 4, 4: 5}
"""The column of harmony change for a beat of so many steps."""

HOME = 6
"""The column of the tonic."""


def evidence(reading: Reading, strengths: Rows, step_seconds: float) -> Rows:
    """Return the evidence for a reading.

    `strengths` are steps × (all, low, middle, high, harmony change within two and four steps), each
    with mean 1, and how much the tonic sounds.
    """
    length = reading.steps * reading.beats
    bars = (len(strengths) - reading.at) // length
    if bars < 1:
        return np.full(len(WEIGHTS), -9.0)
    whole = strengths[reading.at : reading.at + bars * length]
    bar = whole.reshape(bars, length, -1).mean(axis=0)
    beats = bar[:: reading.steps]
    between = bar[reading.steps // 2 :: reading.steps] if reading.steps > 1 else beats
    first, rest = beats[0], beats[1:].mean(axis=0)
    four = reading.beats == 4
    half = beats[2] if four else rest
    back = (beats[1] + beats[3]) / 2 - (beats[0] + beats[2]) / 2 if four else rest - first
    octaves = exact.log2(60 / (reading.steps * step_seconds) / USUAL) / SPREAD
    every, between = beats.mean(axis=0), between.mean(axis=0)
    change = CHANGE[reading.steps]
    home = bar[:, HOME].reshape(reading.beats, -1).mean(axis=1)
    return np.array([
        octaves**2, octaves, float(four),
        first[change], half[change] * four, rest[change], every[change] - between[change],
        first[1], half[1] * four, rest[1], every[1] - between[1],
        back[2], back[3], every[0] - between[0], first[0] - rest[0], every[2] - between[2],
        float(reading.at == 0), home[0] - (home[2] if four else home.mean()),
    ])  # fmt: skip
