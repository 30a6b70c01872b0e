"""The promises of every engine, kept by every engine of the catalog.

`sketch` runs in this process; `music-01` against the independent server of the contract, and
against a real `songbatch serve`, which is both at once; `acestep` against the independent server of
its contract, on both faces and in both states. The checks are those that the package ships.
"""

from __future__ import annotations

import contextlib
import io
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from msgspec.structs import replace

from songbatch.conformance import suite
from songbatch.conformance.bench import EngineBench
from songbatch.engines.catalog import ENGINES, Engines
from songbatch.engines.entry import EngineContext
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, EngineSettings, Purpose
from support.acestep.server import AceStepServer
from support.acestep.states import NEW, OLD, State
from support.blocking import as_calls
from support.contract.server import ContractServer
from tests.engines.sample_requests import generation, reference
from tests.serve.running import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from songbatch.engines.base import Engine, Generation
    from songbatch.engines.entry import EngineEntry

KEY = "a-key-of-the-test-0123456789"
SETTINGS = (
    AudioSetting(AudioFormat.MP3, 44100, 256000),
    AudioSetting(AudioFormat.MP3, 16000, 32000),
    AudioSetting(AudioFormat.WAV, 24000, 128000),
)
SHORT = "One short line"


class Opened(NamedTuple):
    """An engine of the catalog, and what it is opened with."""

    entry: EngineEntry
    context: EngineContext

    @contextlib.contextmanager
    def engine(self) -> Iterator[Engine]:
        with contextlib.closing(self.entry.open(self.context)) as engine:
            yield as_calls(engine)


def opened(name: str, state: Path, environment: Mapping[str, str]) -> Opened:
    return Opened(ENGINES[name], EngineContext(Tree(state), environment))


@contextlib.contextmanager
def sketch(folder: Path) -> Iterator[Opened]:
    yield opened("sketch", folder, {"ANY_API_KEY": KEY})


@contextlib.contextmanager
def hosted(folder: Path) -> Iterator[Opened]:
    with ContractServer() as server:
        yield opened("music-01", folder, server.environment)


@contextlib.contextmanager
def hosted_here(folder: Path) -> Iterator[Opened]:
    with served(folder, "--state=.") as server:
        yield opened("music-01", folder, {"AIMLAPI_BASE_URL": server.url, "AIMLAPI_KEY": KEY})


@contextlib.contextmanager
def acestep(state: State, face: str, folder: Path) -> Iterator[Opened]:
    with AceStepServer(state, key=KEY) as server:
        settings = EngineSettings(url=server.url, face=face, seconds_per_render=0.5, lost_after=0.5)
        entry = Engines({"acestep": settings})["acestep"]
        yield Opened(entry, EngineContext(Tree(folder), {"ACESTEP_API_KEY": KEY}))


class Way(NamedTuple):
    """A way to run an engine for real; `is_stand_in` if what answers makes no songs of its own."""

    engine: str
    name: str
    open: Callable[[Path], AbstractContextManager[Opened]]
    is_stand_in: bool = False


SKETCH = Way("sketch", "here", sketch)
HOSTED_HERE = Way("music-01", "served", hosted_here)
WAYS = (
    SKETCH,
    Way("music-01", "contract", hosted, is_stand_in=True),
    HOSTED_HERE,
    *(
        Way("acestep", f"{face}-{state.name}", partial(acestep, state, face))
        for face in ("tasks", "chat")
        for state in (OLD, NEW)
    ),
)


def nowhere(_folder: Path) -> AbstractContextManager[Opened]:
    pytest.fail("an engine of the catalog is missing from WAYS")


def ways() -> Iterator[Way]:
    """Every way to run every engine of the catalog; one that fails for an engine without any."""
    for name in ENGINES:
        yield from [way for way in WAYS if way.engine == name] or [Way(name, "nowhere", nowhere)]


def called(way: Way) -> str:
    return f"{way.engine}-{way.name}"


def short_pause(seconds: float) -> None:
    time.sleep(min(seconds, 0.02))


@pytest.fixture(scope="module", params=ways(), ids=called)
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineBench]:
    way = request.param
    with way.open(tmp_path_factory.mktemp("engine")) as opened:
        made = EngineBench(
            opened.entry,
            opened.context,
            reference=reference(),
            is_stand_in=way.is_stand_in,
            pause=short_pause,
        )
        with contextlib.closing(made):
            yield made


@pytest.mark.parametrize("promise", suite.PROMISES, ids=suite.name_of)
def test_it_keeps_its_promise(promise: suite.Promise, bench: EngineBench) -> None:
    result = suite.try_one(promise, bench)
    assert result.outcome is not suite.Kept.FAILED, f"{result.why}\n{result.traceback}"


def test_no_more_songs_were_asked_for_than_a_user_is_told(bench: EngineBench) -> None:
    assert len(bench.answers) <= suite.songs_asked(bench.traits)


def rendered(engine: Engine, request: Generation) -> bytes:
    sink = io.BytesIO()
    engine.generate(request, sink)
    return sink.getvalue()


@pytest.mark.parametrize("way", [SKETCH, HOSTED_HERE], ids=called)
def test_the_language_changes_a_song_where_the_engine_takes_one(way: Way, tmp_path: Path) -> None:
    with way.open(tmp_path) as opened, opened.engine() as engine:
        up = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload")
        request = generation(up.voice_id, lyrics="Die Sonne scheint")
        songs = [rendered(engine, replace(request, lang=lang)) for lang in ("de", "fr")]
        assert (songs[0] != songs[1]) is ("lang" in opened.entry.traits.takes)


def test_behind_the_contract_the_same_engine_sounds_the_same(tmp_path: Path) -> None:
    requests = [(take, setting) for take in (1, 2) for setting in SETTINGS]
    songs: dict[Way, list[bytes]] = {}
    for way in (SKETCH, HOSTED_HERE):
        folder = tmp_path / way.engine
        folder.mkdir()
        with way.open(folder) as opened, opened.engine() as engine:
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
