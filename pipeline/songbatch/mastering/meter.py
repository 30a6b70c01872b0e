"""Measures of a sound, piece by piece: loudness by ITU-R BS.1770-4, true peak, silence at its ends.

Memory stays small however long the sound. Numbers are rounded to where no processor differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.audio.loudness import (
    SILENT_LUFS,
    STEP_SECONDS,
    blocks_of,
    gated,
    k_weights,
)
from songbatch.mastering.true_peak import HALO, highest_peak

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from songbatch.audio.resample import Sound

SILENCE_DBFS = -60.0
"""What is quieter than this counts as silence at the ends of a song."""
_QUIETEST = 1e-10


class SoundMeasure(msgspec.Struct, frozen=True):
    """What was measured of a sound at `sample_rate` Hz.

    `powers` are the K-weighted mean squares of its steps of 100 ms, the channels added; `peak` is
    its true peak, full scale is 1. `lead` and `trail` are seconds of silence at its ends.
    """

    frames: int
    sample_rate: int
    powers: tuple[float, ...]
    peak: float
    lead: float
    trail: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.sample_rate

    @property
    def lufs(self) -> float:
        """Its integrated loudness; -70 for silence."""
        return loudness([self])

    @property
    def dbtp(self) -> float:
        """Its true peak in dB."""
        return decibels(self.peak)

    def louder(self, gain_db: float) -> SoundMeasure:
        """Return what it is of the same sound with a gain."""
        factor = float(exact.gain(gain_db))
        return msgspec.structs.replace(
            self,
            powers=tuple(power * factor * factor for power in self.powers),
            peak=self.peak * factor,
        )


def loudness(measures: Iterable[SoundMeasure]) -> float:
    """Return the integrated loudness (LUFS) of sounds, one after the other."""
    blocks = [blocks_of(np.array(each.powers)) for each in measures if each.powers]
    return gated(np.concatenate(blocks)) if blocks else SILENT_LUFS


def is_silent(measure: SoundMeasure) -> bool:
    """Return whether there is nothing whose loudness could be changed."""
    return measure.lufs <= SILENT_LUFS


def decibels(amplitude: float) -> float:
    """Return an amplitude, full scale is 1, in dB; -200 for none."""
    return 20 * float(exact.log10(max(amplitude, _QUIETEST)))


def measure_sound(pieces: Iterable[Sound], sample_rate: int) -> SoundMeasure:
    """Measure a sound of one or two channels, in pieces of any length."""
    meter = _PieceMeter(sample_rate)
    for piece in pieces:
        meter.take(piece)
    return meter.measure()


class _PieceMeter:
    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._step = round(sample_rate * STEP_SECONDS)
        self._weights = k_weights(self._step, sample_rate) * (2 / self._step**2)
        self._frames = 0
        self._powers: list[float] = []
        self._waiting: Sound | None = None
        self._before: Sound | None = None
        self._peak = 0.0
        self._first = self._last = -1

    def take(self, piece: Sound) -> None:
        if not len(piece):
            return
        if self._waiting is None:
            self._waiting = piece[:0]
            self._before = np.zeros((HALO, piece.shape[1]), np.float32)
        self._note_ends(piece)
        self._note_peak(piece)
        sound = np.concatenate([self._waiting, piece])
        whole = len(sound) // self._step * self._step
        self._note_powers(sound[:whole])
        self._waiting = sound[whole:]
        self._frames += len(piece)

    def _note_ends(self, piece: Sound) -> None:
        heard = np.flatnonzero(np.abs(piece).max(axis=1) > float(exact.gain(SILENCE_DBFS)))
        if len(heard):
            if self._first < 0:
                self._first = self._frames + int(heard[0])
            self._last = self._frames + int(heard[-1])

    def _note_peak(self, piece: Sound) -> None:
        """Look at all that is complete: the last HALO frames wait for what follows them."""
        assert self._before is not None  # noqa: S101
        sound = np.concatenate([self._before, piece])
        if len(sound) > 2 * HALO:
            self._peak = highest_peak(sound, self._peak)
        self._before = sound[-2 * HALO :]

    def _note_powers(self, sound: Sound) -> None:
        totals = np.zeros(len(sound) // self._step)
        for channel in sound.T:
            spectra = np.fft.rfft(channel.reshape(-1, self._step).astype(np.float64), axis=1)
            weighted = exact.squares(spectra) * self._weights
            totals += weighted.sum(axis=1)
        self._powers += totals.tolist()

    def measure(self) -> SoundMeasure:
        if self._before is not None:
            self._note_peak(np.zeros((HALO, self._before.shape[1]), np.float32))
        is_heard = self._first >= 0
        seconds = self._frames / self._rate
        return SoundMeasure(
            frames=self._frames,
            sample_rate=self._rate,
            powers=tuple(_rounded(np.array(self._powers))),
            peak=float(np.float32(self._peak)),
            lead=round(self._first / self._rate if is_heard else seconds, 3),
            trail=round((self._frames - 1 - self._last) / self._rate if is_heard else 0.0, 3),
        )


def _rounded(powers: NDArray[np.float64]) -> list[float]:
    """Return powers with six digits: transforms differ in the last of sixteen."""
    return [float(f"{power:.6e}") for power in powers.tolist()]
