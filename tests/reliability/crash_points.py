"""Kill a run before its first, second, third… operation, and see whether the next run recovers.

python -m tests.reliability.crash_points
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from songbatch.selects import Heard, Opinion, Selects
from support.acestep.server import AceStepServer
from support.kit import TIMEOUT, Project, Result
from tests.reliability.books import Books, ContractBooks
from tests.reliability.hosting import server_for_the_killed
from tests.reliability.job_books import JobBooks

RENDER = ("render", "--jobs", "1", "--backoff", "0.01", "--retry-unknown", "9")
"""Never with --again: whatever a crash leaves, what was paid is found."""
AT_ONCE = os.cpu_count() or 1
ROOT = Path(__file__).parents[2]
SPEC = """\
version: 1
engine: music-01
references:
  river: {file: river.mp3, purpose: song}
defaults:
  reference: river
  tags: {album: Demo EP}
songs:
  first: {lyrics: Down by the river we sing.}
  second: {lyrics: Up on the hill there is light.}
"""
JOB_SPEC = """\
version: 1
engine: acestep
defaults: {style: dream pop, duration: 10, tags: {album: Demo EP}}
songs:
  first: {lyrics: Down by the river we sing.}
  second: {lyrics: Up on the hill there is light.}
"""


@contextlib.contextmanager
def by_contract(project: Project) -> Iterator[Books]:
    """A project whose engine is the contract's, which answers a request with its song."""
    project.write("specs/demo.yaml", SPEC).reference("specs/river.mp3")
    with server_for_the_killed() as server:
        project.environment = server.environment
        yield ContractBooks(project.root, server)


@contextlib.contextmanager
def by_jobs(project: Project) -> Iterator[Books]:
    """The same project on an engine that does jobs."""
    with AceStepServer() as server:
        project.write(
            "songbatch.yaml", f"version: 1\nengines: {{acestep: {{url: '{server.url}'}}}}\n"
        )
        project.write("specs/demo.yaml", JOB_SPEC)
        yield JobBooks(project.root, server)


@contextlib.contextmanager
def by_jobs_begun(project: Project) -> Iterator[Books]:
    """The same where a run has died already, and both of its jobs are done."""
    with by_jobs(project) as books:
        crash(project, "+*.wav.part", "render", "--jobs", "2", *RENDER[3:])
        assert len(books.sent()) == 2
        yield books


@dataclass(frozen=True, slots=True)
class Scene:
    """What is done to a finished project (None: there is none yet) before `arguments` are run.

    `chosen` are the copies of chosen takes that it has when all is done. `hosted` sets up project
    and server.
    """

    arguments: tuple[str, ...]
    change: Callable[[Project], object] | None
    chosen: frozenset[str] = frozenset()
    hosted: Callable[[Project], AbstractContextManager[Books]] = by_contract


def _drop_a_song(project: Project) -> None:
    kept = "".join(line for line in SPEC.splitlines(keepends=True) if "second" not in line)
    project.write("specs/demo.yaml", kept)


def _collectable(project: Project) -> None:
    _drop_a_song(project)
    assert project.run(*RENDER).status == 0


def _drop_a_song_and_the_store(project: Project) -> None:
    _drop_a_song(project)
    shutil.rmtree(project.root / ".songbatch/store")


def _drop_a_song_on_jobs(project: Project) -> None:
    kept = "".join(line for line in JOB_SPEC.splitlines(keepends=True) if "second" not in line)
    project.write("specs/demo.yaml", kept)


def _ask_for_another_bitrate(project: Project) -> None:
    project.replace("specs/demo.yaml", "duration: 10", "duration: 10, audio: {bitrate: 128000}")


def _delete_outputs(project: Project) -> None:
    for path in (project.root / "outputs").rglob("*.mp3"):
        path.unlink()


def _delete_outputs_and_manifest(project: Project) -> None:
    # A run that died has paid for audio that no manifest names yet.
    shutil.rmtree(project.root / "outputs")


def _choose(project: Project, song: str) -> None:
    render = f"demo/{song}/1"
    take = Heard(render, "music-01", project.entries("demo")[render]["audio_sha256"])
    project.write("specs/selects.yaml", Selects((Opinion("ann", take, pick=True),)).dump())


def _choose_another(project: Project) -> None:
    _choose(project, "first")
    assert project.run(*RENDER).status == 0
    _choose(project, "second")


