"""The promises of every engine, kept by every engine of the catalog.

`sketch` runs in this process; `music-01` against the independent server of the contract, and
against a real `songbatch serve`, which is both at once.
"""

from __future__ import annotations

import contextlib
import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from msgspec.structs import replace

from songbatch.audio.probe import probe
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.catalog import ENGINES
from songbatch.engines.entry import EngineContext
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, Purpose
from songbatch.serve.blocking import as_calls
from support.contract.server import ContractServer
from tests.engines.sample_requests import generation, reference
from tests.serve.running import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from songbatch.engines.base import Engine, Generation
    from songbatch.engines.entry import EngineEntry
    from songbatch.traits import Traits

SETTINGS = (
    AudioSetting(AudioFormat.MP3, 44100, 256000),
    AudioSetting(AudioFormat.MP3, 16000, 32000),
    AudioSetting(AudioFormat.WAV, 24000, 128000),
    AudioSetting(AudioFormat.PCM, 32000, 128000),
)
SHORT = "One short line"


@contextlib.contextmanager
def opened(name: str, state: Path, environment: Mapping[str, str]) -> Iterator[Opened]:
    entry = ENGINES[name]
    with contextlib.closing(entry.open(EngineContext(Tree(state), environment))) as engine:
        yield Opened(as_calls(engine), entry, environment)


@contextlib.contextmanager
def sketch(folder: Path) -> Iterator[Opened]:
    with opened("sketch", folder, {}) as engine:
        yield engine


@contextlib.contextmanager
def hosted(folder: Path) -> Iterator[Opened]:
    with ContractServer() as server, opened("music-01", folder, server.environment) as engine:
        yield engine


@contextlib.contextmanager
def hosted_here(folder: Path) -> Iterator[Opened]:
    with served(folder, "--state=.") as server:
        environment = {"AIMLAPI_BASE_URL": server.url, "AIMLAPI_KEY": "any-key"}
        with opened("music-01", folder, environment) as engine:
            yield engine


class Opened(NamedTuple):
    """An engine, its entry in the catalog, and the environment that it was opened with."""

    engine: Engine
    entry: EngineEntry
    environment: Mapping[str, str]


class Way(NamedTuple):
    """A way to run an engine for real; `is_stand_in` if what answers makes no songs of its own."""

    engine: str
    open: Callable[[Path], AbstractContextManager[Opened]]
    is_stand_in: bool = False


SKETCH = Way("sketch", sketch)
HOSTED_HERE = Way("music-01", hosted_here)
WAYS = (SKETCH, Way("music-01", hosted, is_stand_in=True), HOSTED_HERE)


def nowhere(_folder: Path) -> AbstractContextManager[Opened]:
    pytest.fail("an engine of the catalog is missing from WAYS")


def ways() -> Iterator[Way]:
    """Every way to run every engine of the catalog; one that fails for an engine without any."""
    for name in ENGINES:
        yield from [way for way in WAYS if way.engine == name] or [Way(name, nowhere)]


def called(way: Way) -> str:
    return f"{way.engine}-{way.open.__name__}"


REAL_WAYS = [way for way in ways() if not way.is_stand_in]


@pytest.fixture(scope="module", params=ways(), ids=called)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    with request.param.open(tmp_path_factory.mktemp("engine")) as running:
        running.engine.preflight()
        yield running


@pytest.fixture(scope="module")
def engine(running: Opened) -> Engine:
    return running.engine


@pytest.fixture(scope="module")
def limits(running: Opened) -> Traits:
    return running.entry.traits


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


def test_its_account_is_that_of_the_catalog_and_can_be_written_down(running: Opened) -> None:
    engine, entry, environment = running
    assert engine.account == entry.account(environment)
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
    engine: Engine, limits: Traits, ids: tuple[str, str], setting: AudioSetting
) -> None:
    audio = rendered(engine, generation(*ids, lyrics=SHORT, audio=setting))
    assert limits.song.least < seconds_of(audio, setting) <= limits.song.most


@pytest.mark.parametrize("roles", [(True, False), (False, True)], ids=["voice", "instrumental"])
def test_one_id_is_enough(
    engine: Engine, limits: Traits, ids: tuple[str, str], roles: tuple[bool, bool]
) -> None:
    voice, instrumental = (each if given else None for each, given in zip(ids, roles, strict=True))
    request = generation(voice, instrumental, lyrics=SHORT)
    seconds = seconds_of(rendered(engine, request), request.audio)
    assert limits.song.least < seconds <= limits.song.most


@pytest.mark.parametrize(
    "lyrics", [None, "…", "##\n\n##", "歌を\n\nうたおう", "a\n\n\n\nb\tc"], ids=repr
)
def test_any_lyrics_within_its_limits_are_taken(
    engine: Engine, limits: Traits, ids: tuple[str, str], lyrics: str | None
) -> None:
    setting = AudioSetting(AudioFormat.MP3, 16000, 32000)
    longest = "x" * limits.lyrics.most
    audio = rendered(engine, generation(*ids, lyrics=lyrics or longest, audio=setting))
    assert limits.song.least < seconds_of(audio, setting) <= limits.song.most


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


@pytest.mark.parametrize("way", REAL_WAYS, ids=called)
@pytest.mark.parametrize("audio", [b"", b"no music at all" * 1000, reference("mp3")[:3000]])
def test_what_reads_references_refuses_other_bytes(way: Way, audio: bytes, tmp_path: Path) -> None:
    with way.open(tmp_path) as running, pytest.raises(EngineError) as caught:
        running.engine.upload(audio, AudioFormat.MP3, Purpose.SONG, "upload")
    assert caught.value.verdict is Verdict.REJECTED


@pytest.mark.parametrize("way", REAL_WAYS, ids=called)
def test_the_language_changes_a_song_where_the_engine_takes_one(way: Way, tmp_path: Path) -> None:
    with way.open(tmp_path) as running:
        engine = running.engine
        up = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload")
        request = generation(up.voice_id, lyrics="Die Sonne scheint")
        songs = [rendered(engine, replace(request, lang=lang)) for lang in ("de", "fr")]
    assert (songs[0] != songs[1]) is ("lang" in running.entry.traits.takes)


def test_behind_the_contract_the_same_engine_sounds_the_same(tmp_path: Path) -> None:
    requests = [(take, setting) for take in (1, 2) for setting in SETTINGS[:3]]
    songs: dict[Way, list[bytes]] = {}
    for way in (SKETCH, HOSTED_HERE):
        folder = tmp_path / way.engine
        folder.mkdir()
        with way.open(folder) as (engine, *_):
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
    assert songs[SKETCH] == songs[HOSTED_HERE]
    assert songs[SKETCH][0] != songs[SKETCH][3]
