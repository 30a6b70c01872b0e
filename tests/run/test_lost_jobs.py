"""Jobs that go wrong: lost answers, a server that restarts, forgets, fails, is full or refuses."""

from __future__ import annotations

import pytest

from support.acestep.server import AceStepServer, acestep_server
from support.acestep.states import NEW, WHEEL, State
from support.acestep.troubles import (
    NO_REASON,
    Mishap,
    Trouble,
)
from support.kit import Project
from tests.run.job_projects import (
    RENDER,
    SPEC,
    acestep_project,
    begin,
    interrupt,
    kill,
    nothing_is_left,
    songs,
)

__all__ = ["acestep_server"]

ONE = "".join(line for line in SPEC.splitlines(keepends=True) if "second" not in line)


@pytest.fixture
def single(project: Project, acestep_server: AceStepServer) -> Project:
    return acestep_project(project, acestep_server, ONE)


@pytest.mark.parametrize("state", [WHEEL, NEW], ids=lambda state: state.name)
def test_what_a_restart_lost_is_asked_for_again(state: State, project: Project) -> None:
    with AceStepServer(state) as server:
        acestep_project(project, server)
        server.hold()
        process = begin(project, server, 2)
        server.wait_for_running(1)
        server.restart()
        server.release()
        stdout, _ = process.communicate()
        assert process.returncode == 0, stdout
        assert "probably restarted (again in" in stdout
        assert server.charged == 4
        assert {e["attempts"] for e in songs(project).values()} == {2}
        assert {e["unknown_outcomes"] for e in songs(project).values()} == {0}
        nothing_is_left(project, server, RENDER)


def test_what_a_restart_between_two_runs_lost_is_asked_for_again_as_it_was(
    project: Project, acestep_server: AceStepServer
) -> None:
    river = "references: {river: {file: r.mp3, purpose: song}}\n"
    spec = ONE.replace("{lyrics", "{reference: river, lyrics").replace("songs:", f"{river}songs:")
    acestep_project(project, acestep_server, spec)
    project.reference("specs/r.mp3")
    with acestep_server.holding():
        interrupt(begin(project, acestep_server, 1))
        acestep_server.restart()
    result = project.run(*RENDER)
    assert result.status == 0, result
    assert "probably restarted" in result.stdout
    assert "Done: 1 rendered." in result.stdout
    first, second = acestep_server.submissions
    assert set(first.files) == {"ref_audio"}
    assert second.body == first.body
    nothing_is_left(project, acestep_server, RENDER)


def test_frozen_asks_for_nothing_in_place_of_what_is_lost(
    single: Project, acestep_server: AceStepServer
) -> None:
    kill(begin(single, acestep_server, 1))
    acestep_server.wait_for_done()
    acestep_server.forget()
    result = single.run(*RENDER, "--frozen")
    assert result.status == 1, result
    assert "may ask for no song" in result.stdout
    assert acestep_server.charged == 1
    assert single.run(*RENDER).status == 0
    assert acestep_server.charged == 2


def test_a_lost_job_of_no_song_of_the_run_is_told_and_not_asked_for_again(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server)
    kill(begin(project, acestep_server, 1, "--select", "first"))
    acestep_server.wait_for_done()
    acestep_server.forget(results=False)
    result = project.run(*RENDER, "--select", "second")
    assert result.status == 0, result
    assert "failed   demo/first/1: the song's file is gone at the server" in result.stdout
    assert acestep_server.charged == 2
    assert project.run(*RENDER).status == 0
    assert acestep_server.charged == 3


def test_a_failure_without_a_reason_names_the_usual_ones(
    single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script_jobs([NO_REASON] * 2)
    result = single.run(*RENDER)
    assert result.status == 1, result
    for word in ("GPU memory", "language model", "ffmpeg", "server's log"):
        assert word in result.stdout + result.stderr, result


UNREADABLE = {
    "submit": ("submit", Mishap.raw(b"<html>hello"), "the server's answer is not JSON"),
    "no name": ("submit", Mishap.raw(b'{"data": {}, "code": 200}'), "no usable task_id"),
    "refused": ("submit", Mishap.http(422, "what is this"), "HTTP 422"),
}


@pytest.mark.parametrize(("endpoint", "answer", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_that_nobody_expected_says_once_where_to_report_it(
    endpoint: str, answer: Mishap, said: str, project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server)
    acestep_server.script(endpoint, [answer] * 40)
    result = project.run(*RENDER, "--backoff", "0")
    assert result.status == 1, result
    assert said in result.stdout
    assert result.stdout.count("  fix: look into the server's log; ") == 1, result
    assert "to the authors of songbatch" in result.stdout


def test_a_queue_that_the_run_itself_fills_is_waited_for(
    project: Project, acestep_server: AceStepServer
) -> None:
    many = "".join(f"  s{number}: {{lyrics: Line number {number}.}}\n" for number in range(8))
    acestep_project(project, acestep_server, f"{SPEC.partition('songs:')[0]}songs:\n{many}")
    acestep_server.queue_size, acestep_server.seconds = 1, 0.3
    result = project.run(*RENDER, "--backoff", "0.001", "--jobs", "8")
    assert result.status == 0, result
    assert acestep_server.charged == 8
    assert acestep_server.requests["submit"] > 8


def test_another_model_than_asked_for_ends_the_run(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server)
    acestep_server.script_jobs([Trouble.other_model("acestep-v15-base")])
    result = project.run(*RENDER, "--jobs", "1")
    assert result.status == 5, result
    assert "acestep-v15-base, not acestep-v15-turbo" in result.stderr
    assert "fix: " in result.stderr
    assert acestep_server.charged == 1
    assert project.run(*RENDER).status == 0
    assert acestep_server.charged == 3


def test_another_model_that_an_earlier_run_was_given_is_asked_for_again(
    single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script_jobs([Trouble.other_model("acestep-v15-base")])
    with acestep_server.holding():
        kill(begin(single, acestep_server, 1))
    result = single.run(*RENDER)
    assert result.status == 0, result
    assert "acestep-v15-base, not acestep-v15-turbo" in result.stdout
    assert acestep_server.charged == 2
    assert "Done: 1 rendered." in result.stdout, result
    nothing_is_left(single, acestep_server, RENDER)


def test_another_model_in_place_of_one_of_an_earlier_run_ends_the_run(
    single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script_jobs([Trouble.other_model("acestep-v15-base")] * 9)
    with acestep_server.holding():
        kill(begin(single, acestep_server, 1))
    result = single.run(*RENDER)
    assert result.status == 5, result
    assert acestep_server.charged == 2


def test_a_wrong_key_ends_the_run_at_once(project: Project) -> None:
    with AceStepServer(key="right") as server:
        acestep_project(project, server)
        result = project.run(*RENDER, "--jobs", "1", env={"ACESTEP_API_KEY": "wrong"})
        assert result.status == 5, result
        assert "ACESTEP_API_KEY" in result.stderr
        assert "wrong" not in result.stdout + result.stderr
        assert (server.refused_keys, server.charged) == (1, 0)


def test_a_key_that_is_refused_while_songs_render_leaves_them(project: Project) -> None:
    with AceStepServer(key="right") as server:
        acestep_project(project, server)
        with server.holding():
            process = begin(project, server, 2, env={"ACESTEP_API_KEY": "right"})
            server.key = "another"
            stdout, _ = process.communicate(timeout=30)
            assert process.returncode == 5, stdout
            assert "2 songs keep rendering at acestep" in stdout
        server.key = "right"
        assert project.run(*RENDER, env={"ACESTEP_API_KEY": "right"}).status == 0
        assert server.charged == 2
