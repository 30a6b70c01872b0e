"""Kill members of a team at random moments, while all render the same project with one store.

python -m tests.reliability.team_kills --kills 100 --seed 1
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.kit import TIMEOUT
from support.object_store.folder import FolderStore
from support.object_store.store import ObjectStore
from tests.reliability.books import ContractBooks
from tests.reliability.hosting import server_for_the_killed
from tests.reliability.teams import RENDER, Team, done, results

if TYPE_CHECKING:
    import subprocess
    from random import Random

    from support.object_store.contents import Contents

MEMBERS = ("ann", "ben", "cem")
MOST_SONGS = 6
LONGEST_PAUSE = 0.2
"""A kill comes after so many new requests, and so many seconds."""


@dataclass(slots=True)
class Tally:
    """What happened in all projects; `held` of them had nobody's yes to songs that may be paid."""

    kills: int = 0
    projects: int = 0
    held: int = 0
    songs: int = 0
    requests: int = 0
    bought_again: int = 0
    unknown: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def table(self) -> str:
        rows = {
            "kills": self.kills,
            "projects": self.projects,
            "projects that hold": self.held,
            "songs": self.songs,
            "requests": self.requests,
            "bought again": self.bought_again,
            "unknown outcomes": self.unknown,
            "problems": len(self.problems),
            "seconds": round(self.seconds),
        }
        return "\n".join(f"{name:<36}{count:>8}" for name, count in rows.items())


class Killing:
    """One project of a team, whose members are killed until it is done."""

    def __init__(self, team: Team, chance: Random, tally: Tally, *, holds: bool) -> None:
        self._team, self._chance, self._tally, self._holds = team, chance, tally, holds
        self._projects = {name: team.member(name) for name in MEMBERS}
        self._running: dict[str, subprocess.Popen[str]] = {}

    def until_done(self, kills: int) -> None:
        """Kill members, at most so many times; let the last ones end, and judge."""
        for _ in range(kills):
            self._team.server.latency = self._chance.uniform(0.05, 0.3)
            for name in MEMBERS:
                self._start(name)
            if not self._kill(self._chance.choice(MEMBERS)):
                break
            if self._chance.random() < 0.5:
                self._wait_for_all()
        self._team.server.latency = 0.0
        self._wait_for_all()
        self._end()

    def _start(self, name: str) -> None:
        process = self._running.get(name)
        if process is None or process.poll() is not None:
            self._ended(name)
            retries = "0" if self._holds else "100"
            started = self._projects[name].start(*RENDER, "--retry-unknown", retries)
            self._running[name] = started

    def _kill(self, name: str) -> bool:
        """Kill a member in the middle of its run; tell whether there was any."""
        process, server = self._running[name], self._team.server
        wanted = len(server.generations) + self._chance.randint(0, MOST_SONGS)
        while process.poll() is None and len(server.generations) < wanted:
            with server.changed:
                server.changed.wait(0.05)
        time.sleep(self._chance.uniform(0.0, LONGEST_PAUSE))
        process.kill()
        stdout, stderr = process.communicate()
        del self._running[name]
        if process.returncode >= 0:
            self._judge_end(name, process.returncode, stdout + stderr)
            return False
        server.wait_for_none_in_flight()
        self._team.bury(name)
        self._tally.kills += 1
        self._tally.problems += ContractBooks(self._projects[name].root, server).torn()
        return True

    def _wait_for_all(self) -> None:
        for name in list(self._running):
            self._ended(name)

    def _ended(self, name: str) -> None:
        process = self._running.pop(name, None)
        if process is not None:
            stdout, stderr = process.communicate(timeout=TIMEOUT)
            self._judge_end(name, process.returncode, stdout + stderr)

    def _judge_end(self, name: str, status: int, said: str) -> None:
        if status not in ({0, 3} if self._holds else {0}):
            self._tally.problems.append(f"a run of {name}: exit {status}: {said}")

    def _end(self) -> None:
        team, tally = self._team, self._tally
        if self._holds and team.bought_again():
            tally.problems.append(f"paid twice, with nobody's yes: {team.bought_again()}")
        retries = "1" if self._holds else "100"
        for _ in range(2):
            for project in self._projects.values():
                last = project.run(*RENDER, "--retry-unknown", retries)
                if last.status != 0:
                    tally.problems.append(f"the last run of {project.root.name}: {last}")
        clone = team.member("clone")
        frozen = clone.run("render", "--frozen")
        if frozen.status != 0:
            tally.problems.append(f"a fresh clone: {frozen}")
        for project in (*self._projects.values(), clone):
            if results(project) != results(clone):
                tally.problems.append(f"{project.root.name} does not have what a clone gets")
            tally.problems += ContractBooks(project.root, team.server).leftovers()
        tally.problems += [*team.beyond_the_rule(clone), *team.strange_songs(clone)]
        tally.problems += team.strange_names()
        self._count(done(clone))

    def _count(self, entries: list[dict[str, Any]]) -> None:
        team, tally = self._team, self._tally
        tally.projects += 1
        tally.held += self._holds
        tally.songs += len(entries)
        tally.requests += len(team.server.songs)
        tally.bought_again += sum(team.bought_again().values())
        tally.unknown += sum(entry["unknown_outcomes"] for entry in entries)
        if len(entries) != team.songs:
            tally.problems.append(f"{len(entries)} songs of {team.songs}")


@contextlib.contextmanager
def _store(place: Path, number: int) -> Iterator[Contents]:
    if number % 2:
        yield FolderStore(place / "store")
        return
    with ObjectStore() as store:
        yield store


def kill_members(place: Path, kills: int, seed: int, songs: int = 30) -> Tally:
    """Kill `kills` runs, in one project after the other below `place`."""
    chance, tally, started = random.Random(seed), Tally(), time.monotonic()
    while tally.kills < kills:
        home = place / f"project-{tally.projects}"
        with server_for_the_killed() as server, _store(home, tally.projects) as store:
            team = Team(home, server, store, songs=songs)
            holds = tally.projects % 4 < 2
            Killing(team, chance, tally, holds=holds).until_done(kills - tally.kills)
    tally.seconds = time.monotonic() - started
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--songs", type=int, default=30, help="songs a project")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        tally = kill_members(Path(place), arguments.kills, arguments.seed, arguments.songs)
    print(tally.table())
    print("\n".join(tally.problems))
    return 1 if tally.problems else 0


if __name__ == "__main__":
    sys.exit(main())
