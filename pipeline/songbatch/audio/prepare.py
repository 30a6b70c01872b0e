"""Preparation of references for engines that take them in one form only.

Equal references give equal bytes. Loads numpy and the codecs only when there is one to prepare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.errors import AudioProblem
from songbatch.audio.probe import probe
from songbatch.audio.rates import ODD_RATES, unusual_rate
from songbatch.model import AudioSetting, ReferenceForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.audio.resample import Sound
    from songbatch.model import Track

PREPARE_VERSION = 1
"""Goes up whenever equal references give other bytes."""

SILENT_DBFS = -60.0
"""A reference whose highest peak is lower has nothing to follow."""


def prepare(data: bytes, form: ReferenceForm) -> bytes:
    """Return a WAV or MP3 reference in that form.

    Raises AudioProblem for one that cannot be read, and (`no-audio`) for a silent one: servers
    ignore those without a word.
    """
    from songbatch.audio.encode import encode, sixteen_bit  # noqa: PLC0415  (loads numpy, lameenc)

    heard, pieces = _PeakToPeak(), []
    for sound in _sound(data, form):
        heard.take(sound)
        pieces.append(sixteen_bit(sound))
    samples = b"".join(pieces)
    frame = 2 * form.channels
    if heard.is_silent:
        raise _silent(len(samples) // frame / form.sample_rate)
    if form.seconds is not None:
        size = round(form.seconds * form.sample_rate) * frame
        samples = (samples * -(-size // len(samples)))[:size]
    setting = AudioSetting(form.format, form.sample_rate, form.bitrate)
    return encode([samples], setting, form.channels)


def problem_of_form(track: Track, form: ReferenceForm) -> AudioProblem | None:
    """Return why `prepare` would refuse bytes that were measured and listened to, None if not."""
    info = track.info
    if info is None:
        return None
    if info.sample_rate not in ODD_RATES:
        return unusual_rate(info.sample_rate)
    frames = form.most_frames
    room = info.seconds if frames is None else min(info.seconds, frames / form.sample_rate)
    return _silent(room) if track.begins is None or track.begins >= room else None


def _silent(seconds: float) -> AudioProblem:
    return AudioProblem(
        "no-audio",
        f"the reference is silent in the {seconds:.1f} s that the engine would hear",
        fix="use a file that holds music, or cut off the silence at its start",
    )


def _sound(data: bytes, form: ReferenceForm) -> Iterator[Sound]:
    """Yield the reference's beginning, as much of it as the form has room for."""
    from songbatch.audio.stereo import stereo  # noqa: PLC0415  (loads numpy and miniaudio)

    left = form.most_frames
    for piece in stereo(data, probe(data), form.sample_rate):
        sound = piece[:left]
        yield sound.mean(axis=1, keepdims=True) if form.channels == 1 else sound
        if left is not None:
            left -= len(sound)
            if left == 0:
                return


class _PeakToPeak:
    """The lowest and the highest sample of each channel."""

    def __init__(self) -> None:
        self._low: list[float] = []
        self._high: list[float] = []

    def take(self, sound: Sound) -> None:
        low, high = sound.min(axis=0).tolist(), sound.max(axis=0).tolist()
        self._low = list(map(min, low, self._low or low))
        self._high = list(map(max, high, self._high or high))

    @property
    def is_silent(self) -> bool:
        # Around the middle of each: silence of 8 bits is not at 0.
        spans = (high - low for low, high in zip(self._low, self._high, strict=True))
        return max(spans) / 2 < 10 ** (SILENT_DBFS / 20)
