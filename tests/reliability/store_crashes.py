"""Kill a run that shares its songs at every write to the store, and before each file operation.

    python -m tests.reliability.store_crashes [SCENE…] [--from N] [--to N]

Then another machine goes on, at once or after the first one is back, and a third wants everything.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from support.kit import Project
from support.object_store.contents import Contents
from support.object_store.folder import FolderStore
from support.object_store.moto_process import moto_process
from support.object_store.store import ObjectStore
from support.object_store.troubles import WRITES, Trouble
from tests.reliability.books import ContractBooks
from tests.reliability.crash_points import AT_ONCE, Judgement, crash
from tests.reliability.hosting import server_for_the_killed
from tests.reliability.teams import Team, done, results

RENDER = ("render", "--jobs", "1", "--backoff", "0.01", "--yes", "--retry-unknown")
SONGS = 3
FIRST, SECOND, THIRD = "first", "second", "third"


def at_write(*, carried_out: bool) -> Callable[[Team, Project, int | str], bool]:
    """Return what kills a run at its n-th write to a bucket: done, or not, and not answered."""

    def kill(team: Team, project: Project, number: int | str) -> bool:
        store = team.store
        assert isinstance(store, ObjectStore)
        trouble = Trouble.hanging(carried_out=carried_out)
        with store.trouble(trouble, WRITES, times=1, after=int(number) - 1) as active:
            process = project.start(*RENDER, "0")
            while active.times and process.poll() is None:
                with store.books.changed:
                    store.books.changed.wait(0.05)
            if carried_out and not active.times:
                store.books.wait_until(lambda: _is_hanging(store))
            process.kill()
            process.communicate()
            return process.returncode == -signal.SIGKILL

    return kill


def _is_hanging(store: ObjectStore) -> bool:
    """Whether a write is carried out, and not answered."""
    writes = [request for request in store.books.of() if request.method in WRITES]
    return any(request.effect and not request.status for request in writes)


def at_file_operation(_team: Team, project: Project, operation: int | str) -> bool:
    """Kill a run before an operation of `crashing`; tell whether it came that far."""
    return crash(project, operation, *RENDER, "0").status == -signal.SIGKILL


@contextlib.contextmanager
def bucket(_folder: Path) -> Iterator[Contents]:
    """An empty bucket."""
    with ObjectStore() as store:
        yield store


@contextlib.contextmanager
def folder(place: Path) -> Iterator[Contents]:
    """An empty folder."""
    yield FolderStore(place / "store")


@dataclass(frozen=True, slots=True)
class Scene:
    """How a run dies, sharing by which store; `is_back`: it is there again before others go on."""

    kill: Callable[[Team, Project, int | str], bool]
    store: Callable[[Path], contextlib.AbstractContextManager[Contents]]
    is_back: bool


SCENES = {
    "writes not done": Scene(at_write(carried_out=False), bucket, is_back=False),
    "writes done": Scene(at_write(carried_out=True), bucket, is_back=False),
    "writes not done, back": Scene(at_write(carried_out=False), bucket, is_back=True),
    "writes done, back": Scene(at_write(carried_out=True), bucket, is_back=True),
    "file operations": Scene(at_file_operation, folder, is_back=False),
    "file operations, back": Scene(at_file_operation, folder, is_back=True),
}


def crash_once(place: Path, scene: Scene, operation: int | str) -> Judgement:
    """Crash there, let the others go on, and judge."""
    with server_for_the_killed() as server, scene.store(place) as store:
        team = Team(place, server, store, songs=SONGS)
        first, second = team.member(FIRST), team.member(SECOND)
        crashed = scene.kill(team, first, operation)
        server.wait_for_none_in_flight()
        team.bury(FIRST)
        books = ContractBooks(first.root, server)
        problems, received = books.torn(), books.received()
        held = (first, second, first, second) if scene.is_back else (second, first, second)
        for project in held:
            problems += _of_a_run(project, "0", {0, 3})
        if team.bought_again():
            problems.append(f"paid twice, with nobody's yes: {team.bought_again()}")
        for project in (second, first, second, first):
            problems += _of_a_run(project, "1", {0})
        problems += _of_the_end(team, first, second)
        final = {entry["key"]: entry["audio_sha256"] for entry in done(first)}
        problems += [
            f"the audio of {key} was received and is lost"
            for key, sha256 in received.items()
            if final.get(_whole(key, final)) != sha256
        ]
    return Judgement(crashed, problems)


def _whole(key: str, keys: dict[str, str]) -> str:
    """Return the key that begins so: names of files that arrive have its beginning only."""
    return next((whole for whole in keys if whole.startswith(key)), key)


def _of_a_run(project: Project, retries: str, allowed: set[int]) -> Iterator[str]:
    result = project.run(*RENDER, retries)
    if result.status not in allowed:
        yield f"a run of {project.root.name} after the crash, --retry-unknown {retries}: {result}"


def _of_the_end(team: Team, first: Project, second: Project) -> Iterator[str]:
    yield from team.beyond_the_rule(first)
    yield from team.strange_songs(first)
    yield from team.strange_names()
    for project in (first, second):
        yield from ContractBooks(project.root, team.server).leftovers()
    before, paid = results(first), len(team.server.generations)
    if results(second) != before:
        yield "two members do not have the same outputs and manifests"
    third = team.member(THIRD)
    frozen = third.run("render", "--frozen")
    if frozen.status != 0 or results(third) != before:
        yield f"a fresh clone does not get everything: {frozen}"
    yield from _of_a_run(first, "0", {0})
    if results(first) != before or len(team.server.generations) != paid:
        yield "a run with nothing to do did something"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", help=f"of {', '.join(SCENES)}; all by default")
    parser.add_argument("--from", type=int, default=1, dest="first", help="operation to begin with")
    parser.add_argument("--to", type=int, default=10**6, dest="last", help="the last one")
    arguments = parser.parse_args()
    found: list[str] = []
    print(f"{'scene':<24}{'crashes':>8}{'wrong':>7}{'seconds':>9}")
    for name in arguments.scenes or list(SCENES):
        started, crashes, wrong = time.monotonic(), 0, list[str]()
        for operation, judgement in _every_crash(SCENES[name], arguments.first, arguments.last):
            crashes += judgement.crashed
            wrong += [f"{name}, operation {operation}: {p}" for p in judgement.problems]
        seconds = round(time.monotonic() - started)
        print(f"{name:<24}{crashes:>8}{len(wrong):>7}{seconds:>9}", flush=True)
        found += wrong
    print("\n".join(found))
    return 1 if found else 0


def _every_crash(scene: Scene, begin: int, last: int) -> Iterator[tuple[int, Judgement]]:
    def once(operation: int) -> Judgement:
        with tempfile.TemporaryDirectory() as place:
            return crash_once(Path(place).resolve(), scene, operation)

    # All threads share the one that is kept: several would each start their own.
    moto_process()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(begin, last + 1, AT_ONCE):
            batch = range(first, min(first + AT_ONCE, last + 1))
            judged = list(zip(batch, pool.map(once, batch), strict=True))
            yield from judged
            if not all(judgement.crashed for _, judgement in judged):
                return


if __name__ == "__main__":
    sys.exit(main())
