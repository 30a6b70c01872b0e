"""Kill runs at random moments, again and again, and look at what they left.

python -m tests.reliability.kill --kills 300 --seed 1
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from support.kit import Project
from tests.reliability.books import ContractBooks
from tests.reliability.hosting import server_for_the_killed

if TYPE_CHECKING:
    from random import Random

    from support.contract.server import ContractServer

RENDER = ("render", "--jobs", "16", "--backoff", "0.01", "--retry-unknown", "100", "--yes")
EARLY = 0.1
SLOWEST_START = 0.45
"""Seconds: that share of the kills falls into this time, while the program is still reading."""
MOST_SONGS = 12
LONGEST_PAUSE = 0.15
"""The others come after so many new songs, and so many seconds."""


@dataclass(slots=True)
class Tally:
    """What happened in all projects. `found` counts kills by what was unfinished at that moment."""

    kills: int = 0
    projects: int = 0
    asked: int = 0
    answered: int = 0
    used: int = 0
    asked_again: int = 0
    unknown: int = 0
    lost: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def table(self) -> str:
        rows = {
            "kills": self.kills,
            "projects": self.projects,
            "asked": self.asked,
            "answered": self.answered,
            "used": self.used,
            "asked again": self.asked_again,
            "unknown outcomes": self.unknown,
            "lost answers": len(self.lost),
            "torn files": len(self.torn),
            "other breaches": len(self.breaches),
            "seconds": round(self.seconds),
            **{f"kills with {what}": count for what, count in sorted(self.found.items())},
        }
        return "\n".join(f"{name:<36}{count:>8}" for name, count in rows.items())

    @property
    def problems(self) -> list[str]:
        return self.lost + self.torn + self.breaches


def write_project(project: Project, songs: int) -> None:
    """Write many small songs over three references."""
    lines = ["version: 1", "engine: music-01", "defaults: {tags: {album: Demo EP}}", "references:"]
    for number in range(3):
        lines.append(f"  r{number}: {{file: r{number}.mp3, purpose: song}}")
        project.reference(f"specs/r{number}.mp3", hz=200.0 + 40 * number)
    lines.append("songs:")
    lines += [f"  s{n}: {{reference: r{n % 3}, lyrics: Line number {n}.}}" for n in range(songs)]
    project.write("specs/demo.yaml", "\n".join(lines) + "\n")


class Killing:
    """One project that is killed until it is done."""

    def __init__(self, folder: Path, songs: int, chance: Random, tally: Tally) -> None:
        self._project = Project(folder)
        write_project(self._project, songs)
        self._chance = chance
        self._tally = tally
        self._received: dict[str, str] = {}

    def until_done(self, server: ContractServer, kills: int) -> None:
        """Kill runs, at most so many, and let the last one end."""
        self._project.environment = server.environment
        books = ContractBooks(self._project.root, server)
        for _ in range(kills):
            server.latency = self._chance.uniform(0.05, 0.3)
            if not self._run_and_kill():
                break
            self._look(books)
        server.latency = 0.0
        self._end(books)
        self._count(books)

    def _run_and_kill(self) -> bool:
        """Run; tell whether the kill came before the end."""
        process = self._project.start(*RENDER)
        if self._chance.random() < EARLY:
            time.sleep(self._chance.uniform(0.0, SLOWEST_START))
        else:
            self._watch(process)
        process.kill()
        stderr = process.communicate()[1]
        if process.returncode >= 0:
            self._complain([f"exit {process.returncode}: {stderr}"] * (process.returncode != 0))
            return False
        self._tally.kills += 1
        return True

    def _watch(self, process: subprocess.Popen[str]) -> None:
        """Wait for some new songs, however fast this machine is, and then a little longer."""
        assert process.stdout is not None
        process.stdout.readline()
        songs = self._chance.randint(0, MOST_SONGS)
        # Earlier runs' songs are told of, too, and would use up the count before anything happens.
        while songs and (line := process.stdout.readline()):
            songs -= line.startswith("  render ")
        time.sleep(self._chance.uniform(0.0, LONGEST_PAUSE))

    def _look(self, books: ContractBooks) -> None:
        self._tally.torn += books.torn()
        self._complain(books.breaches())
        for key, sha256 in books.received().items():
            if self._received.setdefault(key, sha256) != sha256:
                self._tally.lost.append(f"{key}: {self._received[key]} became {sha256}")
        self._count_unfinished(books)

    def _count_unfinished(self, books: ContractBooks) -> None:
        root, found = books.root, self._tally.found
        records = books.records()
        missing = {r["audio_sha256"] for r in records if r["event"] == "answered"}
        missing -= {path.name for path in books.blobs()}
        written = len(books.outputs())
        answered = sum(record["event"] == "answered" for record in records)
        found["nothing asked yet"] += not any(r["event"] == "asked" for r in records)
        found["an answer arriving"] += any(root.glob(".songbatch/store/incoming/*.part"))
        found["an answer whole, not filed"] += bool(books.wholes())
        found["an answer booked, not filed"] += bool(missing)
        found["an answer filed, no output"] += answered - len(missing) > written
        found["an output half written"] += any(root.glob("outputs/*/*/.*.part"))

    def _end(self, books: ContractBooks) -> None:
        project = self._project
        last = project.run(*RENDER)
        self._complain([f"the last run: {last}"] * (last.status != 0))
        verified = project.run("verify")
        self._complain([f"verify: {verified}"] * (verified.status != 0))
        before, asked = project.files(), len(books.server.generations)
        again = project.run(*RENDER)
        self._complain([f"the run after it: {again}"] * (again.status != 0))
        if project.files() != before or len(books.server.generations) != asked:
            self._complain(["a run with nothing to do did something"])
        self._tally.torn += books.torn()
        self._complain(books.breaches() + books.untruths() + books.leftovers())
        final = {entry["key"]: entry["audio_sha256"] for entry in books.entries()}
        for key, sha256 in self._received.items():
            if final.get(key) != sha256:
                self._tally.lost.append(f"{key}: {sha256} is not in the manifest")

    def _count(self, books: ContractBooks) -> None:
        tally, requests = self._tally, books.requests()
        answered = {r["audio_sha256"] for r in books.records() if r["event"] == "answered"}
        tally.projects += 1
        tally.asked += requests.total()
        tally.answered += len(books.server.answers)
        tally.used += len(answered)
        tally.asked_again += requests.total() - len(requests)
        tally.unknown += sum(entry["unknown_outcomes"] for entry in books.entries())

    def _complain(self, problems: list[str]) -> None:
        self._tally.breaches += problems


def kill_runs(folder: Path, kills: int, seed: int, songs: int = 60) -> Tally:
    """Kill `kills` runs, on one project after the other below `folder`."""
    chance, tally, started = random.Random(seed), Tally(), time.monotonic()
    while tally.kills < kills:
        with server_for_the_killed() as server:
            home = folder / f"project-{tally.projects + 1}"
            killing = Killing(home, songs, chance, tally)
            killing.until_done(server, kills - tally.kills)
    tally.seconds = time.monotonic() - started
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--songs", type=int, default=60, help="songs a project")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_runs(Path(folder), arguments.kills, arguments.seed, arguments.songs)
    print(tally.table())
    print("\n".join(tally.problems))
    return 1 if tally.problems else 0


if __name__ == "__main__":
    sys.exit(main())
