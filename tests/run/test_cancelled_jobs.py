"""`songbatch jobs` from outside: what it lists, what it has cancelled, and what is charged then."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from support.acestep.server import AceStepServer
from support.fal import troubles
from support.fal.server import FalServer
from support.replicate.server import ReplicateServer
from tests.run.job_projects import SPEC as ACESTEP_SPEC
from tests.run.job_projects import acestep_project, begin, events, interrupt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.kit import Project

KEYS = {"FAL_KEY": "0f3c-named:a-secret-of-the-test-0123", "REPLICATE_API_TOKEN": "r8_of-the-test"}
RENDER = ("render", "--no-measure", "--backoff", "0.05", "--yes")
SPEC = """\
version: 1
engine: {engine}
defaults: {{style: dream pop, duration: 10}}
songs:
  first: {{lyrics: Down by the river we sing.}}
  second: {{lyrics: Up on the hill there is light.}}
"""


@pytest.fixture
def queue() -> Iterator[FalServer]:
    """A queue that works at one song, and lets none end."""
    with FalServer(key=KEYS["FAL_KEY"]) as server:
        server.queue.concurrency = 1
        server.hold()
        yield server


def hosted(project: Project, engine: str, url: str, spec: str = "") -> Project:
    said = f"version: 1\nengines: {{{engine.partition('/')[0]}: {{url: '{url}'}}}}\n"
    project.write("songbatch.yaml", said).write(".config/songbatch/config.yaml", said)
    project.environment = KEYS
    return project.write("specs/demo.yaml", spec or SPEC.format(engine=engine))


def submitted(project: Project, jobs: int) -> str:
    """Begin a run, press Ctrl-C once so many jobs are under way; return what it printed."""
    process = project.start(*RENDER, "--jobs", "1") if jobs == 1 else project.start(*RENDER)
    while len(events(project, "submitted")) < jobs:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stdout + stderr
    return stdout


def told(project: Project, *arguments: str, status: int = 0) -> Any:
    result = project.run("jobs", "--json", *arguments)
    assert result.status == status, result
    return json.loads(result.stdout)


def outcomes(report: Any) -> dict[str, str]:
    return {job["id"].split("/")[1]: job["outcome"] for job in report["listed"]}


def running(queue: FalServer) -> str:
    """Return the name of the song that the queue works at."""
    (job,) = queue.queue.alive("running")
    return "first" if "river" in job.given["lyrics"] else "second"


def begun_and_waiting(project: Project, queue: FalServer) -> tuple[str, str]:
    """Leave two songs under way; return the name of the one that is worked at, and the other's."""
    submitted(hosted(project, "fal/music-3", queue.url), 2)
    begun = running(queue)
    return begun, "second" if begun == "first" else "first"


def test_jobs_are_listed_and_nothing_is_sent(project: Project, queue: FalServer) -> None:
    stdout = submitted(hosted(project, "fal/music-3", queue.url), 2)
    assert (
        "2 songs keep rendering at fal/music-3: run again to collect them, or songbatch jobs "
        "--cancel to have them stopped\n"
    ) in stdout
    requests, files = queue.requests.copy(), project.files()
    result = project.run("jobs")
    assert result.status == 0, result
    since = {record["id"]: record["at"] for record in events(project, "asked")}
    assert result.stdout == (
        "fal/music-3: 2 jobs under way\n"
        f"  demo/first/1   since {since['demo/first/1']}, about $0.02\n"
        f"  demo/second/1  since {since['demo/second/1']}, about $0.02\n"
        "About $0.04 in all. songbatch render collects what is done; songbatch jobs --cancel asks "
        "services to cancel the rest\n"
    )
    report = told(project)
    assert (report["jobs"], report["cancelling"], report["usd"]) == (1, False, 0.04)
    first = report["listed"][0]
    names = {record["job"] for record in events(project, "submitted")}
    assert first.pop("job") in names
    assert first == {
        "id": "demo/first/1",
        "reference": None,
        "engine": "fal/music-3",
        "since": since["demo/first/1"],
        "usd": 0.02,
        "is_own": True,
        "outcome": None,
        "why": None,
    }
    for pattern in ("second", "demo/second/1", "*/second*", "Second"):
        assert list(outcomes(told(project, pattern))) == ["second"], pattern
    assert outcomes(told(project, "demo")) == {"first": None, "second": None}
    wrong = project.run("jobs", "secnd")
    assert wrong.status == 2
    assert wrong.stderr == (
        "error: no job under way is meant by 'secnd'\n  fix: did you mean \"second\"?\n"
    )
    assert "fix: songbatch jobs lists them" in project.run("jobs", "").stderr
    assert (queue.requests, project.files()) == (requests, files)


