"""Hundreds of jobs at once, at a service that turns some away and lets others wait: how long?

python -m tests.reliability.many_jobs

Nothing else should run on the machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from support.fal.server import FalServer
from support.fal.troubles import Mishap
from support.kit import Project
from tests.reliability.service_books import FalBooks
from tests.run.service_projects import fal_project, spec


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--refused", type=int, default=60, help="submits that are one too many")
    arguments = parser.parse_args()
    names = [f"s{number}" for number in range(arguments.songs)]
    with tempfile.TemporaryDirectory() as folder, FalServer() as server:
        project = fal_project(Project(Path(folder)), server, spec("fal/music-3", *names))
        server.queue.positions, server.queue.running_polls = (3, 2, 1), 2
        server.song_seconds = 2.0
        refused = [None, None, Mishap.too_many(), None, Mishap.too_many("1")]
        server.script("submit", refused * (arguments.refused // 2))
        started = time.monotonic()
        result = project.run(
            "render", "--no-measure", "--yes", "--backoff", "0.1", "--jobs", str(arguments.jobs)
        )
        seconds = time.monotonic() - started
        books = FalBooks(project.root, server)
        wrong = [*books.breaches(), *books.lost()]
        polls = server.requests["status"]
        print(result.stdout.splitlines()[-2:])
        print(f"{len(server.jobs)} jobs, {server.requests['submit']} submits, {polls} polls")
        print(f"{seconds:.1f} s in all, exit {result.status}; {len(wrong)} wrong")
    print("\n".join(wrong))
    return 1 if wrong or result.status else 0


if __name__ == "__main__":
    sys.exit(main())
