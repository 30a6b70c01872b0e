"""Rows and requests that the tests of this folder use."""

from __future__ import annotations

from typing import Any

from songbatch.engines.base import Generation
from songbatch.engines.job_service.rows import Hand, ModelRow, ModelTable
from songbatch.engines.job_service.table import built_in, table_of
from songbatch.model import AudioSetting, EngineIdentity, EngineSettings

REQUEST_ID = "0123456789abcdef.t2.a1"
LYRICS = "[Verse]\nOver the harbour"

OWN: dict[str, Any] = {
    "endpoint": "someone/new-music",
    "sends": {
        "lyrics": {"field": "lyrics", "grammar": "sections", "max": 3000, "needed": True},
        "style": {"field": "prompt", "max": 2000},
        "duration": {"field": "length_ms", "unit": "ms", "from": 10, "to": 300},
        "seed": {"field": "seed", "to": 4294967295, "told": "seed"},
        "reference": {
            "field": "audio_url",
            "as": "url",
            "purposes": ["song"],
            "formats": ["mp3", "wav"],
            "seconds": [6, 360],
        },
        "no_vocals": {"field": "is_instrumental", "value": True},
        "constants": {"enable_safety_checker": True},
    },
    "gives": {"audio": "audio.url", "form": "wav", "rate": 44100, "seed": "seed"},
    "price": {"usd": 0.002, "per": "second"},
}
"""A row as a project has it."""

EVERY_ROW = [
    (service, name) for service in ("fal", "replicate") for name in built_in(service).models
]


def table(service: str = "fal", hands: Any = None, **models: Any) -> ModelTable:
    named = {name.replace("_", "-"): row for name, row in models.items()}
    return table_of(service, EngineSettings(models=named, hands=hands or {}))


def row(called: str, service: str = "fal", **models: Any) -> ModelRow:
    return table(service, **models).models[called]


def hand(called: str) -> Hand:
    return built_in("fal").hands[called]


def named(called: str, service: str = "fal") -> EngineIdentity:
    return EngineIdentity(f"{service}/{called}", "someone/new-music", kind=service)


def asking(**more: Any) -> Generation:
    said: dict[str, Any] = {
        "lyrics": LYRICS,
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
