"""Requests that the tests of this folder make."""

from __future__ import annotations

from typing import Any

from songbatch.engines.base import Generation, ReferenceFile
from songbatch.model import AudioFormat, AudioSetting, Purpose

REQUEST_ID = "0123456789abcdef.t2.a1"


def asking(**more: Any) -> Generation:
    said: dict[str, Any] = {
        "lyrics": "[Verse]\nOver the harbour",
        "style": "dream pop",
        "duration": 60.0,
        "seed": 41,
    }
    return Generation(
        voice_id=None,
        instrumental_id=None,
        audio=AudioSetting(),
        take=2,
        request_id=REQUEST_ID,
        **(said | more),
    )


def file(
    purpose: Purpose = Purpose.SONG,
    data: bytes = b"RIFF-bytes\r\n--x",
    audio_format: AudioFormat = AudioFormat.WAV,
) -> ReferenceFile:
    return ReferenceFile(data, audio_format, purpose)
