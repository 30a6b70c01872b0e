"""Gains of tracks: to the target, where the bound of true peaks lets them. Pure numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from songbatch.mastering.meter import is_silent, loudness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.album import Loudness
    from songbatch.mastering.meter import SoundMeasure

_STEPS = 100
"""Gains are hundredths of a decibel."""
REFERENCE_LUFS = -18.0
"""What ReplayGain 2.0 plays everything at."""
_NEAR = 0.05
"""LU that are no shortfall."""


class TrackGain(msgspec.Struct, frozen=True):
    """A track's gain in dB; `short_lu` is by how much the bound holds it back, 0 if it does not."""

    gain_db: float
    short_lu: float = 0.0


def choose_gains(measures: Sequence[SoundMeasure], wanted: Loudness) -> list[TrackGain]:
    """Return the gain of every track; silence stays as it is.

    One for all in album mode, so that their relations stay.
    """
    if wanted.mode == "track":
        return [_choose([measure], wanted) for measure in measures]
    return [_choose(measures, wanted)] * len(measures)


def _choose(measures: Sequence[SoundMeasure], wanted: Loudness) -> TrackGain:
    heard = [measure for measure in measures if not is_silent(measure)]
    if not heard:
        return TrackGain(0.0)
    needed = _down(wanted.target_lufs - loudness(heard))
    room = _down(wanted.true_peak_dbtp - max(measure.dbtp for measure in heard))
    if wanted.limiter or needed <= room:
        return TrackGain(needed)
    short = needed - room
    return TrackGain(room, round(short, 2) if short > _NEAR else 0.0)


def replay_gain(lufs: float) -> float:
    """Return the gain (dB) by which ReplayGain 2.0 plays what has this loudness."""
    return round(REFERENCE_LUFS - lufs, 2)


def _down(decibels: float) -> float:
    # What is a hundredth but for its last bits is one.
    return math.floor(decibels * _STEPS + 1e-6) / _STEPS
