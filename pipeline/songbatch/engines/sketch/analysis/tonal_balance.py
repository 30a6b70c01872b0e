"""Tonal balance of a recording: loudness, centroid, spectrum and energy from bar to bar."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.dsp import Mono, band_sums, loudness, spectra

SIZE, HOP = 2048, 2048
"""Samples of a frame, and between frames: 93 ms at 22.05 kHz."""

BAND_EDGES = tuple(float(f) for f in np.round(exact.geomspace(60, 10000, 21), 1))
"""Hz: twenty bands, three to four an octave."""

BAND_CENTRES = tuple(float(np.sqrt(a * b)) for a, b in itertools.pairwise(BAND_EDGES))
HEARD = 0.02
"""Frames below this share of the loud frames' power are pauses and do not count."""

MAX_BARS = 64


class TonalBalance(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"centroid_hz": "brightness"}
):
    """Integrated loudness in LUFS, spectral centroid, band levels and energy.

    `bands` are levels in dB around their mean; `energy` is the level of each bar relative to the
    median bar, 1 being equal.
    """

    lufs: float
    centroid_hz: float
    bands: tuple[float, ...]
    energy: tuple[float, ...]


def measure_balance(sound: Mono, sample_rate: int, bar_seconds: float) -> TonalBalance:
    """Return the tonal balance of mono `sound`."""
    power = spectra(sound, SIZE, HOP) ** 2
    total = power.sum(axis=1)
    heard = power[total > HEARD * exact.percentile(total, 95)]
    heard = heard if len(heard) else power
    magnitudes = np.sqrt(heard).mean(axis=0)
    hertz = np.linspace(0, sample_rate / 2, len(magnitudes))
    return TonalBalance(
        lufs=loudness(sound, sample_rate),
        centroid_hz=float((magnitudes * hertz).sum() / (magnitudes.sum() + 1e-9)),
        bands=band_levels(heard.mean(axis=0), sample_rate),
        energy=_energy(sound, round(bar_seconds * sample_rate)),
    )


def band_levels(power: Mono, sample_rate: int) -> tuple[float, ...]:
    """Return the levels of a power spectrum in the bands, in dB around their mean."""
    sums = band_sums(power[None, :], np.array(BAND_EDGES), sample_rate)[0].astype(np.float64)
    widths = np.diff(BAND_EDGES)
    level = 10 * exact.log10(sums / widths + 1e-9 * sums.max() + 1e-20)
    return tuple((level - level.mean()).tolist())


def _energy(sound: Mono, bar: int) -> tuple[float, ...]:
    bars = max(1, min(len(sound) // bar, MAX_BARS))
    levels = [float(np.sqrt((sound[k * bar : (k + 1) * bar] ** 2).mean())) for k in range(bars)]
    middle = float(np.median(levels)) + 1e-9
    return tuple(level / middle for level in levels)
