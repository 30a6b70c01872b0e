"""What the tests of this folder ask engines for."""

from __future__ import annotations

import functools

from songbatch.engines.base import Generation
from songbatch.engines.request_id import request_id
from songbatch.model import AudioFormat, AudioSetting
from tests.contract.audio import tone

KEY = "0123456789abcdef" * 4


@functools.cache
def reference(audio_format: str = "mp3", seconds: float = 12.0, hz: float = 220.0) -> bytes:
    """A reference long enough for the contract."""
    return tone(audio_format, seconds, hz)


def generation(
    voice_id: str | None = "voice",
    instrumental_id: str | None = None,
    *,
    lyrics: str = "One line,\nand another",
    audio: AudioSetting | None = None,
    take: int = 1,
) -> Generation:
    """A request for a song."""
    setting = audio or AudioSetting(AudioFormat.MP3, 44100, 128000)
    name = request_id(KEY, take, 1)
    return Generation(lyrics, voice_id, instrumental_id, setting, take, name)
