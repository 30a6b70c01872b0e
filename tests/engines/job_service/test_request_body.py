"""Every row makes the request of its service's documentation, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.job_service.dialect import Target
from songbatch.engines.job_service.request_body import hand_request, song_request
from songbatch.model import Purpose
from tests.engines.job_service.samples import LYRICS, OWN, REQUEST_ID, asking, hand, row

MUREKA = "mureka/api/generate/song"
ACE = "74e3a7d383b18815e277de5223f5fe9d53d38832de15aa567fe729fa129d0d85"
HEART = "f654464a8b2e4824c74cb296b1cb47037037b02adbc6d8f8145fdc3a47ba6790"
FILE = "https://v3.fal.media/files/b/night.mp3"


def body(name: str, service: str = "fal", **more: Any) -> dict[str, Any]:
    return song_request(asking(**more), row(name, service))[1]


def test_music_3() -> None:
    target, made = song_request(
        asking(bpm=92, scale="A minor", meter="3/4", duration=90.0), row("music-3")
    )
    assert target == Target("minimax/music-3")
    assert made == {
        "lyrics": LYRICS,
        "prompt": "dream pop BPM: 92. Key: A minor. Meter: 3/4.",
        "duration": 90,
        "seed": 41,
    }


@pytest.mark.parametrize("model", ["mureka-9", "mureka-9.5"])
def test_mureka_with_a_style(model: str) -> None:
    target, made = song_request(asking(duration=None, seed=None), row(model))
    assert target == Target(MUREKA)
    assert made == {
        "model": model,
        "enable_safety_checker": True,
        "lyrics": LYRICS,
        "prompt": "dream pop",
    }


def test_mureka_with_references_has_no_style() -> None:
    handles = {Purpose.SONG: "1405", Purpose.VOICE: "77"}
    made = body("mureka-9", handles=handles, bpm=90)
    assert made == {
        "model": "mureka-9",
        "enable_safety_checker": True,
        "lyrics": LYRICS,
        "reference_id": "1405",
        "vocal_id": "77",
    }


def test_mureka_without_lyrics() -> None:
    assert "lyrics" not in body("mureka-9", lyrics="")


def test_ace_step_on_fal() -> None:
    target, made = song_request(asking(lang="pt-BR"), row("ace-step-1.5"))
    assert target == Target("fal-ai/ace-step-1.5")
    assert made == {
        "thinking": False,
        "num_outputs": 1,
        "lyrics": LYRICS,
        "prompt": "dream pop",
        "duration": 60,
        "seed": 41,
        "vocal_language": "pt",
    }


def test_ace_step_on_replicate() -> None:
    target, made = song_request(
        asking(bpm=92, scale="A minor", meter="6/8"), row("ace-step-1.5", "replicate")
    )
    assert target == Target("fishaudio/ace-step-1.5", ACE)
    assert made == {
        "thinking": False,
        "audio_format": "wav",
        "lyrics": LYRICS,
        "prompt": "dream pop",
        "duration": 60,
        "seed": 41,
        "bpm": 92,
        "key_scale": "A minor",
        "time_signature": "6",
    }


def test_heartmula() -> None:
    target, made = song_request(
        asking(style="dream pop, soft voice ,  slow", duration=12.5), row("heartmula", "replicate")
    )
    assert target == Target("meta-innovation/heart_mula", HEART)
    assert made == {
        "lyrics": LYRICS,
        "tags": "dream pop,soft voice,slow",
        "max_audio_length_ms": 12500,
    }


@pytest.mark.parametrize(
    ("purpose", "field"),
    [
        (Purpose.SONG, "song_file"),
        (Purpose.VOICE, "voice_file"),
        (Purpose.INSTRUMENTAL, "instrumental_file"),
    ],
)
def test_music_01_on_replicate(purpose: Purpose, field: str) -> None:
    target, made = song_request(
        asking(lyrics="Over the harbour", handles={purpose: FILE}), row("music-01", "replicate")
    )
    assert target == Target("minimax/music-01")
    assert made == {
        "sample_rate": 44100,
        "bitrate": 256000,
        "lyrics": "Over the harbour",
        field: FILE,
    }


def test_cover_on_replicate() -> None:
    made = body("minimax-cover", "replicate", handles={Purpose.SONG: FILE}, follow="song")
    assert made == {
        "audio_format": "wav",
        "sample_rate": 44100,
        "bitrate": 256000,
        "lyrics": LYRICS,
        "prompt": "dream pop",
        "audio_url": FILE,
    }


@pytest.mark.parametrize(
    ("name", "service", "silent"),
    [
        ("music-3", "fal", "[instrumental]"),
        ("ace-step-1.5", "fal", "[Instrumental]"),
        ("ace-step-1.5", "replicate", "[Instrumental]"),
    ],
)
def test_where_nobody_sings_a_word_says_so(name: str, service: str, silent: str) -> None:
    assert body(name, service, vocals="none")["lyrics"] == silent
    assert body(name, service, lyrics="")["lyrics"] == silent


def test_a_projects_row() -> None:
    own = row("my-model", my_model=OWN)
    assert song_request(asking(handles={Purpose.SONG: FILE}), own) == (
        Target("someone/new-music"),
        {
            "enable_safety_checker": True,
            "lyrics": LYRICS,
            "prompt": "dream pop",
            "length_ms": 60000,
            "seed": 41,
            "audio_url": FILE,
        },
    )
    silent = song_request(asking(vocals="none", style=None), own)[1]
    assert silent["is_instrumental"] is True
    assert not {"lyrics", "prompt"} & silent.keys()


def test_fields_may_be_nested() -> None:
    sends = {
        "lyrics": {"field": "input.text.lyrics"},
        "style": {"field": "input.text.style"},
        "reference": {"field": "input.audio.0.url"},
        "constants": {"input.audio_setting.format": "mp3", "input.n": 1},
        "marker": "meta.id",
    }
    own = row("my-model", my_model={**OWN, "sends": sends})
    made = song_request(asking(handles={Purpose.SONG: FILE}, options={"input.n": 2}), own)[1]
    assert made == {
        "input": {
            "text": {"lyrics": LYRICS, "style": "dream pop"},
            "audio": [{"url": FILE}],
            "audio_setting": {"format": "mp3"},
            "n": 2,
        },
        "meta": {"id": REQUEST_ID},
    }


def test_options_win_over_constants_and_never_over_keys() -> None:
    options = {"thinking": "yes", "inference_steps": "12", "seed": 9, "other": "12"}
    made = body("ace-step-1.5", "replicate", options=options)
    assert made["thinking"] is True
    assert made["inference_steps"] == 12
    assert made["seed"] == 41
    assert made["other"] == "12"


def test_the_take_is_the_seed() -> None:
    assert body("music-3", seed=None)["seed"] == 2


@pytest.mark.parametrize(("asked", "sent"), [(0.5, 1), (400.0, 300), (12.5, 12.5)])
def test_a_duration_is_within_the_bounds_of_the_row(asked: float, sent: float) -> None:
    assert body("music-3", duration=asked)["duration"] == sent


def test_what_is_written_into_a_style_must_fit() -> None:
    fits = "x" * (2000 - len(" BPM: 92."))
    assert body("music-3", style=fits, bpm=92)["prompt"] == f"{fits} BPM: 92."
    with pytest.raises(EngineError, match="takes 2,000") as caught:
        body("music-3", style=fits + "x", bpm=92)
    assert caught.value.verdict is Verdict.REJECTED
    assert caught.value.fix == "cut 1 of them"


def test_requests_for_ids_of_references() -> None:
    assert hand_request(FILE, hand("mureka:reference")) == (
        Target("mureka/api/files/upload"),
        {"purpose": "reference", "file_url": FILE},
    )
    assert hand_request(FILE, hand("mureka:voice")) == (
        Target("mureka/api/voice/clone"),
        {"audio_url": FILE},
    )
