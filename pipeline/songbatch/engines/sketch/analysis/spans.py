"""Spans of a recording: the places at which it can be cut and joined again, and how they sound.

A span is as long as a chord. Only numbers are kept here; the sound stays in the recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.dsp import band_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.grid import Metre
    from songbatch.engines.sketch.dsp import Mono

TONE_EDGES = exact.geomspace(60, 10000, 9)
"""Hz: eight bands."""

TONE_SECONDS = 0.1
"""From a span's beginning: what is heard where another is joined to it."""

AFTER = 0.1
"""Seconds of the recording after the last span, at least."""

SILENT = -90.0
"""dB below which nothing is told apart."""


class Spans(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The spans from the first downbeat on.

    `levels` are of their power in dB, `tones` whole dB of the bands of how they begin.
    """

    levels: tuple[float, ...]
    tones: tuple[tuple[int, ...], ...]


def measure_spans(sound: Mono, sample_rate: int, metre: Metre, most: int) -> Spans:
    """Return the whole spans of mono `sound`, at `most` so many."""
    length = metre.chord_beats * metre.beat_seconds
    count = int((len(sound) / sample_rate - metre.first_downbeat - AFTER) / length)
    begins = metre.first_downbeat + length * np.arange(min(max(0, count), most))
    starts = np.round(begins * sample_rate).astype(int)
    width = round(length * sample_rate)
    powers = np.array([np.square(sound[a : a + width]).mean(dtype=np.float64) for a in starts])
    levels = 10 * exact.log10(np.maximum(powers, 1e-9))
    return Spans(tuple(levels.tolist()), _tones(sound, sample_rate, starts))


def _tones(sound: Mono, sample_rate: int, starts: NDArray[np.int_]) -> tuple[tuple[int, ...], ...]:
    size = round(TONE_SECONDS * sample_rate)
    if not len(starts):
        return ()
    window = exact.hann(size).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[starts] * window
    powers = band_sums(exact.squares(np.fft.rfft(frames, axis=1)), TONE_EDGES, sample_rate)
    levels = 10 * exact.log10(powers.astype(np.float64) / size + 1e-9)
    return tuple(tuple(int(x) for x in row) for row in np.rint(np.maximum(levels, SILENT)))
