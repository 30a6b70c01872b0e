"""What every engine promises, asked of every engine.

`sketch` in this process; `music-01` against the independent server of the contract; `music-01`
against a real `songbatch serve`, which is both at once.
"""

from __future__ import annotations

import contextlib
import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from songbatch.audio.probe import probe
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.catalog import ENGINES, EngineContext
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, Purpose
from support.contract.server import ContractServer
from tests.engines.sample_requests import generation, reference
from tests.serve.running import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.engines.base import Engine, Generation

SETTINGS = (
    AudioSetting(AudioFormat.MP3, 44100, 256000),
    AudioSetting(AudioFormat.MP3, 16000, 32000),
    AudioSetting(AudioFormat.WAV, 24000, 128000),
    AudioSetting(AudioFormat.PCM, 32000, 128000),
)
SHORT = "One short line"


@contextlib.contextmanager
def opened(name: str, state: Path, environment: Mapping[str, str]) -> Iterator[Engine]:
    engine = ENGINES[name].open(EngineContext(Tree(state), environment))
    with contextlib.closing(engine):
        yield engine


@contextlib.contextmanager
def sketch(folder: Path) -> Iterator[Engine]:
    with opened("sketch", folder, {}) as engine:
        yield engine


@contextlib.contextmanager
def hosted(folder: Path) -> Iterator[Engine]:
    with ContractServer() as server, opened("music-01", folder, server.environment) as engine:
        yield engine


@contextlib.contextmanager
def hosted_here(folder: Path) -> Iterator[Engine]:
    with served(folder, "--state=.") as server:
        environment = {"AIMLAPI_BASE_URL": server.url, "AIMLAPI_KEY": "any-key"}
        with opened("music-01", folder, environment) as engine:
            yield engine


WAYS = {"sketch": sketch, "music-01": hosted, "music-01 at serve": hosted_here}


@pytest.fixture(scope="module", params=list(WAYS))
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    with WAYS[request.param](tmp_path_factory.mktemp("engine")) as engine:
        engine.preflight()
        yield engine


@pytest.fixture(scope="module")
def ids(engine: Engine) -> tuple[str, str]:
    """A voice and an instrumental."""
    uploaded = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload.song")
    assert uploaded.voice_id is not None
    assert uploaded.instrumental_id is not None
    return uploaded.voice_id, uploaded.instrumental_id


def rendered(engine: Engine, request: Generation) -> bytes:
    sink = io.BytesIO()
    answer = engine.generate(request, sink)
    assert answer.cost_usd is None or answer.cost_usd >= 0
    assert answer.trace_id is None or answer.trace_id.isprintable()
    return sink.getvalue()


def seconds_of(audio: bytes, setting: AudioSetting) -> float:
    """Measure audio, which must be what the setting says."""
    if setting.format is AudioFormat.PCM:
        assert len(audio) % 4 == 0
        return len(audio) / 4 / setting.sample_rate
    info = probe(audio)
    assert (info.format, info.sample_rate) == (setting.format, setting.sample_rate)
    if setting.format is AudioFormat.MP3:
        assert abs(info.bitrate - setting.reachable_bitrate) < 2000
    return info.seconds


def test_it_is_the_engine_of_the_catalog(engine: Engine) -> None:
    assert engine.identity is ENGINES[engine.identity.name].identity


def test_its_account_can_be_written_down(engine: Engine) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", engine.account)
    assert "any-key" not in engine.account


@pytest.mark.parametrize("audio_format", [AudioFormat.MP3, AudioFormat.WAV])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_an_upload_answers_the_ids_of_its_purpose(
    engine: Engine, purpose: Purpose, audio_format: AudioFormat
) -> None:
    uploaded = engine.upload(reference(audio_format), audio_format, purpose, f"up.{purpose}")
    assert (uploaded.voice_id is not None) is purpose.gives_voice
    assert (uploaded.instrumental_id is not None) is purpose.gives_instrumental


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s.format}-{s.sample_rate}")
def test_a_song_is_what_the_audio_setting_says(
    engine: Engine, ids: tuple[str, str], setting: AudioSetting
) -> None:
    audio = rendered(engine, generation(*ids, lyrics=SHORT, audio=setting))
    assert 1 < seconds_of(audio, setting) <= 60


