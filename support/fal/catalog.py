"""The models that the service has: a row for each endpoint, as of autumn 2026.

Where nobody has said a price or the name of a field, the row's comment says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from support.fal.fields import Field, choice, flag, number, text, whole
from support.fal.models import Model, Price, Units, per_minute, per_second, per_song


def _ace_step(given: Mapping[str, Any], seconds: float) -> Decimal:
    count = int(given["num_outputs"]) * (2 if given["thinking"] else 1)
    return per_second(given, seconds) * count


MUREKA_UNIT = Price(Decimal("0.0075"), "units")
"""A unit so small that each of Mureka's prices is a whole number of it."""
MUREKA_MODELS = ("mureka-9.5", "mureka-9", "mureka-8", "mureka-o2", "mureka-7.6")
WITH_LYRICS = {"mureka-9.5": 30, "mureka-7.6": 6}
PROMPT_ONLY = {"mureka-9.5": 100}


def _mureka(given: Mapping[str, Any], _seconds: float) -> Decimal:
    if given["lyrics"]:
        return Decimal(WITH_LYRICS.get(given["model"], 9))
    return Decimal(PROMPT_ONLY.get(given["model"], 40))


def _mureka_version(with_lyrics: int, prompt_only: int) -> Units:
    return lambda given, _seconds: Decimal(with_lyrics if given["lyrics"] else prompt_only)


_MUREKA_SONG = (
    text("lyrics", 1, 5000),
    text("prompt", 1, 2000),
    Field("styles", "list"),
    text("reference_id", 1),
    text("vocal_id", 1),
    text("melody_id", 1),
    flag("enable_safety_checker", default=True),
)
PURPOSES = (
    "reference", "melody", "instrumental", "voice", "audio", "remix", "soundtrack", "lyrics-video",
)  # fmt: skip


def _dollars(usd: str, unit: str = "units") -> Price:
    return Price(Decimal(usd), unit)


MODELS = {
    model.endpoint: model
    for model in (
        Model(
            "minimax/music-3",
            (
                text("lyrics", 1, required=True),
                text("prompt", 1, required=True),
                number("duration", 1, 300, 60),
                whole("seed"),
            ),
            _dollars("0.002", "seconds"),
            per_second,
            container="wav",
            length="duration",
            tells_seed=True,
            tells_duration=True,
        ),
        Model(
            "mureka/api/generate/song",
            (choice("model", MUREKA_MODELS, "mureka-9.5"), *_MUREKA_SONG),
            MUREKA_UNIT,
            _mureka,
            "mureka song",
        ),
        Model(
            "mureka/v9/generate/song",
            _MUREKA_SONG,
            MUREKA_UNIT,
            _mureka_version(6, 40),
            "mureka song",
        ),
        Model(
            "mureka/v9.5/generate/song",
            _MUREKA_SONG,
            MUREKA_UNIT,
            _mureka_version(30, 100),
            "mureka song",
        ),
        Model(  # its price is nobody's word
            "mureka/api/generate/instrumental",
            (
                choice("model", MUREKA_MODELS, "mureka-9.5"),
                text("prompt", 1, 1024),
                text("instrumental_id", 1),
            ),
            MUREKA_UNIT,
            lambda _given, _seconds: Decimal(9),
            "mureka song",
        ),
        Model(
            "mureka/api/files/upload",
            (text("file_url", 1, required=True), choice("purpose", PURPOSES)),
            _dollars("0.01"),
            per_song,
            "mureka file",
        ),
        Model(
            "mureka/api/voice/clone",
            (text("audio_url", 1, required=True),),
            _dollars("5"),
            per_song,
            "mureka voice",
        ),
        Model(  # its field names are likely, not sure
            "fal-ai/ace-step-1.5",
            (
                text("prompt", 1, required=True),
                text("lyrics"),
                number("duration", 10, 600, 60),
                whole("seed"),
                flag("thinking", default=True),
                whole("num_outputs", 1, 4, 1),
            ),
            _dollars("0.0003", "seconds"),
            _ace_step,
            length="duration",
            is_exact=True,
            tells_seed=True,
        ),
        Model(
            "fal-ai/ace-step",
            (
                text("tags", 1, required=True),
                text("lyrics"),
                number("duration", 5, 240, 60),
                whole("seed"),
            ),
            _dollars("0.0002", "seconds"),
            per_second,
            container="wav",
            length="duration",
            is_exact=True,
            tells_seed=True,
        ),
        Model(
            "fal-ai/minimax-music",
            (text("prompt", 1, 600, required=True), text("reference_audio_url", 1, required=True)),
            _dollars("0.035"),
            per_song,
            longest=60,
        ),
        Model(
            "fal-ai/minimax-music/v1.5",
            (
                text("prompt", 10, 600, required=True),
                text("lyrics_prompt", 10, 3000, required=True),
                Field("audio_setting", "dict"),
            ),
            _dollars("0.03"),
            per_song,
        ),
        Model(
            "fal-ai/minimax-music/v2",
            (
                text("prompt", 10, 300, required=True),
                text("lyrics_prompt", 10, 3000, required=True),
                Field("audio_setting", "dict"),
            ),
            _dollars("0.03"),
            per_song,
        ),
        Model(
            "fal-ai/minimax-music/v2.6",
            (
                text("prompt", 10, 2000, required=True),
                text("lyrics", 1, 3500),
                flag("is_instrumental", default=False),
                Field("audio_setting", "dict"),
            ),
            _dollars("0.15"),
            per_song,
        ),
        Model(
            "elevenlabs/music/v2.5",
            (
                text("prompt", 1),
                Field("composition_plan", "dict"),
                whole("music_length_ms", 3000, 600000),
                flag("force_instrumental", default=False),
                text("output_format"),
            ),
            _dollars("0.60", "minutes"),
            per_minute,
        ),
        Model(
            "fal-ai/stable-audio-3/medium/text-to-audio",
            (text("prompt", 1, required=True), number("duration", 1, 380, 60), whole("seed")),
            _dollars("0.20"),
            per_song,
            container="wav",
            length="duration",
            is_exact=True,
            tells_seed=True,
        ),
    )
}
