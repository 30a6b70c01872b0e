"""Whatever a request holds: it is within the contract, or every fault of it is named."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from songbatch.engines.base import EngineError, Generation, Verdict
from songbatch.serve import responses
from songbatch.serve.contract import BadRequest, UploadRequest, read_generation, read_upload

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "format": st.sampled_from(["mp3", "wav", "pcm"]) | VALUES,
        "sample_rate": st.sampled_from([16000, 44100, 44100.0, True]) | VALUES,
        "bitrate": st.sampled_from([32000, 256000, "32000"]) | VALUES,
    },
)
SONGS = st.fixed_dictionaries(
    {},
    optional={
        "model": st.just("music-01") | VALUES,
        "lyrics": st.text(min_size=1) | VALUES,
        "refer_voice": st.just("an-id") | VALUES,
        "refer_instrumental": st.just("an-id") | VALUES,
        "audio_setting": SETTINGS | VALUES,
        "other": VALUES,
    },
)


@given(SONGS | VALUES)
@example({"model": "music-01", "lyrics": "la", "refer_voice": "v"})
@example({"model": "music-01", "lyrics": "la", "refer_voice": "v", "audio_setting": {}})
def test_any_json(document: object) -> None:
    try:
        song = read_generation(json.dumps(document).encode(), "name.t3.a1")
    except BadRequest:
        return
    assert isinstance(song, Generation)
    assert isinstance(document, dict)
    assert 1 <= len(song.lyrics) <= 600
    assert song.voice_id or song.instrumental_id
    assert song.take == 3
    assert type(song.audio.sample_rate) is int


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_an_answer(verdict: Verdict) -> None:
    answer = responses.engine_error(EngineError("why", verdict, retry_after=1.5), "/path", "name")
    assert b"why" in bytes(answer.body)


@given(st.lists(st.binary(), max_size=2), st.lists(st.text() | st.just("song"), max_size=2))
def test_any_form(files: list[bytes], fields: list[str]) -> None:
    with contextlib.suppress(BadRequest):
        assert isinstance(read_upload(files, fields), UploadRequest)
