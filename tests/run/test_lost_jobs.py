"""Jobs that go wrong: lost answers, a server that restarts, forgets, fails, is full or refuses."""

from __future__ import annotations

import pytest

from support.acestep.server import AceStepServer, acestep_server
from support.acestep.states import NEW, WHEEL, State
from support.acestep.troubles import (
    EMPTY_FILE,
    FILE_FORBIDDEN,
    FILE_GONE,
    NO_REASON,
    OUT_OF_MEMORY,
    Mishap,
    Trouble,
)
from support.kit import Project
from tests.run.job_projects import (
    RENDER,
    SPEC,
    acestep_project,
    begin,
    events,
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


LOSSES = {
    "lost before": Mishap.lost_before(),
    "lost after": Mishap.lost_after(),
    "cut off": Mishap.cut_off(),
    "gateway": Mishap.gateway(),
    "500": Mishap.http(500),
    "code 500": Mishap.in_band(),
    "not JSON": Mishap.raw(b"<html>hello"),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
@pytest.mark.parametrize("endpoint", ["submit", "poll", "download"])
def test_an_answer_that_is_lost_is_asked_for_again(
    endpoint: str, loss: Mishap, single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script(endpoint, [loss])
    result = single.run(*RENDER)
    assert result.status == 0, result
    # Only a submission that arrived is a song too many, and this server is free.
    twice = endpoint == "submit" and loss.carried_out
    assert acestep_server.charged == (2 if twice else 1)
    assert acestep_server.requests["submit"] == (2 if endpoint == "submit" else 1)
    nothing_is_left(single, acestep_server, RENDER)


@pytest.mark.parametrize(
    "loss", [Mishap.lost_after(), Mishap.gateway()], ids=lambda loss: loss.name
)
def test_a_submission_whose_answer_is_lost_is_repeated_once(
    loss: Mishap, single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script("submit", [Mishap.http(500), *[loss] * 9])
    result = single.run(*RENDER, "--backoff", "0")
    assert result.status == 1, result
    assert (acestep_server.charged, acestep_server.requests["submit"]) == (2, 3)
    assert songs(single)["demo/first/1"]["unknown_outcomes"] == 0


def test_a_service_that_does_not_say_how_jobs_stand_ends_the_run_and_not_the_jobs(
    single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script("poll", [Mishap.http(502)] * 9)
    result = single.run(*RENDER, "--backoff", "0")
    assert result.status == 5, result
    assert "1 song keeps rendering at acestep: run again to collect it" in result.stdout
    assert result.stdout.count("retry    1 song: ") == 8
    assert single.run(*RENDER).status == 0
    assert acestep_server.charged == 1


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


@pytest.mark.parametrize("trouble", [FILE_GONE, FILE_FORBIDDEN], ids=lambda trouble: trouble.name)
def test_a_song_whose_file_is_gone_is_asked_for_again(
    trouble: Trouble, single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script_jobs([trouble])
    result = single.run(*RENDER)
    assert result.status == 0, result
    assert "the song's file is gone at the server" in result.stdout
    assert acestep_server.charged == 2


@pytest.mark.parametrize(
    "trouble", [NO_REASON, EMPTY_FILE, Trouble.malformed()], ids=lambda trouble: trouble.name
)
def test_a_job_that_fails_for_no_reason_is_asked_for_once_more(
    trouble: Trouble, single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script_jobs([trouble])
    assert single.run(*RENDER).status == 0
    assert acestep_server.charged == 2
    single.replace("specs/demo.yaml", "river", "brook")
    acestep_server.script_jobs([trouble] * 9)
    result = single.run(*RENDER)
    assert result.status == 1, result
    assert acestep_server.charged == 4
    entry = songs(single)["demo/first/1"]
    assert entry["status"] == "failed"
    assert entry["error"] in result.stdout
    assert len(events(single, "failed")) == 3


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


def test_a_failure_with_a_reason_that_stays_is_not_asked_for_again(
    single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script_jobs([OUT_OF_MEMORY])
    result = single.run(*RENDER)
    assert result.status == 1, result
    assert "not enough memory" in result.stdout
    assert acestep_server.charged == 1


def test_a_song_that_never_comes_whole_ends_itself_and_not_the_run(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, SPEC)
    acestep_server.script("download", [Mishap.raw(b"<html>hello", content_type="text/html")] * 9)
    result = project.run(*RENDER, "--backoff", "0", "--jobs", "1")
    assert result.status == 0, result
    assert acestep_server.charged == 3
    nothing_is_left(project, acestep_server, RENDER)


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


def test_a_song_that_a_full_queue_never_takes_is_not_asked_for_yet(
    single: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.queue_size = 0
    result = single.run(*RENDER, "--backoff", "0.001")
    assert result.status == 1, result
    assert "not asked for yet: the server's queue is full" in result.stdout
    assert "  fix: run again later" in result.stdout
    assert acestep_server.charged == 0
    assert "render   demo/first/1: not rendered yet" in single.run("plan").stdout


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
