"""The sketch engine with workers: the same bytes, whoever makes them, and nobody left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from songbatch.engines.base import EngineError, Generation, Verdict
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.pool import ParallelSketchEngine
from songbatch.engines.sketch.worker import START
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, Purpose
from support.contract.audio import tone
from support.references import Sink

if TYPE_CHECKING:
    from collections.abc import Iterator

PCM = AudioSetting(AudioFormat.PCM, 16000, 128000)
REFERENCE = tone("mp3", 6.0, 220.0, 32000, 64000)


class Occupied(Sink):
    """Keeps whoever made the song busy until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.released = threading.Event(), threading.Event()

    def write(self, data: bytes, /) -> None:
        self.reached.set()
        assert self.released.wait(60)
        super().write(data)


def song(voice_id: str | None, take: int = 1) -> Generation:
    return Generation("One short line", voice_id, None, PCM, take, "r")


def workers(process: int) -> list[int]:
    """Return which of a process's children are workers."""
    while True:
        tasks = Path(f"/proc/{process}/task").iterdir()
        try:
            children = [int(p) for task in tasks for p in (task / "children").read_text().split()]
            break
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread ended while it was looked at: its children are another's now
    return [pid for pid in children if START in Path(f"/proc/{pid}/cmdline").read_text("utf-8")]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ParallelSketchEngine]:
    engine = ParallelSketchEngine(Tree(tmp_path), cores=2)
    yield engine
    engine.close()
    assert workers(os.getpid()) == []


@contextlib.contextmanager
def busy(engine: ParallelSketchEngine, request: Generation) -> Iterator[Occupied]:
    """Have the engine make a song in this process while the block runs."""
    sink = Occupied()
    thread = threading.Thread(target=engine.generate, args=(request, sink))
    thread.start()
    try:
        assert sink.reached.wait(60)
        yield sink
    finally:
        sink.released.set()
        thread.join()


def plain(state: Path, request: Generation) -> bytes:
    sink = Sink()
    SketchEngine(Tree(state)).generate(request, sink)
    return bytes(sink)


def test_songs_one_after_the_other_need_no_worker(engine: ParallelSketchEngine) -> None:
    voice = engine.upload(REFERENCE, AudioFormat.MP3, Purpose.VOICE, "u").voice_id
    engine.generate(song(voice), Sink())
    assert workers(os.getpid()) == []


def test_who_makes_a_song_changes_no_byte(engine: ParallelSketchEngine, tmp_path: Path) -> None:
    voice = engine.upload(REFERENCE, AudioFormat.MP3, Purpose.VOICE, "u").voice_id
    there = Sink()
    with busy(engine, song(voice)) as here:
        engine.generate(song(voice, take=2), there)
        assert len(workers(os.getpid())) == 1
    assert bytes(here) == plain(tmp_path, song(voice))
    assert bytes(there) == plain(tmp_path, song(voice, take=2))


def test_workers_listen_to_references_too(engine: ParallelSketchEngine, tmp_path: Path) -> None:
    voice = engine.upload(REFERENCE, AudioFormat.MP3, Purpose.VOICE, "u").voice_id
    with busy(engine, song(voice)):
        heard = engine.upload(REFERENCE, AudioFormat.MP3, Purpose.SONG, "v")
    again = SketchEngine(Tree(tmp_path)).upload(REFERENCE, AudioFormat.MP3, Purpose.SONG, "w")
    assert heard == again


def test_a_workers_refusal_is_the_engines(engine: ParallelSketchEngine) -> None:
    voice = engine.upload(REFERENCE, AudioFormat.MP3, Purpose.VOICE, "u").voice_id
    with busy(engine, song(voice)):
        for _ in range(2):
            with pytest.raises(EngineError, match="the vocal id is unknown") as caught:
                engine.generate(song("vocal-voice-" + "0" * 32), Sink())
            assert caught.value.verdict is Verdict.REUPLOAD
        with pytest.raises(EngineError, match="cannot be decoded") as caught:
            engine.upload(b"no audio", AudioFormat.MP3, Purpose.VOICE, "v")
        assert caught.value.verdict is Verdict.REJECTED


def test_what_a_killed_worker_leaves_is_made_here(
    engine: ParallelSketchEngine, tmp_path: Path
) -> None:
    voice = engine.upload(REFERENCE, AudioFormat.MP3, Purpose.VOICE, "u").voice_id
    found = Sink()
    with busy(engine, song(voice)):
        engine.generate(song(voice, take=2), Sink())
        (worker,) = workers(os.getpid())
        os.kill(worker, signal.SIGKILL)
        engine.generate(song(voice, take=3), found)
        assert workers(os.getpid()) == []
    assert bytes(found) == plain(tmp_path, song(voice, take=3))


def test_no_worker_outlives_a_killed_program(tmp_path: Path) -> None:
    program = (
        "import sys, time; from songbatch.files.tree import Tree\n"
        "from songbatch.engines.sketch.worker import Worker\n"
        "from songbatch.model import AudioFormat, Purpose\n"
        "from tests.engines.sketch.test_pool import REFERENCE\n"
        "worker = Worker(Tree(sys.argv[1]))\n"
        "print(worker.upload(REFERENCE, AudioFormat.MP3, Purpose.VOICE, 'u'), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"Uploaded")
        (worker,) = workers(process.pid)
        process.kill()
    end = time.monotonic() + 30
    while Path(f"/proc/{worker}/stat").exists():
        # Nobody may be there to bury it: a zombie has left as well.
        if Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        assert time.monotonic() < end
        time.sleep(0.02)


def test_where_no_worker_can_be_everything_is_made_here(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "import tests.engines.sketch.test_pool as t\n"
        "sys.executable = '/nowhere/python'\n"
        "engine = t.ParallelSketchEngine(t.Tree(sys.argv[1]), cores=2)\n"
        "ids = engine.upload(t.REFERENCE, t.AudioFormat.MP3, t.Purpose.VOICE, 'u')\n"
        "request = t.song(ids.voice_id)\n"
        "with t.busy(engine, request):\n"
        "    engine.generate(request, sink := t.Sink())\n"
        "print(bytes(sink) == t.plain(Path(sys.argv[1]), request))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (b"True\n", b"")
