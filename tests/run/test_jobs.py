"""Jobs: what a run submits it collects, in this run or in the next one; nothing is asked twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from songbatch.store import manifest as manifests
from support.acestep.server import AceStepServer, acestep_server
from support.acestep.states import OLD, STATES, State
from support.acestep.troubles import Mishap
from support.kit import Project
from tests.run.job_projects import (
    RENDER,
    SPEC,
    acestep_project,
    begin,
    events,
    interrupt,
    kill,
    last,
    nothing_is_left,
    songs,
)

__all__ = ["acestep_server"]


SKETCHED = """\
version: 1
references:
  river: {file: river.mp3, purpose: song}
songs:
  third: {reference: river, lyrics: Across the river there is a song.}
"""


@pytest.fixture
def sung(project: Project, acestep_server: AceStepServer) -> Project:
    return acestep_project(project, acestep_server)


@pytest.mark.parametrize("state", STATES.values(), ids=list(STATES))
def test_each_song_is_one_job_and_then_there_is_nothing_to_do(
    state: State, project: Project
) -> None:
    with AceStepServer(state) as server:
        acestep_project(project, server)
        result = project.run(*RENDER)
        assert result.status == 0, result
        assert server.charged == 2
        assert all(job.downloads == 1 for job in server.jobs)
        entries = songs(project)
        assert {e["status"] for e in entries.values()} == {"done"}
        assert {e["job"] for e in entries.values()} == {job.task_id for job in server.jobs}
        nothing_is_left(project, server, RENDER)


def test_a_take_is_a_seed(project: Project, acestep_server: AceStepServer) -> None:
    spec = SPEC.replace("we sing.}", "we sing., takes: 2}").replace(
        "is light.}", "is light., takes: 2, seed: 41}"
    )
    acestep_project(project, acestep_server, spec)
    assert project.run(*RENDER).status == 0
    asked = sorted(int(s.fields["seed"]) for s in acestep_server.submissions)
    assert asked == [1, 2, 41, 42]
    seeds = {name: entry["seed"] for name, entry in songs(project).items()}
    assert seeds == {
        "demo/first/1": 1,
        "demo/first/2": 2,
        "demo/second/1": 41,
        "demo/second/2": 42,
    }
    assert all("seed_honoured" not in entry for entry in songs(project).values())


def test_another_seed_than_asked_for_is_written_down_and_told_once(project: Project) -> None:
    with AceStepServer(OLD) as server:
        acestep_project(project, server)
        result = project.run(*RENDER, "--json")
        assert result.status == 0, result
        told = [line for line in last(result)["advice"] if "seed" in line]
        assert len(told) == 1
        assert "acestep used seeds of its own for 2 songs" in told[0]
        for entry in songs(project).values():
            assert entry["seed_honoured"] is False
            assert entry["seed_asked"] == 1
            assert entry["seed"] != 1
        used = {job.used.seeds[0] for job in server.jobs if job.used is not None}
        assert {entry["seed"] for entry in songs(project).values()} == used
        nothing_is_left(project, server, RENDER)


def test_a_length_that_was_asked_for_by_the_words_is_written_down(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, SPEC.replace(", duration: 10", ""))
    assert project.run(*RENDER).status == 0
    jsonschema.validate(project.manifest("demo", "acestep"), json.loads(manifests.schema_text()))
    for entry in songs(project).values():
        (sent,) = {
            job.submission.fields["audio_duration"]
            for job in acestep_server.jobs
            if job.task_id == entry["job"]
        }
        assert (entry["seconds_asked"], entry["warnings"]) == (sent, [])
        assert not {"duration", "notes"} & entry.keys()
    nothing_is_left(project, acestep_server, RENDER)


def test_a_song_that_comes_shorter_than_asked_for_is_a_finding(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server)
    acestep_server.max_seconds = 9.5
    assert project.run(*RENDER).status == 0
    assert [entry["warnings"] for entry in songs(project).values()] == [[], []]
    acestep_server.max_seconds = 6.25
    shorter = (
        "10 s asked for, 6.25 s delivered: the server may have shortened it for lack of memory"
    )
    project.write("specs/demo.yaml", SPEC.replace("dream pop", "dark pop"))
    result = project.run(*RENDER)
    assert result.status == 0
    for entry in songs(project).values():
        assert entry["warnings"] == [shorter]
        assert "seconds_asked" not in entry
    assert shorter in result.stdout + result.stderr
    # What is made of the master later is no longer than it.
    (project.root / "outputs/demo/acestep/manifest.json").unlink()
    assert project.run(*RENDER).status == 0
    assert [entry["warnings"] for entry in songs(project).values()] == [[shorter], [shorter]]


def test_a_cover_is_as_long_as_its_original(
    project: Project, acestep_server: AceStepServer
) -> None:
    project.reference("specs/band.mp3")
    spec = SPEC.replace("songs:", "references: {band: {file: band.mp3, purpose: song}}\nsongs:")
    acestep_project(
        project, acestep_server, spec.replace("duration: 10", "reference: band, follow: song")
    )
    acestep_server.max_seconds = 6.25
    assert project.run(*RENDER).status == 0
    assert [entry["warnings"] for entry in songs(project).values()] == [[], []]


def test_two_songs_of_one_key_share_a_job(project: Project, acestep_server: AceStepServer) -> None:
    spec = SPEC.replace("Up on the hill there is light.", "Down by the river we sing.")
    acestep_project(project, acestep_server, spec)
    with acestep_server.holding():
        interrupt(begin(project, acestep_server, 1))
    result = project.run(*RENDER)
    assert result.status == 0, result
    assert acestep_server.charged == 1
    assert len({entry["audio_sha256"] for entry in songs(project).values()}) == 1
    nothing_is_left(project, acestep_server, RENDER)


def test_ctrl_c_leaves_at_once_and_says_what_keeps_rendering(
    sung: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        stdout = interrupt(begin(sung, acestep_server, 2))
    assert "2 songs keep rendering at acestep: run again to collect them" in stdout
    plan = sung.run("plan").stdout
    assert plan.count("collect  demo/") == 2
    assert "2 to collect; nothing to pay." in plan
    result = sung.run(*RENDER)
    assert result.status == 0, result
    assert "Done: 2 collected." in result.stdout
    assert acestep_server.charged == 2
    nothing_is_left(sung, acestep_server, RENDER)


def test_programs_are_told_what_keeps_rendering(
    sung: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        process = begin(sung, acestep_server, 2, "--json")
        lines = interrupt(process).splitlines()
    assert '"under_way": [{"engine": "acestep", "songs": 2}]' in lines[-1]
    assert "run again to collect them" in lines[-1]


def test_ctrl_c_does_not_wait_for_an_answer_on_how_jobs_stand(
    sung: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script("poll", [Mishap.late(60.0)])
    with acestep_server.holding():
        process = begin(sung, acestep_server, 2)
        acestep_server.wait_for_requests("poll", 1)
        assert "2 songs keep rendering" in interrupt(process)
    assert sung.run(*RENDER).status == 0
    assert acestep_server.charged == 2


def test_ctrl_c_does_not_wait_long_for_a_song_to_be_taken(
    sung: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script("submit", [None, Mishap.late(60.0)])
    with acestep_server.holding():
        process = sung.start(*RENDER, "--jobs", "2")
        acestep_server.wait_for_requests("submit", 2)
        while not events(sung, "submitted"):
            assert process.poll() is None, process.communicate()
        stdout = interrupt(process)
    assert "1 song keeps rendering at acestep: run again to collect it" in stdout
    assert stdout.count("asked for, but not answered before the run was interrupted") == 1
    assert "paid" not in stdout
    result = sung.run(*RENDER)
    assert result.status == 0, result
    assert "Done: 1 rendered, 1 collected." in result.stdout
    assert acestep_server.requests["submit"] == 3
    nothing_is_left(sung, acestep_server, RENDER)


def test_a_song_that_is_just_arriving_is_fetched_by_the_next_run(
    sung: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script("download", [Mishap.late(60.0)] * 2)
    process = begin(sung, acestep_server, 2)
    acestep_server.wait_for_requests("download", 2)
    assert "2 songs keep rendering" in interrupt(process)
    assert sung.run(*RENDER).status == 0
    assert acestep_server.charged == 2
    nothing_is_left(sung, acestep_server, RENDER)


def test_a_song_that_came_whole_before_the_run_died_is_not_fetched_again(
    sung: Project, acestep_server: AceStepServer
) -> None:
    assert sung.run(*RENDER).status == 0
    before, state = songs(sung), sung.root / ".songbatch"
    for entry in before.values():
        digest = entry["audio_sha256"]
        whole = state / "store/incoming" / f"{entry['key']}.1.wav.whole"
        (state / "store" / digest[:2] / digest).rename(whole)
    lines = (state / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (state / "ledger.jsonl").write_bytes(b"".join(x for x in lines if b'"answered"' not in x))
    shutil.rmtree(sung.root / "outputs")
    acestep_server.restart()
    acestep_server.forget(results=True, files=True)
    requests = acestep_server.requests.copy()
    assert sung.run(*RENDER).status == 0
    assert acestep_server.requests == requests
    same = ("audio_sha256", "sha256", "job", "seed", "attempts", "unknown_outcomes")
    for name, entry in songs(sung).items():
        assert {key: entry.get(key) for key in same} == {key: before[name].get(key) for key in same}
    nothing_is_left(sung, acestep_server, RENDER)


@pytest.mark.parametrize("flags", [("--max-cost", "0"), ("--frozen",), ("--max-renders", "0")])
def test_no_flag_keeps_a_run_from_collecting(
    flags: tuple[str, ...], sung: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        kill(begin(sung, acestep_server, 2))
    result = sung.run(*RENDER, *flags)
    assert result.status == 0, result
    assert acestep_server.charged == 2
    nothing_is_left(sung, acestep_server, RENDER)


def test_what_is_not_selected_is_collected_too(
    sung: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        kill(begin(sung, acestep_server, 1, "--select", "first"))
    result = sung.run(*RENDER, "--select", "second")
    assert result.status == 0, result
    assert "Done: 1 rendered, 1 collected." in result.stdout
    assert len(events(sung, "answered")) == 2
    # It lies in the store, and the next run that wants it writes it.
    result = sung.run(*RENDER)
    assert "Done: 1 restored, 1 up to date." in result.stdout, result
    assert acestep_server.charged == 2


def test_a_song_that_was_removed_is_kept_until_it_comes_back(
    sung: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        kill(begin(sung, acestep_server, 2))
    kept = "".join(line for line in SPEC.splitlines(keepends=True) if "second" not in line)
    sung.write("specs/demo.yaml", kept)
    plan = sung.run("plan")
    names = {record["key"]: record["id"] for record in events(sung, "asked")}
    jobs = {names[record["key"]]: record["job"] for record in events(sung, "submitted")}
    before = "asked for before, as the job"
    assert plan.stdout.splitlines() == [
        "demo on acestep",
        f"  collect  demo/second/1: {before} {jobs['demo/second/1']}; of no song of this run, "
        "so it goes to the store",
        f"  collect  demo/first/1: {before} {jobs['demo/first/1']}",
        "",
        "2 to collect; nothing to pay.",
    ]
    result = sung.run(*RENDER)
    assert result.status == 0, result
    assert "collect  demo/second/1" in result.stdout
    assert "Done: 2 collected." in result.stdout
    nothing_is_left(sung, acestep_server, RENDER)
    sung.write("specs/demo.yaml", SPEC)
    assert "Done: 1 restored, 1 up to date." in sung.run(*RENDER).stdout
    assert acestep_server.charged == 2
    second = next(job for job in acestep_server.jobs if "hill" in str(job.submission.fields))
    assert songs(sung)["demo/second/1"]["job"] == second.task_id


def test_a_song_that_was_edited_is_rendered_and_what_was_asked_for_is_kept(
    sung: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        kill(begin(sung, acestep_server, 2))
    sung.replace("specs/demo.yaml", "hill", "ridge")
    result = sung.run(*RENDER)
    assert result.status == 0, result
    assert "Done: 1 rendered, 2 collected." in result.stdout
    assert acestep_server.charged == 3
    sung.replace("specs/demo.yaml", "ridge", "hill")
    assert "Done: 1 restored, 1 up to date." in sung.run(*RENDER).stdout
    assert acestep_server.charged == 3


def test_an_engine_that_nobody_uses_any_more_gives_its_songs_all_the_same(
    sung: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        kill(begin(sung, acestep_server, 2))
        sung.reference("specs/river.mp3")
        sung.write("specs/demo.yaml", SKETCHED)
        plan = sung.run("plan")
        assert "jobs of earlier runs on acestep" in plan.stdout, plan
        assert "2 to collect, 1 to render" in plan.stdout, plan
        # It does not wait for them: these songs are not what it was called for.
        result = sung.run(*RENDER, "--select", "third")
        assert result.status == 0, result
        assert "2 songs keep rendering at acestep: run again to collect them" in result.stdout
    acestep_server.wait_until(lambda: all(job.ended for job in acestep_server.jobs))
    result = sung.run(*RENDER)
    assert result.status == 0, result
    assert "Done: 2 collected, 1 up to date." in result.stdout, result
    sung.write("specs/demo.yaml", SPEC)
    assert "Done: 2 restored." in sung.run(*RENDER).stdout
    assert acestep_server.charged == 2


def test_an_engine_that_nobody_uses_any_more_holds_up_nothing(
    sung: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        kill(begin(sung, acestep_server, 1))
        sung.reference("specs/river.mp3")
        sung.write("specs/demo.yaml", SKETCHED)
        settings = (sung.root / "songbatch.yaml").read_text("utf-8")
    acestep_server.script("poll", [Mishap.http(503)])
    result = sung.run(*RENDER)
    assert result.status == 0, result
    assert "1 song of earlier runs is left at acestep: " in result.stdout, result
    # Where its section is gone, so is the address: nobody is asked.
    sung.write("songbatch.yaml", "version: 1\n")
    assert "Nothing to do" in sung.run(*RENDER).stdout
    sung.write("songbatch.yaml", settings)
    assert "Done: 1 collected, 1 up to date." in sung.run(*RENDER).stdout


def test_two_models_at_one_server_collect_their_own_jobs(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.models = ("acestep-v15-turbo", "acestep-v15-xl-turbo")
    acestep_project(project, acestep_server)
    other = SPEC.replace("engine: acestep", "engine: acestep/acestep-v15-xl-turbo")
    project.write("specs/other.yaml", other)
    with acestep_server.holding():
        kill(begin(project, acestep_server, 2))
    result = project.run(*RENDER)
    assert result.status == 0, result
    assert acestep_server.charged == 4
    assert len(events(project, "answered")) == 4
    nothing_is_left(project, acestep_server, RENDER)


def test_many_jobs_need_few_threads(project: Project, acestep_server: AceStepServer) -> None:
    many = "".join(f"  s{number}: {{lyrics: Line number {number}.}}\n" for number in range(50))
    head = SPEC.partition("songs:\n")[0]
    acestep_project(project, acestep_server, f"{head}songs:\n{many}")
    acestep_server.workers = 50
    with acestep_server.holding():
        process = begin(project, acestep_server, 50)
        acestep_server.wait_until(lambda: all(job.polls for job in acestep_server.jobs))
        threads = len(list(Path(f"/proc/{process.pid}/task").iterdir()))
        polls, looks = acestep_server.polls, sum(job.polls for job in acestep_server.jobs)
        assert "50 songs keep rendering" in interrupt(process)
    # Those that submitted stay for the next requests; none waits for a song.
    assert threads <= 24
    # One poll asks for many.
    assert looks >= 4 * polls, (looks, polls)
    assert project.run(*RENDER, "--select", "s1").status == 0
    assert len(events(project, "answered")) == 50
    assert acestep_server.charged == 50