def test_nothing_is_under_way(project: Project, queue: FalServer) -> None:
    hosted(project, "fal/music-3", queue.url)
    for arguments in ((), ("--cancel",), ("first",), ("--cancel", "first")):
        result = project.run("jobs", *arguments)
        assert (result.status, result.stdout) == (0, "Nothing is under way.\n"), result
    assert told(project)["listed"] == []
    assert not (project.root / ".songbatch").exists()
    assert not queue.requests


def test_what_waits_costs_nothing_and_what_runs_is_collected(
    project: Project, queue: FalServer
) -> None:
    begun, waiting = begun_and_waiting(project, queue)
    result = project.run("jobs", "--cancel")
    assert result.status == 0, result
    assert result.stdout == (
        "fal/music-3\n"
        f"  1 cancelled before the service began, at no cost: demo/{waiting}/1\n"
        f"  1 asked to stop, and may be charged all the same (about $0.02): demo/{begun}/1\n"
        "Cancelled 1 of 2 jobs; about $0.02 may be charged.\n"
        "songbatch render collects what came of the others\n"
    )
    (failed,) = events(project, "failed")
    assert failed["message"] == "cancelled before it began"
    assert list(outcomes(told(project))) == [begun]
    queue.release()
    plan = project.run("plan").stdout
    assert "1 to collect, 1 to render" in plan
    assert project.run(*RENDER).status == 0
    assert queue.requests["submit"] == 3
    assert len(queue.books.charges) == 2
    assert project.run("jobs").stdout == "Nothing is under way.\n"


def test_only_what_a_pattern_means_is_cancelled(project: Project, queue: FalServer) -> None:
    begun, waiting = begun_and_waiting(project, queue)
    assert outcomes(told(project, "--cancel", waiting)) == {waiting: "dropped"}
    assert queue.requests["cancel"] == 1
    assert list(outcomes(told(project))) == [begun]


def test_a_song_that_was_stopped_at_work_is_held(project: Project, queue: FalServer) -> None:
    begun, _ = begun_and_waiting(project, queue)
    queue.queue.cancels_running = True
    report = told(project, "--cancel", begun)
    assert outcomes(report) == {begun: "asked"}
    assert report["usd"] == 0.02
    queue.release()
    result = project.run(*RENDER, "--select", begun)
    assert result.status == 1, result
    assert "the song was cancelled at the service, which may charge for it (HTTP 499" in (
        result.stdout
    )
    assert "may have been paid" in result.stdout
    assert project.run(*RENDER, "--select", begun).status == 3
    assert queue.requests["submit"] == 2
    assert project.run(*RENDER, "--retry-unknown", "1").status == 0


def test_a_song_that_somebody_else_cancelled_for_nothing_is_asked_for_by_the_run_after(
    project: Project, queue: FalServer
) -> None:
    _, waiting = begun_and_waiting(project, queue)
    queue.queue.cancelled_units = 0
    job = next(job for job in queue.jobs if job.status == "queued")
    with queue.changed:
        queue.queue.cancel(job)
    queue.release()
    result = project.run(*RENDER)
    assert result.status == 1, result
    assert "cancelled at the service before it began, which charges nothing" in result.stdout
    assert "fix: run again to ask for it anew" in result.stdout
    assert queue.requests["submit"] == 2
    assert "1 to render" in project.run("plan").stdout
    assert project.run(*RENDER).status == 0
    assert f"demo/{waiting}/1" in project.entries("demo", "fal@music-3")


def test_what_ended_before_it_was_cancelled_is_collected(
    project: Project, queue: FalServer
) -> None:
    submitted(hosted(project, "fal/music-3", queue.url), 2)
    queue.release()
    assert outcomes(told(project, "--cancel")) == {"first": "over", "second": "over"}
    assert queue.requests["cancel"] == 0
    assert "2 collected" in project.run(*RENDER).stdout


def test_what_the_service_does_not_know_stays_under_way(project: Project, queue: FalServer) -> None:
    submitted(hosted(project, "fal/music-3", queue.url), 2)
    queue.forget()
    assert outcomes(told(project, "--cancel")) == {"first": "not known", "second": "not known"}
    assert len(told(project)["listed"]) == 2


def test_a_key_that_is_refused_cancels_nothing(project: Project, queue: FalServer) -> None:
    submitted(hosted(project, "fal/music-3", queue.url), 2)
    queue.script("status", [troubles.WRONG_KEY] * 20)
    result = project.run("jobs", "--cancel")
    assert result.status == 5, result
    assert "2 not cancelled: " in result.stdout
    assert "Cancelled 0 of 2 jobs; about $0.04 may be charged." in result.stdout
    assert "error: the service refuses the key" in result.stderr
    assert not events(project, "failed", "unknown")
    queue.recover()
    assert told(project, "--cancel")["usd"] == 0.02


