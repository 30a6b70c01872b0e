"""Measures of a song, taken once from the audio as it was received.

Decoded and looked at piece by piece: memory stays small however long the song. Loads numpy and the
decoder, so it is imported only when something is measured.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio.decode import float_pieces
from songbatch.audio.errors import AudioProblem
from songbatch.audio.loudness import SILENT_LUFS, STEP_SECONDS, integrated, k_weights
from songbatch.measures import MEASURES_VERSION, Measures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.model import AudioInfo

    Sound = NDArray[np.float32]
    """Frames × channels, full scale is 1."""

SILENCE_DBFS = -60.0
"""A tenth of a step whose root mean square is below this is silent."""
_TENTHS = 10
_FULL_SCALE = 0.999
"""Samples that decode to more than this were at full scale: 16 bits end 0.0003 dB below it."""
_QUIETEST = 1e-12


def measure(data: bytes, info: AudioInfo) -> Measures:
    """Measure the audio `data`, which was probed as `info`. Raises AudioProblem (`damaged`)."""
    meter = _Meter(info.sample_rate, info.channels)
    for piece in float_pieces(data, info, 16 * meter.step):
        meter.take(np.frombuffer(piece, np.float32).reshape(-1, info.channels))
    if not meter.frames:
        raise AudioProblem("damaged", "no decoder can read the audio")
    return meter.measures()


class _Meter:
    """Takes pieces of whole steps (100 ms), the last one of any length."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate = sample_rate
        self._channels = channels
        self.step = round(sample_rate * STEP_SECONDS)
        self.frames = 0
        self._peak = 0.0
        self._clipped = 0
        self._powers: list[NDArray[np.float64]] = []
        self._tenths: list[NDArray[np.float64]] = []
        self._spectrum = np.zeros(self.step // 2 + 1)
        self._weights = k_weights(self.step, sample_rate) * (2 / self.step**2)
        self._weights = self._weights.astype(np.float32)
        self._digest = hashlib.sha256()

    def take(self, sound: Sound) -> None:
        self.frames += len(sound)
        highest = max(float(sound.max(initial=0.0)), -float(sound.min(initial=0.0)))
        self._peak = max(self._peak, highest)
        if highest > _FULL_SCALE:
            self._clipped += int(np.count_nonzero(np.abs(sound) > _FULL_SCALE))
            sound = np.clip(sound, -1.0, 1.0)
        self._digest.update((sound * np.float32(32767)).astype("<i2").tobytes())
        self._tenths.append(self._levels(sound))
        self._powers.append(self._look(sound))

    def _levels(self, sound: Sound) -> NDArray[np.float64]:
        """Return the mean squares of pieces of 10 ms, over all channels."""
        width = self.step // _TENTHS
        whole = len(sound) // width * width
        pieces = sound[:whole].reshape(-1, width * self._channels)
        levels = np.einsum("ps,ps->p", pieces, pieces) / np.float32(width * self._channels)
        rest = sound[whole:]
        return np.append(levels, np.square(rest).mean()) if len(rest) else levels

    def _look(self, sound: Sound) -> NDArray[np.float64]:
        """Return the weighted mean squares of the whole steps, channels summed."""
        count = len(sound) // self.step
        powers = np.zeros(count)
        for channel in sound[: count * self.step].T:
            spectra = np.fft.rfft(channel.reshape(count, self.step), axis=1)
            squares = spectra.real**2 + spectra.imag**2
            powers += np.einsum("sb,b->s", squares, self._weights)
            self._spectrum += np.sqrt(squares, out=squares).sum(axis=0)
        return powers

    def measures(self) -> Measures:
        lufs = integrated(np.concatenate(self._powers))
        tenths = np.concatenate(self._tenths)
        sounding = np.flatnonzero(10 * np.log10(tenths + _QUIETEST) > SILENCE_DBFS)
        seconds = self.frames / self._rate
        last = int(sounding[-1]) + 1 if len(sounding) else 0
        tenth = self.step // _TENTHS / self._rate
        end = tenths[max(0, last - _TENTHS) : last]
        return Measures(
            version=MEASURES_VERSION,
            seconds=round(seconds, 3),
            lufs=round(lufs, 2) if lufs > SILENT_LUFS else None,
            peak_dbfs=_decibels(self._peak**2),
            leading_silence=round(int(sounding[0]) * tenth if last else seconds, 2),
            trailing_silence=round(max(0.0, seconds - last * tenth) if last else seconds, 2),
            silence=round(1 - len(sounding) / len(tenths), 4),
            clipping=round(self._clipped / (self.frames * self._channels), 6),
            centroid_hz=self._centroid() if last else None,
            end_dbfs=_decibels(float(end.mean())) if last else None,
            samples_sha256=self._digest.hexdigest(),
        )

    def _centroid(self) -> int:
        hertz = np.fft.rfftfreq(self.step, 1 / self._rate)
        return round(float((self._spectrum * hertz).sum() / max(self._spectrum.sum(), _QUIETEST)))


def _decibels(power: float) -> float | None:
    return round(10 * math.log10(power), 2) if power > _QUIETEST else None
