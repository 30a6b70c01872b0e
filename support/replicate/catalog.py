"""The models that the service has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.replicate.fields import MINUS_ONE, Field
from support.replicate.models import Inputs, Model, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _asked(field: str) -> Callable[[Inputs], float]:
    """A length that is asked for in this field; where it is left open, it follows the words."""

    def length(inputs: Inputs) -> float:
        value = inputs.values.get(field, MINUS_ONE)
        return _sung(inputs) if value == MINUS_ONE else float(value)

    return length


def _at_most(field: str, unit: float) -> Callable[[Inputs], float]:
    """A length that follows the words, up to what this field says."""

    def length(inputs: Inputs) -> float:
        return min(float(inputs.values[field]) * unit, _sung(inputs))

    return length


def _sung(inputs: Inputs) -> float:
    return 10.0 + round(len(str(inputs.values.get("lyrics", "")).split()) / 2.2, 1)


def _a_minute(inputs: Inputs) -> float:
    return min(60.0, _sung(inputs))


def _as_source(inputs: Inputs) -> float:
    source = inputs.references.get("audio_url")
    return source.seconds if source is not None and source.seconds else 30.0


def _whole(name: str, least: int, most: int, default: int | None = None) -> Field:
    return Field(name, "integer", default=default, least=least, most=most)


SEED = Field("seed", "integer", default=MINUS_ONE, least=MINUS_ONE, most=2**32 - 1)
AUDIO_FORMAT = Field("audio_format", default="mp3", choices=("mp3", "wav"))
SAMPLE_RATE = Field(
    "sample_rate", "integer", default=44100, choices=(16000, 24000, 32000, 44100)
)  # fmt: skip
BITRATE = Field("bitrate", "integer", default=256000, choices=(32000, 64000, 128000, 256000))
SONG = (15.0, 600.0)
"""Seconds of a reference of music-01."""

ACE_STEP_1_5 = Model(
    "fishaudio/ace-step-1.5",
    "74e3a7d383b18815e277de5223f5fe9d53d38832de15aa567fe729fa129d0d85",
    (
        Field("prompt", most=512),
        Field("lyrics", default="[Instrumental]", most=4096),
        Field("duration", "number", default=30, least=-1, most=600),
        SEED,
        AUDIO_FORMAT,
        _whole("bpm", 30, 300),
        Field("key_scale"),
        Field("time_signature", default="auto", choices=("auto", "2", "3", "4", "6")),
        _whole("inference_steps", 1, 200, 8),
        Field("guidance_scale", "number", default=7, least=1, most=15),
        Field("shift", "number", default=3),
        Field("thinking", "boolean", default=False),
    ),
    _asked("duration"),
)
ACE_STEP = Model(
    "lucataco/ace-step",
    "280fc4f9ee507577f880a167f639c02622421d8fecf492454320311217b688f1",
    (
        Field("tags", required=True),
        Field("lyrics"),
        Field("duration", "number", default=60, least=1, most=240, or_minus_one=True),
        SEED,
    ),
    _asked("duration"),
)
HEART_MULA = Model(
    "meta-innovation/heart_mula",
    "f654464a8b2e4824c74cb296b1cb47037037b02adbc6d8f8145fdc3a47ba6790",
    (Field("lyrics"), Field("tags"), _whole("max_audio_length_ms", 10000, 300000, 120000)),
    _at_most("max_audio_length_ms", 0.001),
    hardware="A100-80GB",
)
MUSIC_COVER = Model(
    "minimax/music-cover",
    digest_of("minimax/music-cover"),
    (
        Field("audio_url", "uri", required=True, seconds=(6.0, 360.0)),
        Field("prompt", most=2000),
        Field("lyrics", most=3500),
        AUDIO_FORMAT,
        SAMPLE_RATE,
        BITRATE,
    ),
    _as_source,
    official=True,
    usd=0.15,
    sample_rate=44100,
)
MUSIC_01 = Model(
    "minimax/music-01",
    digest_of("minimax/music-01"),
    (
        Field("lyrics", most=400),
        Field("song_file", "uri", seconds=SONG),
        Field("voice_file", "uri", seconds=SONG),
        Field("instrumental_file", "uri", seconds=SONG),
        Field("voice_id"),
        Field("instrumental_id"),
        SAMPLE_RATE,
        BITRATE,
    ),
    _a_minute,
    official=True,
    usd=0.035,
    sample_rate=44100,
)
MUSIC_2_6 = Model(
    "minimax/music-2.6",
    digest_of("minimax/music-2.6"),
    (
        Field("lyrics", most=3500),
        Field("prompt", most=2000),
        Field("is_instrumental", "boolean", default=False),
        Field("lyrics_optimizer", "boolean", default=False),
        AUDIO_FORMAT,
        SAMPLE_RATE,
        BITRATE,
    ),
    _sung,
    official=True,
    usd=0.15,
    sample_rate=44100,
)
MODELS = (ACE_STEP_1_5, ACE_STEP, HEART_MULA, MUSIC_COVER, MUSIC_01, MUSIC_2_6)
