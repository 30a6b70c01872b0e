"""Probing of audio bytes: format by content, true duration, without decoding.

Linear in time and constant in memory for any bytes, however hostile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.envelope import id3v2_size
from songbatch.audio.errors import AudioProblem
from songbatch.audio.foreign import name_by_magic, name_text
from songbatch.audio.mp3 import probe_mp3
from songbatch.audio.wav import probe_wav

if TYPE_CHECKING:
    from songbatch.model import AudioInfo

__all__ = ["AudioProblem", "probe"]


def probe(data: bytes | memoryview) -> AudioInfo:
    """Measure `data`, the whole of a WAV or MP3 file.

    Raises AudioProblem with the code `empty`, `not-audio`, `unsupported`, `no-audio`,
    `truncated` or `damaged`.
    """
    if len(data) == 0:
        raise AudioProblem("empty", "the file is empty")
    head = bytes(data[:12])
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return probe_wav(data)
    _refuse_big_wav(head)
    content = bytes(data)
    start = id3v2_size(content)
    _refuse_foreign(name_by_magic(content[start : start + 64]))
    info = probe_mp3(content)
    if info is None:
        _refuse_foreign(name_text(content))
        raise AudioProblem("not-audio", "the file is neither WAV nor MP3")
    return info


def _refuse_big_wav(head: bytes) -> None:
    if head[:4] in (b"RF64", b"BW64", b"RIFX") and head[8:] == b"WAVE":
        kind = head[:4].decode("ascii")
        raise AudioProblem("unsupported", f"the file is an {kind} file; plain WAV (RIFF) is needed")


def _refuse_foreign(name: str) -> None:
    if name:
        raise AudioProblem("not-audio", f"the file is {name}; WAV or MP3 is needed")
