"""Joining of the parts of a song: decoded, put one after the other, and encoded once.

Frames of MP3s are not joined as they are: each file begins with its encoder's delay, ends with
padding, and its first frames refer to bits that the frames before do not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.audio.encode import encode, sixteen_bit
from songbatch.audio.probe import AudioProblem, probe
from songbatch.audio.stereo import stereo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from songbatch.model import AudioInfo, AudioSetting

    Sound = NDArray[np.float32]

FADE_SECONDS = 0.25
"""How long a part goes over into the next one where they do not overlap by themselves."""

QUIET = 10 ** (-50 / 20)
"""What is softer is silence at the end of a part, and before the next one."""

KEPT_SECONDS = 0.15
"""How much of that silence stays after a part: a reverb dies away in it. Before the next one as
much stays as the fade takes, so that its first note keeps its attack."""

LOUDEST = 0.999
"""The highest sample of a sum of parts: 16 bits have none at full scale."""

LIMITED_SECONDS = 0.005
"""How finely a sum of parts is turned down where it goes beyond full scale."""


class Overlap(msgspec.Struct, frozen=True):
    """How parts of one performance overlap: seconds before a first bar, and after a last one."""

    lead: float
    tail: float


class Joined(msgspec.Struct, frozen=True):
    """A joined song, and the second at which each of its parts begins."""

    audio: bytes
    starts: tuple[float, ...]
    shifts: tuple[float, ...]
    """The second of the song that is the beginning of a part's own file."""


def join(parts: Iterable[bytes], setting: AudioSetting, overlap: Overlap | None) -> Joined:
    """Return parts as one song in the setting's format; cross-faded if they do not overlap.

    Parts overlap to the sample: nothing is stretched or left out. Raises AudioProblem.
    """
    joining = _Joining(setting.sample_rate, overlap)
    for number, part in enumerate(parts):
        joining.add(_decoded(part, setting.sample_rate), is_first=number == 0)
    pieces = joining.finish()
    return Joined(encode(pieces, setting), tuple(joining.starts), tuple(joining.shifts))


def _decoded(part: bytes, rate: int) -> Sound:
    """Return the sound of a part at a rate: frames × 2."""
    try:
        info: AudioInfo = probe(part)
    except AudioProblem as problem:
        if problem.info is None:
            raise
        info = problem.info
    return np.concatenate(list(stereo(part, info, rate)))


class _Joining:
    """The song so far: what can change no more in 16 bits, and the end that is still open."""

    def __init__(self, rate: int, overlap: Overlap | None) -> None:
        self._rate = rate
        self._lead = round((overlap.lead if overlap else 0.0) * rate)
        self._length = round((overlap.lead + overlap.tail if overlap else FADE_SECONDS) * rate)
        self._is_faded = overlap is None
        self._done: list[bytes] = []
        self._frames = 0
        self._open = np.zeros((0, 2), np.float32)
        self.starts: list[float] = []
        self.shifts: list[float] = []

    def add(self, sound: Sound, *, is_first: bool) -> None:
        before = 0
        if self._is_faded:
            sound, before = self._trimmed(sound, is_first=is_first)
        length = 0 if is_first else min(self._length, len(sound), len(self._open))
        self._close(len(self._open) - length)
        at = self._frames
        self.shifts.append((at - before) / self._rate)
        self.starts.append((at + (0 if is_first else min(self._lead, length))) / self._rate)
        if length:
            sound[:length] = self._overlapped(self._open, sound[:length])
        self._open = sound

    def finish(self) -> Iterator[bytes]:
        """Return the samples of the song, in pieces."""
        self._close(len(self._open))
        return iter(self._done)

    def _close(self, frames: int) -> None:
        if frames > 0:
            self._done.append(sixteen_bit(self._open[:frames]))
            self._open = self._open[frames:]
            self._frames += frames

    def _overlapped(self, old: Sound, new: Sound) -> Sound:
        if self._is_faded:
            rise = exact.sin(np.linspace(0, np.pi / 2, len(old)))[:, None].astype(np.float32)
            fall = rise[::-1]
            return np.asarray(old * fall + new * rise)
        return _within(old + new, round(LIMITED_SECONDS * self._rate))

    def _trimmed(self, sound: Sound, *, is_first: bool) -> tuple[Sound, int]:
        """Return a part without its silence, and how many frames were before it.

        What is before the first part stays.
        """
        heard = np.flatnonzero(np.abs(sound).max(axis=1) > QUIET)
        if not len(heard):
            return sound, 0
        first = 0 if is_first else max(0, int(heard[0]) - self._length)
        last = int(heard[-1]) + 1 + round(KEPT_SECONDS * self._rate)
        return sound[first:last].copy(), first


def _within(sound: Sound, width: int) -> Sound:
    """Return the sum of two parts, turned down around what goes beyond full scale.

    By steps of `width` frames; at both ends nothing is turned down.
    """
    if float(np.abs(sound).max(initial=0.0)) <= LOUDEST:
        return sound
    blocks = range(0, len(sound), width)
    peaks = np.array([np.abs(sound[at : at + width]).max() for at in blocks])
    lowest = np.pad(LOUDEST / np.maximum(peaks, LOUDEST), 1, mode="edge")
    around = np.minimum(np.minimum(lowest[:-2], lowest[2:]), lowest[1:-1])
    places = [-1, *(at + width / 2 for at in blocks), len(sound)]
    gains = np.interp(np.arange(len(sound)), places, [1.0, *around, 1.0])
    return np.asarray(sound * gains[:, None].astype(np.float32))
