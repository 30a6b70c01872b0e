"""Kill a run on a paid service before each of its operations: nothing is paid twice, or lost.

python -m tests.reliability.service_crashes
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from support.fal.server import FalServer
from support.kit import Project, Result
from support.replicate.server import ReplicateServer
from tests.reliability.crash_points import AT_ONCE, Judgement, crash
from tests.reliability.service_books import FalBooks, ReplicateBooks, ServiceBooks
from tests.run.job_projects import kept
from tests.run.service_projects import (
    fal_project,
    mureka_project,
    replicate_project,
    spec,
)

RENDER = ("render", "--no-measure", "--jobs", "1", "--backoff", "0.01", "--yes")
REFERENCES = "references: {ann: {file: ann.mp3, purpose: song}}\n"
COVER = spec("replicate/minimax-cover", "hill", defaults="reference: ann, style: dream pop")


@contextlib.contextmanager
def by_fal(project: Project) -> Iterator[ServiceBooks]:
    """Two songs that are asked for by their lyrics alone."""
    with FalServer() as server:
        fal_project(project, server)
        yield FalBooks(project.root, server)


@contextlib.contextmanager
def by_clone(project: Project) -> Iterator[ServiceBooks]:
    """A song in a voice that is cloned for $5.00."""
    with FalServer() as server:
        mureka_project(project, server)
        yield FalBooks(project.root, server)


@contextlib.contextmanager
def by_replicate(project: Project) -> Iterator[ServiceBooks]:
    """Two songs that are billed by seconds of hardware."""
    with ReplicateServer() as server:
        replicate_project(project, server)
        yield ReplicateBooks(project.root, server)


@contextlib.contextmanager
def by_cover(project: Project) -> Iterator[ServiceBooks]:
    """A cover of a song that is put into the service's storage."""
    with ReplicateServer() as server:
        replicate_project(project, server, COVER.replace("defaults:", f"{REFERENCES}defaults:"))
        project.reference("specs/ann.mp3")
        yield ReplicateBooks(project.root, server)


SCENES: dict[str, Callable[[Project], AbstractContextManager[ServiceBooks]]] = {
    "songs at fal": by_fal,
    "a clone at fal": by_clone,
    "songs at Replicate": by_replicate,
    "a cover at Replicate": by_cover,
}


def crash_once(folder: Path, scene: str, operation: int | str) -> Judgement:
    """Crash there, run again, with a yes to what is held, and judge."""
    project = Project(folder)
    with SCENES[scene](project) as books:
        crashed = crash(project, operation, *RENDER)
        problems = [*books.torn(), *books.breaches()]
        problems += _recovered(project, books)
    return Judgement(crashed.status == -signal.SIGKILL, problems)


def _recovered(project: Project, books: ServiceBooks) -> Iterator[str]:
    result = project.run(*RENDER)
    if result.status != 0:
        if not _is_held(result):
            yield f"the run after the crash: {result}"
            return
        yield from books.breaches()
        result = project.run(*RENDER, "--retry-unknown", "1")
        if result.status != 0:
            yield f"the run after a yes to what is held: {result}"
            return
    yield from books.torn() + books.untruths() + books.leftovers() + books.breaches() + books.lost()
    before, asked = kept(project), books.sent()
    again = project.run(*RENDER)
    if again.status != 0 or kept(project) != before or books.sent() != asked:
        yield f"a run with nothing to do did something: {again}"


def _is_held(result: Result) -> bool:
    return "may have been paid" in result.stdout + result.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", help=f"of {', '.join(SCENES)}; all by default")
    found: list[str] = []
    print(f"{'scene':<24}{'crashes':>8}{'wrong':>7}{'seconds':>9}")
    for name in parser.parse_args().scenes or list(SCENES):
        started, crashes, wrong = time.monotonic(), 0, list[str]()
        for operation, judgement in _every_crash(name):
            crashes += judgement.crashed
            wrong += [f"{name}, operation {operation}: {p}" for p in judgement.problems]
        print(
            f"{name:<24}{crashes:>8}{len(wrong):>7}{time.monotonic() - started:>9.0f}", flush=True
        )
        found += wrong
    print("\n".join(found))
    return 1 if found else 0


def _every_crash(scene: str) -> Iterator[tuple[int, Judgement]]:
    def once(operation: int) -> Judgement:
        with tempfile.TemporaryDirectory() as folder:
            return crash_once(Path(folder).resolve(), scene, operation)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for first in itertools.count(1, AT_ONCE):
            batch = range(first, first + AT_ONCE)
            judged = list(zip(batch, pool.map(once, batch), strict=True))
            yield from judged
            if not all(judgement.crashed for _, judgement in judged):
                return


if __name__ == "__main__":
    sys.exit(main())
