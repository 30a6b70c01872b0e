"""Fades at the ends of a track, and the curves of cross-fades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.audio.resample import Sound


def rising(frames: int) -> NDArray[np.float32]:
    """Return a quarter of a sine, from just above 0 to just below 1, a column.

    Its square and that of the same backwards add up to 1: equal power, as two songs that differ
    want it.
    """
    curve = exact.sin((np.arange(frames) + 0.5) * (np.pi / 2 / max(1, frames)))
    return curve.astype(np.float32)[:, None]


def falling(frames: int) -> NDArray[np.float32]:
    """Return the same backwards."""
    return rising(frames)[::-1]


def faded(sound: Sound, frames_in: int, frames_out: int) -> Sound:
    """Return a sound whose first and last frames fade; it is left alone if none do."""
    frames_in, frames_out = min(frames_in, len(sound)), min(frames_out, len(sound))
    if not (frames_in or frames_out):
        return sound
    sound = sound.copy()
    if frames_in:
        sound[:frames_in] *= rising(frames_in)
    if frames_out:
        sound[len(sound) - frames_out :] *= falling(frames_out)
    return sound


def crossfaded(ending: Sound, beginning: Sound) -> Sound:
    """Return two stretches of equal length as one fades into the other."""
    return ending * falling(len(ending)) + beginning * rising(len(beginning))