SCENES = {
    "first render": Scene(RENDER, None),
    "first render, two jobs": Scene(("render", "--jobs", "2", *RENDER[3:]), None),
    "an edited line": Scene(RENDER, lambda p: p.replace("specs/demo.yaml", "hill", "ridge")),
    "another tag": Scene(RENDER, lambda p: p.replace("specs/demo.yaml", "Demo", "Late")),
    "a renamed song": Scene(RENDER, lambda p: p.replace("specs/demo.yaml", "second", "third")),
    "a song less": Scene(RENDER, _drop_a_song),
    "outputs deleted": Scene(RENDER, _delete_outputs),
    "store deleted": Scene(RENDER, lambda p: shutil.rmtree(p.root / ".songbatch/store")),
    "a song less, store deleted": Scene(RENDER, _drop_a_song_and_the_store),
    "manifest deleted": Scene(
        RENDER, lambda p: (p.root / "outputs/demo/music-01/manifest.json").unlink()
    ),
    "another take chosen": Scene(RENDER, _choose_another, frozenset({"second.mp3"})),
    "jobs": Scene(RENDER, None, hosted=by_jobs),
    "jobs, two at once": Scene(("render", "--jobs", "2", *RENDER[3:]), None, hosted=by_jobs),
    "jobs of a run that died": Scene(RENDER, None, hosted=by_jobs_begun),
    "jobs, another bitrate": Scene(RENDER, _ask_for_another_bitrate, hosted=by_jobs),
    "jobs, a song less": Scene(RENDER, _drop_a_song_on_jobs, hosted=by_jobs),
    "gc": Scene(("gc", "--yes"), _collectable),
    "gc, as after a death": Scene(("gc", "--yes"), _delete_outputs_and_manifest),
}


def crash(project: Project, operation: int | str, *arguments: str) -> Result:
    """Run `songbatch ARGUMENTS` until that operation kills it: a number, or a name."""
    command = [sys.executable, "-m", "tests.reliability.crashing", str(operation), *arguments]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AIMLAPI_")}
    path = os.pathsep.join(filter(None, (str(ROOT), inherited.get("PYTHONPATH"))))
    process = subprocess.run(
        command,
        cwd=project.root,
        env={**inherited, **project.environment, "PYTHONUTF8": "1", "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    return Result(process.returncode, process.stdout, process.stderr)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one crash. `crashed` is false where the run had fewer operations."""

    crashed: bool
    problems: list[str]


def crash_once(folder: Path, scene: Scene, operation: int | str) -> Judgement:
    """Set a scene up in `folder`, crash there, run again, and judge."""
    project = Project(folder)
    with scene.hosted(project) as books:
        if scene.change is not None:
            assert project.run(*RENDER).status == 0
            scene.change(project)
        crashed = crash(project, operation, *scene.arguments)
        problems = [*_of_the_crash(crashed), *books.torn(), *books.breaches()]
        received = books.received()
        problems += _of_the_next_run(project, books)
        copies = {path.name for path in project.root.glob("outputs/demo/selects/*.mp3")}
        if copies != scene.chosen:
            problems.append(f"the chosen takes are {sorted(copies)}")
        final = {entry["key"]: entry["audio_sha256"] for entry in books.entries()}
        for key in received.keys() & final.keys():
            if final[key] != received[key]:
                problems.append(f"the audio of {key} was received and is lost")
    return Judgement(crashed.status == -signal.SIGKILL, problems)


def _of_the_crash(crashed: Result) -> Iterator[str]:
    if crashed.status not in {0, -signal.SIGKILL}:
        yield f"the run that was to crash: {crashed}"


def _of_the_next_run(project: Project, books: Books) -> Iterator[str]:
    result = project.run(*RENDER)
    if result.status != 0:
        yield f"the run after the crash: {result}"
        return
    yield from books.torn() + books.untruths() + books.leftovers() + books.breaches()
    before, asked = project.files(), books.sent()
    again = project.run(*RENDER)
    if again.status != 0 or project.files() != before or books.sent() != asked:
        yield f"a run with nothing to do did something: {again}"


def crash_at(
    folder: Path, scene: Scene, operations: Iterable[int]
) -> Iterator[tuple[int, list[str]]]:
    """Crash before each of these operations; stop where a run has no more of them."""

    def once(operation: int) -> Judgement:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            return crash_once(Path(place).resolve(), scene, operation)

    numbers = iter(operations)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while batch := list(itertools.islice(numbers, AT_ONCE)):
            for operation, judgement in zip(batch, pool.map(once, batch), strict=True):
                yield operation, judgement.problems
                if not judgement.crashed:
                    return


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", help=f"of {', '.join(SCENES)}; all by default")
    names = parser.parse_args().scenes or list(SCENES)
    found: list[str] = []
    print(f"{'scene':<30}{'crashes':>8}{'wrong':>7}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            started = time.monotonic()
            results = list(crash_at(Path(folder), SCENES[name], itertools.count(1)))
            wrong = [f"{name}, operation {n}: {p}" for n, problems in results for p in problems]
            seconds = round(time.monotonic() - started)
            print(f"{name:<30}{len(results) - 1:>8}{len(wrong):>7}{seconds:>9}", flush=True)
            found += wrong
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
