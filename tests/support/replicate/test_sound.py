"""The songs of the simulated service are real ones."""

from __future__ import annotations

from typing import Any

import miniaudio
import pytest

from support.contract.audio import tone
from support.replicate.catalog import ACE_STEP, HEART_MULA
from tests.support.replicate.asking import PINNED, Asker

LONG = " ".join(["harbour"] * 50)


@pytest.mark.parametrize(
    ("version", "given", "seconds"),
    [
        (PINNED, {"duration": 12.5}, 12.5),
        (PINNED, {"duration": 10, "audio_format": "wav"}, 10.0),
        (ACE_STEP.version, {"tags": "folk", "duration": 20}, 20.0),
        (HEART_MULA.version, {"lyrics": LONG, "max_audio_length_ms": 15000}, 15.0),
        ("minimax/music-01", {"lyrics": LONG}, 32.7),
        ("minimax/music-2.6", {"audio_format": "wav", "sample_rate": 16000}, 10.0),
        ("minimax/music-2.6", {"sample_rate": 24000, "bitrate": 256000}, 10.0),
    ],
)
def test_songs_have_the_asked_length_and_form(
    asker: Asker, version: str, given: dict[str, Any], seconds: float
) -> None:
    song = asker.download(asker.made(given, version)["output"])
    is_wav = given.get("audio_format") == "wav"
    assert song.headers["Content-Type"] == ("audio/wav" if is_wav else "audio/mpeg")
    look = miniaudio.wav_get_info if is_wav else miniaudio.mp3_get_info
    info = look(song.content)
    official = version.startswith("minimax")
    rate = given.get("sample_rate", 44100 if official else 48000)
    assert (info.nchannels, info.sample_rate) == (2, rate)
    assert seconds <= round(info.duration, 1) <= seconds + 0.2


def test_a_length_that_is_left_open_follows_the_words(asker: Asker) -> None:
    short, long = (asker.made({"lyrics": lyrics, "duration": -1}) for lyrics in ("harbour", LONG))
    first, second = (
        miniaudio.mp3_get_info(asker.download(found["output"]).content).duration
        for found in (short, long)
    )
    assert first < 12 < 30 < second


def test_a_cover_is_as_long_as_its_source(asker: Asker) -> None:
    url = asker.upload(tone("wav", 17.0, 220.0), "a.wav", "audio/wav").json()["urls"]["get"]
    song = asker.download(asker.made({"audio_url": url}, "minimax/music-cover")["output"])
    assert miniaudio.mp3_get_info(song.content).duration == pytest.approx(17.0, abs=0.2)