def test_a_service_that_is_not_there_cancels_nothing(project: Project, queue: FalServer) -> None:
    submitted(hosted(project, "fal/music-3", queue.url), 2)
    with queue.down():
        result = project.run("jobs", "--cancel")
    assert result.status == 5, result
    assert "2 not cancelled: " in result.stdout
    assert not events(project, "failed", "unknown")


def test_an_answer_that_is_lost_is_asked_for_again(project: Project, queue: FalServer) -> None:
    _, waiting = begun_and_waiting(project, queue)
    queue.script("cancel", [troubles.Mishap.lost_before()])
    assert outcomes(told(project, "--cancel", waiting)) == {waiting: "dropped"}
    assert queue.requests["cancel"] == 2


def test_ctrl_c_leaves_no_doubt_about_what_was_dropped(project: Project, queue: FalServer) -> None:
    _, waiting = begun_and_waiting(project, queue)
    process = project.start("jobs", "--cancel")
    while not events(project, "failed"):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert waiting not in outcomes(told(project))


def test_jobs_of_another_key_or_engine_are_told(project: Project, queue: FalServer) -> None:
    submitted(hosted(project, "fal/music-3", queue.url), 2)
    requests = queue.requests.copy()
    project.environment = {"FAL_KEY": "0f3c-other:another-secret-0123456789"}
    assert "about $0.02, of another address or key than now" in project.run("jobs").stdout
    result = project.run("jobs", "--cancel")
    assert result.status == 0, result
    assert "2 not cancelled: fal/music-3 has another address or key now" in result.stdout
    ledger = project.root / ".songbatch/ledger.jsonl"
    before = ledger.read_bytes()
    assert told(project)["listed"][0]["is_own"] is False
    assert (queue.requests, ledger.read_bytes()) == (requests, before)


def test_another_run_is_waited_for_unless_that_is_not_wanted(
    project: Project, queue: FalServer
) -> None:
    submitted(hosted(project, "fal/music-3", queue.url), 2)
    with FileLock(project.root / ".songbatch/lock"):
        assert project.run("jobs", "--cancel", "--no-wait").status == 4
        assert len(told(project)["listed"]) == 2
    assert queue.requests["cancel"] == 0


VOICE = """\
version: 1
engine: fal/mureka-9
references:
  mara: {file: mara.mp3, purpose: voice}
songs:
  first: {reference: mara, lyrics: Down by the river we sing.}
"""


def test_an_id_of_a_reference_is_cancelled_by_its_name(project: Project, queue: FalServer) -> None:
    queue.elsewhere("minimax/music-3", {"prompt": "x", "lyrics": "y"})
    hosted(project, "fal/mureka-9", queue.url, VOICE).reference("specs/mara.mp3")
    submitted(project, 1)
    assert "  reference mara as voice  since " in project.run("jobs").stdout
    (listed,) = told(project, "mara")["listed"]
    assert (listed["reference"]["purpose"], listed["usd"]) == ("voice", 5.0)
    (done,) = told(project, "--cancel", "mara")["listed"]
    assert done["outcome"] == "dropped"
    assert queue.books.total == 0


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_prediction_costs_nothing_if_it_had_not_begun(project: Project, is_begun: bool) -> None:
    with ReplicateServer(key=KEYS["REPLICATE_API_TOKEN"]) as server:
        server.hold()
        server.course.polls_to_start = 1 if is_begun else 1000
        submitted(hosted(project, "replicate/ace-step-1.5", server.url), 2)
        for prediction in server.predictions if is_begun else ():
            server.look(prediction.id)
        expected = "asked" if is_begun else "dropped"
        report = told(project, "--cancel")
        assert outcomes(report) == {"first": expected, "second": expected}
        assert (server.books.usd > 0) is is_begun
        assert (report["usd"] > 0) is is_begun
        server.release()
        server.course.polls_to_start = 1
        result = project.run(*RENDER)
        if is_begun:
            assert result.status == 1, result
            assert "after it began: what ran may be billed" in result.stdout
            assert project.run(*RENDER).status == 3
            assert server.requests["create"] == 2
        else:
            assert result.status == 0, result
            assert server.requests["create"] == 4


def test_a_server_that_cancels_nothing_is_not_asked(project: Project) -> None:
    with AceStepServer() as server:
        acestep_project(project, server, ACESTEP_SPEC, "usd_per_render: 0.05")
        with server.holding():
            stdout = interrupt(begin(project, server, 2))
            assert "run again to collect them\n" in stdout
            requests = server.requests.copy()
            result = project.run("jobs", "--cancel")
            assert result.status == 0, result
            assert "  2 not cancelled: the service has no way to (about $0.10): " in result.stdout
            assert server.requests == requests
        assert project.run("render", "--no-measure").status == 0
        assert server.charged == 2
