"""Listening to a reference before anybody follows it: is there any sound, from when, on which side?

Stops as soon as that is clear, which music makes it in its first seconds. Loads the decoder, and
nothing else that is slow to load.
"""

from __future__ import annotations

import math
from array import array
from operator import mul
from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.decode import integer_pieces
from songbatch.audio.errors import AudioProblem
from songbatch.audio.prepare import SILENT_DBFS
from songbatch.audio.wav import read_wav
from songbatch.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.model import AudioInfo

QUIET_DBFS = -50.0
"""A tenth of a second whose root mean square around its mean is below this holds no music."""
ENOUGH_TENTHS = 10
"""Tenths of a second: fewer that are louder are clicks."""
FAINT_DBFS = -72.0
"""What is quieter is noise of the recording, or of its 16 bits."""
CANCELLED_DB = 30.0
"""Sides that have little in common are 3 dB quieter in mono; opposite ones are gone."""
_MIXED_TENTHS = 600
"""Tenths of a second after which the mean of two sides is not waited for."""
_FULL_SCALE = 32768
_STEREO = 2
_FLOATS_AT_ONCE = 1 << 18


class Audible(msgspec.Struct, frozen=True):
    """What listening found. `level_dbfs` is that of the loudest tenth of a second, -inf for none.

    `sounding` seconds are louder than QUIET_DBFS, or more: listening ends when there are enough.
    `begins` at the second when the first sound is there, None if there is none; `silent_channels`
    by number. `offset` is a constant that all samples share, as a share of full scale.
    """

    level_dbfs: float
    sounding: float
    begins: float | None
    channels: int
    silent_channels: tuple[int, ...]
    offset: float
    mono_dbfs: float = -math.inf
    """Of the mean of two sides that both sound, else -inf."""

    @property
    def is_stereo(self) -> bool:
        """Whether there is a left and a right side."""
        return self.channels == _STEREO

    @property
    def cancels(self) -> bool:
        """Whether the sides take each other away where they are mixed, as one of them inverted."""
        sounds = self.is_stereo and not self.silent_channels and not self.is_silent
        return sounds and self.mono_dbfs < self.level_dbfs - CANCELLED_DB

    @property
    def is_quiet(self) -> bool:
        """Whether there is something that is too quiet to count, and louder than usual noise."""
        return not self.sounding and self.level_dbfs >= FAINT_DBFS

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to follow."""
        return self.sounding < ENOUGH_TENTHS / 10


def listen(data: bytes, info: AudioInfo) -> Audible:
    """Listen to WAV or MP3 bytes that were probed as `info`, until it is clear what they hold.

    Raises AudioProblem (`damaged`) if no decoder can read them, or a sample is not a number.
    """
    _demand_numbers(data, info)
    step = max(1, info.sample_rate // 10)
    ears, mono = [_Ear() for _ in range(info.channels)], _Ear()
    begins, frames = None, 0
    for tenth, piece in enumerate(integer_pieces(data, info, step)):
        for channel, ear in enumerate(ears):
            ear.take(piece[channel :: info.channels])
        if begins is None and any(ear.has_sound for ear in ears):
            begins = frames / info.sample_rate
        frames += len(piece) // info.channels
        is_mixed = info.channels != _STEREO or mono.is_content or tenth >= _MIXED_TENTHS
        if not is_mixed:
            mono.take(_mean(piece))
        elif all(ear.is_content for ear in ears):
            break
    if not frames:
        raise AudioProblem("damaged", "no decoder can read the audio")
    loudest = max(ear.level for ear in ears)
    return Audible(
        level_dbfs=_dbfs(loudest),
        sounding=max(ear.tenths for ear in ears) / 10,
        begins=begins,
        channels=info.channels,
        silent_channels=tuple(n for n, ear in enumerate(ears) if not ear.tenths),
        offset=max((ear.offset for ear in ears), key=abs),
        mono_dbfs=_dbfs(mono.level),
    )


def _mean(piece: array[int]) -> array[int]:
    sides = zip(piece[::2], piece[1::2], strict=True)
    return array("h", ((left + right) // 2 for left, right in sides))


def _dbfs(level: float) -> float:
    return round(20 * math.log10(level / _FULL_SCALE), 1) if level else -math.inf


class _Ear:
    """Takes one channel in tenths of a second; levels are in steps of 16 bits."""

    def __init__(self) -> None:
        self._low = self._high = 0
        self._is_new = True
        self.tenths = 0
        self.level = 0.0

    def take(self, samples: array[int]) -> None:
        if self.is_content or not samples:
            return
        low, high = min(samples), max(samples)
        self._low, self._high = (
            (low, high) if self._is_new else (min(low, self._low), max(high, self._high))
        )
        self._is_new = False
        # No root mean square is larger than half of that: most need not be computed.
        most = (high - low) / 2
        if most <= self.level and most < _QUIET:
            return
        mean = sum(samples) / len(samples)
        level = math.sqrt(max(0.0, sum(map(mul, samples, samples)) / len(samples) - mean**2))
        self.level = max(self.level, level)
        self.tenths += level >= _QUIET

    @property
    def has_sound(self) -> bool:
        return (self._high - self._low) / 2 >= _FULL_SCALE * 10 ** (SILENT_DBFS / 20)

    @property
    def is_content(self) -> bool:
        return self.tenths >= ENOUGH_TENTHS

    @property
    def offset(self) -> float:
        return (self._low + self._high) / 2 / _FULL_SCALE


_QUIET = _FULL_SCALE * 10 ** (QUIET_DBFS / 20)


def _demand_numbers(data: bytes, info: AudioInfo) -> None:
    """Raise AudioProblem for a sample that is infinite or not a number: only floats can be."""
    if info.format is not AudioFormat.WAV or not (wav := read_wav(data)).is_float:
        return
    width, channels = wav.block // info.channels, info.channels
    position = 0
    for piece in _floats(data[wav.start : wav.start + wav.size // wav.block * wav.block], width):
        # Far faster than to ask each; a sum of large numbers may be infinite too.
        if not math.isfinite(sum(piece)):
            wrong = (n for n, sample in enumerate(piece) if not math.isfinite(sample))
            if (number := next(wrong, None)) is not None:
                seconds = (position + number) // channels / info.sample_rate
                raise AudioProblem("damaged", f"the sample at {seconds:.3f} s is not a number")
        position += len(piece)


def _floats(samples: bytes, width: int) -> Iterator[array[float]]:
    step = _FLOATS_AT_ONCE * width
    for start in range(0, len(samples), step):
        yield array("f" if width == 4 else "d", samples[start : start + step])
