"""Timbre: the network's spectra → a vocoder's frames, bent towards a reference's voice."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.hibari.network import BINS, Spectra
from songbatch.engines.sketch.hibari.steady import steadied, unturned
from songbatch.engines.sketch.hibari.vocoder import RATE, Frames, amplitude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.hibari.layers import Rows
    from songbatch.engines.sketch.voice.singer import Timbre

OWN_SCALE = 1.12
"""Of the network's speaker's formants, as Timbre has them."""

NOISY_HERTZ = (2000.0, 6000.0)
"""From where to where vowels have more and more noise instead of harmonics."""

NOISY_SHARE = 0.5

BREATH = 0.4
"""Noise of a bin against the pulses there, as a multiple of the reference's share of breath."""

BIN_HERTZ = RATE / 2 / (BINS - 1)


class Voicing(NamedTuple):
    """Of the network's frames: pitch that it speaks at (Hz, 0 for none), and what is sung.

    `is_sung` are frames without hisses, `vowels` the number of a frame's vowel, or -1.
    """

    hertz: NDArray[np.float32]
    is_sung: NDArray[np.bool_]
    vowels: NDArray[np.intp]


class Bend(msgspec.Struct, frozen=True):
    """How the spectra are bent: factor of all frequencies, gains, share of noise (of bins).

    `breath` is noise as a multiple of the pulses.
    """

    warp: float
    breath: np.float32
    gains: NDArray[np.float32]
    noise: NDArray[np.float32]

    @classmethod
    def of(cls, timbre: Timbre) -> Bend:
        """Return the bend towards a timbre."""
        hertz = np.arange(BINS) * BIN_HERTZ
        octaves = exact.log2(np.maximum(hertz, 300) / 300)
        low, high = NOISY_HERTZ
        share = NOISY_SHARE * np.clip((hertz - low) / (high - low), 0, 1)
        return cls(
            float(np.clip(timbre.formant_scale / OWN_SCALE, 0.8, 1.12)),
            np.float32(BREATH * timbre.breath_share),
            exact.gain(timbre.tilt_db_per_octave * octaves).astype(np.float32),
            share.astype(np.float32),
        )


def frames_at(
    at: NDArray[np.float64],
    spectra: Spectra,
    voicing: Voicing,
    bend: Bend,
) -> Frames:
    """Return frames at places (in the network's frames) of the song's grid.

    Where the mouth sings, the part with own phases, which knows no melody, is given to the pulses
    and, up high, to noise.
    """
    pulses, turn, noise, free = (_between(_warped(rows, bend.warp), at) for rows in spectra[:4])
    nearest = _nearest(at, len(spectra.phase))
    phase = spectra.phase[nearest]
    places = np.arange(len(voicing.hertz))
    sung = np.interp(at, places, voicing.is_sung.astype(np.float64)).astype(np.float32)
    pitch = np.interp(at, places, voicing.hertz).astype(np.float32)
    own = amplitude(free)
    given = own * sung[:, None]
    power = np.square(amplitude(pulses))
    # As much power as bins have together is that of one harmonic, whose peak is three of them wide.
    power += np.square(given * (1 - bend.noise)) * (pitch / np.float32(30))[:, None]
    power = steadied(power, sung, voicing.vowels[nearest])
    hissed = given * (bend.noise * np.float32(np.sqrt(0.5))) + amplitude(noise)
    harmonic = np.sqrt(power)
    hissed += harmonic * (bend.breath * sung)[:, None]
    turn = unturned(turn, sung)
    return Frames(harmonic * bend.gains, turn, hissed * bend.gains, own - given, phase)


def _nearest(at: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    return np.clip(np.rint(at), 0, count - 1).astype(np.intp)


def _between(rows: Rows, at: NDArray[np.float64]) -> Rows:
    """Return rows at places between them."""
    low = np.clip(np.floor(at), 0, len(rows) - 2).astype(np.intp)
    part = np.clip(at - low, 0, 1).astype(np.float32)[:, None]
    return np.asarray(rows[low] * (1 - part) + rows[low + 1] * part)


def _warped(rows: Rows, warp: float) -> Rows:
    if warp == 1.0:
        return rows
    low, part = _sources(warp)
    return np.asarray(rows[:, low] * (1 - part) + rows[:, low + 1] * part)


@cache
def _sources(warp: float) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return where the bins of a warped spectrum come from: the bin below, and the share above."""
    at = np.minimum(np.arange(BINS) / warp, BINS - 1.001)
    low = np.floor(at).astype(np.intp)
    return low, (at - low).astype(np.float32)