@pytest.mark.parametrize("roles", [(True, False), (False, True)], ids=["voice", "instrumental"])
def test_one_id_is_enough(engine: Engine, ids: tuple[str, str], roles: tuple[bool, bool]) -> None:
    voice, instrumental = (each if given else None for each, given in zip(ids, roles, strict=True))
    request = generation(voice, instrumental, lyrics=SHORT)
    assert 1 < seconds_of(rendered(engine, request), request.audio) <= 60


@pytest.mark.parametrize(
    "lyrics", ["x" * 600, "…", "##\n\n##", "歌を\n\nうたおう", "a\n\n\n\nb\tc"]
)
def test_any_lyrics_of_the_contract_are_taken(
    engine: Engine, ids: tuple[str, str], lyrics: str
) -> None:
    setting = AudioSetting(AudioFormat.MP3, 16000, 32000)
    audio = rendered(engine, generation(*ids, lyrics=lyrics, audio=setting))
    assert 1 < seconds_of(audio, setting) <= 60


@pytest.mark.parametrize(
    "unknown", ["vocal-2025010100000000-a0AAAaaa", "x", "../../etc/passwd", "ä" * 300]
)
def test_an_unknown_id_asks_for_another_upload(
    engine: Engine, ids: tuple[str, str], unknown: str
) -> None:
    for request in (generation(unknown), generation(ids[0], unknown), generation(None, unknown)):
        with pytest.raises(EngineError) as caught:
            engine.generate(request, io.BytesIO())
        assert caught.value.verdict is Verdict.REUPLOAD


def test_an_id_in_the_other_role_is_unknown(engine: Engine, ids: tuple[str, str]) -> None:
    with pytest.raises(EngineError) as caught:
        engine.generate(generation(ids[1], ids[0]), io.BytesIO())
    assert caught.value.verdict is Verdict.REUPLOAD


def test_threads_share_it(engine: Engine, ids: tuple[str, str]) -> None:
    together = threading.Barrier(3)

    def song(take: int) -> float:
        request = generation(*ids, lyrics=SHORT, take=take)
        together.wait()
        return seconds_of(rendered(engine, request), request.audio)

    with ThreadPoolExecutor(3) as threads:
        assert min(threads.map(song, (1, 2, 3))) > 1


@pytest.mark.parametrize("way", ["sketch", "music-01 at serve"])
@pytest.mark.parametrize("audio", [b"", b"no music at all" * 1000, reference("mp3")[:3000]])
def test_what_reads_references_refuses_other_bytes(way: str, audio: bytes, tmp_path: Path) -> None:
    with WAYS[way](tmp_path) as engine, pytest.raises(EngineError) as caught:
        engine.upload(audio, AudioFormat.MP3, Purpose.SONG, "upload")
    assert caught.value.verdict is Verdict.REJECTED


def test_behind_the_contract_the_same_engine_sounds_the_same(tmp_path: Path) -> None:
    requests = [(take, setting) for take in (1, 2) for setting in SETTINGS[:3]]
    songs: dict[str, list[bytes]] = {}
    for way in ("sketch", "music-01 at serve"):
        folder = tmp_path / way.replace(" ", "-")
        folder.mkdir()
        with WAYS[way](folder) as engine:
            up = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload")
            songs[way] = [
                rendered(
                    engine,
                    generation(
                        up.voice_id, up.instrumental_id, lyrics=SHORT, audio=setting, take=take
                    ),
                )
                for take, setting in requests
            ]
    assert songs["sketch"] == songs["music-01 at serve"]
    assert songs["sketch"][0] != songs["sketch"][3]
