"""Every kind of failure × every step of a job × once and always, free and priced.

Through the real command, against a server with books of its own. Failures that end only their own
song share a run: each song has its own misfortune, and two songs each kind, one that it meets once
and one that it meets for ever. Failures that end the run have it for themselves.

`pytest tests/run/test_job_fault_matrix.py --whole-tables` leaves nothing out: by default, of the
downloads that fail for ever where songs are free, one in five is tried.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from support.acestep.server import AceStepServer, acestep_server
from support.acestep.troubles import Mishap, Trouble
from support.kit import Project
from tests.run.job_faults import JOB_ROWS, ROWS, Row
from tests.run.job_projects import (
    RENDER,
    acestep_project,
    begin,
    interrupt,
    nothing_is_left,
    songs,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["acestep_server"]

PRICED = "usd_per_render: 0.05"
QUICK = (*RENDER, "--backoff", "0.001")
FOR_EVER = 40
LINE_TRIES = 8
prices = pytest.mark.parametrize("price", ["", PRICED], ids=["free", "priced"])


class Books(NamedTuple):
    """What the server has of one song after one run: requests of the step, and jobs; and whether
    the song is there, and how many outcomes of requests for it are unknown.
    """

    requests: int
    charged: int
    done: bool
    unknown: int = 0


SUBMIT = {
    "fine": (Books(1, 1, True), Books(1, 1, True)),
    "retry": (Books(2, 1, True), Books(4, 0, False)),
    "slow_down": (Books(2, 1, True), None),
    "rejected": (Books(1, 0, False), Books(1, 0, False)),
}
"""What the run comes to where a failure comes once, and where it always comes."""
COLLECT = {
    "fine": (Books(1, 1, True), Books(1, 1, True)),
    "retry": (Books(2, 1, True), Books(36, 4, False)),
    "slow_down": (Books(2, 1, True), None),
    "lost": (Books(2, 2, True), Books(4, 4, False)),
    "rejected": (Books(1, 1, False), Books(1, 1, False)),
}
COLLECT_PRICED = COLLECT | {
    "retry": (Books(2, 1, True), Books(9, 1, False, 1)),
    "lost": (Books(1, 1, False, 1), Books(1, 1, False, 1)),
    "rejected": (Books(1, 1, False, 1), Books(1, 1, False, 1)),
}
HELD = Books(1, 1, False, 1)
"""Whatever was made, or may have been, is held where it costs something."""


def spec_of(names: Iterable[str]) -> str:
    lines = "".join(f"  {name}: {{lyrics: The song of {name}.}}\n" for name in names)
    return (
        "version: 1\nengine: acestep\ndefaults:\n"
        "  {style: dream pop, duration: 10, audio: {format: wav, sample_rate: 16000}}\n"
        f"songs:\n{lines}"
    )


def words(name: str) -> str:
    return f"song of {name}."


def differing(found: Mapping[str, Books], expected: Mapping[str, Books]) -> dict[str, Any]:
    """Return the cells of the table that are not as expected, each with what is."""
    return {
        name: {"found": books, "expected": expected[name]}
        for name, books in found.items()
        if books != expected[name]
    }


class Batch:
    """Songs with a misfortune each, in one project."""

    def __init__(self, project: Project, server: AceStepServer, step: str, price: str) -> None:
        self.project, self.server, self.step, self.price = project, server, step, price
        server.max_seconds = 2.0  # what counts here does not last
        self.expected: dict[str, Books] = {}

    def add(
        self, name: str, expected: tuple[Books, Books | None], misfortune: Mishap | Trouble
    ) -> None:
        """Add a song to which it happens once, and one to which it always does, unless for None."""
        for end, times, books in zip(("once", "always"), (1, FOR_EVER), expected, strict=True):
            if books is not None:
                self.expected[f"{name}-{end}"] = books
                self.server.songs.add(self.step, words(f"{name}-{end}"), [misfortune] * times)

    def run(self, *more: str) -> int:
        acestep_project(self.project, self.server, spec_of(self.expected), self.price)
        result = self.project.run(*QUICK, "--jobs", "16", "--max-cost", "100", *more)
        assert "Traceback" not in result.stderr, result
        return result.status

    def books(self) -> dict[str, Books]:
        entries = songs(self.project)
        return {name: self._books(name, entries[f"demo/{name}/1"]) for name in self.expected}

    def _books(self, name: str, entry: Mapping[str, Any]) -> Books:
        requests = self.server.songs.requests[self.step, words(name)]
        return Books(
            requests, self.charged(name), entry["status"] == "done", entry["unknown_outcomes"]
        )

    def charged(self, name: str) -> int:
        return sum(words(name) in job.asked.lyrics for job in self.server.jobs)

    def check(self) -> None:
        """Render; then, with a server that works, until all is there; judge each song each time."""
        assert self.run() == 1
        found = self.books()
        assert differing(found, self.expected) == {}
        # What may be paid is held; all else is asked for, once.
        self.server.songs.clear()
        held = {name for name, books in found.items() if books.unknown and self.price}
        assert self.run() == (3 if held else 0)
        again = self.books()
        assert {name for name in self.expected if not again[name].done} == held
        for name, books in found.items():
            more = not books.done and name not in held
            assert self.charged(name) == books.charged + more, name
        if held:
            assert self.run() == 3
            assert self.run("--retry-unknown", "9") == 0
            assert all(books.done for books in self.books().values())
            for name in held:
                assert self.charged(name) == found[name].charged + 1, name
        nothing_is_left(self.project, self.server, (*QUICK, "--max-cost", "100"))


@prices
def test_a_song_is_asked_for(price: str, project: Project, acestep_server: AceStepServer) -> None:
    batch = Batch(project, acestep_server, "submit", price)
    for row in ROWS:
        if row.submit != "stop":
            batch.add(row.name, _submitted(row, bool(price)), row.mishap)
    batch.check()


def _submitted(row: Row, is_priced: bool) -> tuple[Books, Books | None]:
    if row.submit != "unknown":
        return SUBMIT[row.submit]
    # A job whose answer was lost is at the server all the same.
    arrived = int(row.mishap.carried_out)
    if is_priced:
        held = Books(1, arrived, False, 1)
        return held, held
    return Books(2, 1 + arrived, True), Books(2, 2 * arrived, False)


@prices
def test_a_song_is_fetched(
    price: str, project: Project, acestep_server: AceStepServer, whole_tables: bool
) -> None:
    batch = Batch(project, acestep_server, "download", price)
    table = COLLECT_PRICED if price else COLLECT
    retried = itertools.count()
    for row in ROWS:
        if row.collect != "stop":
            once, always = table[row.collect]
            # Where it is free, each that always comes is 36 requests: of every five, one.
            if row.collect == "retry" and not price and next(retried) % 5 and not whole_tables:
                always = None
            batch.add(row.name, (once, always), row.mishap)
    batch.check()


JOB = {
    "fine": (Books(1, 1, True), Books(1, 1, True)),
    "failed": (Books(2, 2, True), Books(2, 2, False)),
    "impossible": (Books(1, 1, False), Books(1, 1, False)),
    "worthless": (Books(2, 2, True), Books(2, 2, False)),
    "lost": (Books(2, 2, True), Books(4, 4, False)),
    "rejected": (Books(1, 1, False), Books(1, 1, False)),
    "retry": (Books(2, 2, True), Books(4, 4, False)),
    "unusable": (Books(2, 2, True, 1), Books(2, 2, False, 2)),
}
JOB_PRICED = JOB | dict.fromkeys(
    ("worthless", "lost", "rejected", "retry", "unusable"), (HELD, HELD)
)


@prices
def test_a_job_ends(price: str, project: Project, acestep_server: AceStepServer) -> None:
    batch = Batch(project, acestep_server, "job", price)
    for row in JOB_ROWS:
        batch.add(row.name, (JOB_PRICED if price else JOB)[row.meaning], row.trouble)
    batch.check()


ONE = spec_of(["first"])


def stops(step: str) -> list[tuple[Row, int]]:
    """The failures of a step that end the run, and how often each has to come for that."""
    # A submit waits for a full queue.
    times = {"stop": 1} if step == "submit" else {"stop": 1, "slow_down": LINE_TRIES + 1}
    return [(row, times[meaning]) for row in ROWS if (meaning := str(getattr(row, step))) in times]


@prices
@pytest.mark.parametrize("step", ["submit", "poll", "collect"])
def test_what_stops_a_run_costs_nothing_and_loses_nothing(
    step: str, price: str, project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, ONE, price)
    endpoint = "download" if step == "collect" else step
    for row, times in stops(step):
        before = acestep_server.requests[endpoint]
        acestep_server.script(endpoint, [row.mishap] * times)
        result = project.run(*QUICK)
        assert result.status == 5, (row.name, result)
        assert "fix: " in result.stderr, (row.name, result)
        assert acestep_server.requests[endpoint] == before + times, row.name
        is_kept = "1 song keeps rendering at acestep: run again to collect it" in result.stdout
        assert is_kept == (step != "submit"), (row.name, result)
    assert project.run(*QUICK).status == 0
    assert acestep_server.charged == 1
    assert songs(project)["demo/first/1"]["unknown_outcomes"] == 0
    nothing_is_left(project, acestep_server, QUICK)


@prices
def test_a_full_queue_is_waited_for(
    price: str, project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, ONE, price)
    for row in ROWS:
        if row.submit == "slow_down":
            before = acestep_server.requests["submit"]
            acestep_server.script("submit", [row.mishap] * 9)
            result = project.run(*QUICK)
            assert result.status == 1, (row.name, result)
            assert "not asked for yet: the server's queue is full" in result.stdout
            assert "  fix: run again later" in result.stdout
            assert acestep_server.requests["submit"] == before + 9, row.name
            assert "render   demo/first/1: not rendered yet" in project.run("plan").stdout
    assert project.run(*QUICK).status == 0
    assert acestep_server.charged == 1


@prices
def test_polls_that_fail_for_ever_end_the_run_and_not_the_job(
    price: str, project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, ONE, price)
    failing = [row.mishap for row in ROWS if row.poll == "line"]
    times = LINE_TRIES + 1
    for start in range(0, len(failing), times):
        # Nothing but failures, however they differ.
        acestep_server.script("poll", (failing[start:] + failing)[:times])
        before = acestep_server.polls
        result = project.run(*QUICK)
        assert result.status == 5, result
        assert "1 song keeps rendering at acestep: run again to collect it" in result.stdout
        assert result.stdout.count("retry    1 song: ") == LINE_TRIES
        assert acestep_server.polls == before + times
    assert project.run(*QUICK).status == 0
    assert acestep_server.charged == 1


@prices
def test_polls_that_fail_once_are_repeated(
    price: str, project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, ONE, price)
    rows = [row for row in ROWS if row.poll != "stop"]
    # A right answer after every few, for a line that never works is given up.
    few = [rows[start : start + 5] for start in range(0, len(rows), 5)]
    script = [each for part in few for each in (*(row.mishap for row in part), None)]
    acestep_server.script("poll", script)
    with acestep_server.holding():
        process = project.start(*QUICK, "--json")
        acestep_server.wait_for_requests("poll", len(script))
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stdout + stderr
    assert stdout.count('"retrying"') == sum(row.poll == "line" for row in rows), stdout
    assert acestep_server.charged == 1


@prices
def test_a_server_that_is_down_is_told(
    price: str, project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, ONE, price)
    with acestep_server.down():
        result = project.run(*QUICK)
        assert result.status == 5, result
        assert "start the server" in result.stderr
    with acestep_server.holding():
        interrupt(begin(project, acestep_server, 1))
    with acestep_server.down():
        assert project.run(*QUICK).status == 5
    assert project.run(*QUICK).status == 0
    assert acestep_server.charged == 1
    assert songs(project)["demo/first/1"]["unknown_outcomes"] == 0


@prices
def test_another_model_ends_the_run_and_is_held_where_it_costs(
    price: str, project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, ONE, price)
    acestep_server.script_jobs([Trouble.other_model("acestep-v15-base")])
    result = project.run(*QUICK)
    assert result.status == 5, result
    assert "acestep-v15-base, not acestep-v15-turbo" in result.stderr
    assert ("may have been paid" in result.stdout) == bool(price), result
    if price:
        assert project.run(*QUICK).status == 3
        assert acestep_server.charged == 1
    assert project.run(*QUICK, "--retry-unknown", "1").status == 0
    assert acestep_server.charged == 2


@prices
def test_jobs_of_an_engine_that_no_render_uses_any_more(
    price: str, project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, ONE, price)
    with acestep_server.holding():
        interrupt(begin(project, acestep_server, 1))
    river = "references: {river: {file: r.mp3, purpose: song}}\n"
    song = "songs:\n  other: {reference: river, lyrics: Another song.}\n"
    project.write("specs/demo.yaml", f"version: 1\nengine: sketch\n{river}{song}")
    project.reference("specs/r.mp3")
    for row in ROWS:
        # One of each kind; each is asked for once a run, and holds up nothing.
        if row.name in {"http-401", "http-404", "http-500", "page-502", "lost-after", "list"}:
            before = acestep_server.polls
            acestep_server.script("poll", [row.mishap])
            result = project.run(*QUICK)
            assert result.status == 0, (row.name, result)
            assert acestep_server.polls == before + 1, row.name
            assert acestep_server.requests["download"] == 0, row.name
    result = project.run(*QUICK)
    assert result.status == 0, result
    assert "of no song of this run: kept in the store" in result.stdout, result
    assert acestep_server.charged == 1
    acestep_project(project, acestep_server, ONE, price)
    assert project.run(*QUICK).status == 0
    assert acestep_server.charged == 1
