"""Probing of audio bytes: format by content, true duration, without decoding.

Linear in time and constant in memory for any bytes, however hostile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.envelope import frames_start
from songbatch.audio.errors import FFMPEG, AudioProblem
from songbatch.audio.foreign import is_sound, name_by_magic, name_text
from songbatch.audio.mp3 import probe_mp3
from songbatch.audio.riff import wave_start
from songbatch.audio.wav import probe_wav

if TYPE_CHECKING:
    from songbatch.audio.lacks import Lack
    from songbatch.model import AudioInfo

__all__ = ["AudioProblem", "Examined", "examine", "probe"]


class Examined(msgspec.Struct, frozen=True):
    """Audio as measured, and what it lacks although it plays."""

    info: AudioInfo
    lacks: tuple[Lack, ...] = ()


def probe(data: bytes | memoryview) -> AudioInfo:
    """Measure `data`, a WAV or MP3 file that lacks little at most. Raises AudioProblem."""
    return examine(data).info


def examine(data: bytes | memoryview) -> Examined:
    """Measure `data`, the whole of a WAV or MP3 file.

    Raises AudioProblem with the code `empty`, `not-audio`, `unsupported`, `no-audio`,
    `truncated` or `damaged`. Whatever raises none can be decoded (`songbatch.audio.playable`).
    """
    if len(data) == 0:
        raise AudioProblem("empty", "the file is empty")
    if wave_start(data) is not None:
        return Examined(*probe_wav(data))
    content = bytes(data)
    start = frames_start(content)
    head = content[start : start + 64]
    _refuse_big_endian(head)
    _refuse_foreign(name_by_magic(head))
    found = probe_mp3(content)
    if found is None:
        _refuse_foreign(name_text(content))
        raise AudioProblem("not-audio", "the file is neither WAV nor MP3")
    return Examined(*found)


def _refuse_big_endian(head: bytes) -> None:
    if head[:4] == b"RIFX" and head[8:12] == b"WAVE":
        raise AudioProblem("unsupported", "the file is an RIFX file; plain WAV (RIFF) is needed")


def _refuse_foreign(name: str) -> None:
    if is_sound(name):
        message = f"the file is {name}; WAV or MP3 is needed"
        raise AudioProblem("not-audio", message, converter=FFMPEG)
    if name:
        raise AudioProblem("not-audio", f"the file is {name}, not a recording")
