"""`songbatch serve --engine acestep`: clients of the contract get songs of a server with jobs.

Behind it is the independent fake of ACE-Step's server, in its oldest and newest state.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from songbatch.audio.probe import probe
from songbatch.model import AudioFormat
from support.acestep.server import AceStepServer
from support.acestep.states import NEW, OLD
from support.acestep.troubles import NO_REASON, OUT_OF_MEMORY, Mishap
from support.contract.audio import tone
from support.kit import Project
from tests.run.job_projects import acestep_project
from tests.serve.running import GENERATE, UPLOAD, form, served
from tests.serve.test_clients import CLIENTS, NODE, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serve.running import Answer, Served

ENGINE = ("--engine=acestep", "--state=.")
LYRICS = "##Lamps along the river glow,\n\nslow boats carry us below.##"
SONG = {"model": "music-01", "lyrics": LYRICS, "audio_setting": {"format": "mp3"}}


@pytest.fixture
def behind(request: pytest.FixtureRequest) -> Iterator[AceStepServer]:
    with AceStepServer(getattr(request, "param", NEW)) as server:
        yield server


both_states = pytest.mark.parametrize(
    "behind", [OLD, NEW], ids=lambda state: state.name, indirect=True
)


@pytest.fixture
def server(behind: AceStepServer, tmp_path: Path) -> Iterator[Served]:
    acestep_project(Project(tmp_path), behind, "")
    with served(tmp_path, *ENGINE, ACESTEP_URL=behind.url) as running:
        yield running


def upload(server: Served, purpose: str = "song", hz: float = 220) -> dict[str, Any]:
    answer = uploaded(server, purpose, tone("mp3", 12, hz))
    assert answer.status == 200, answer.json
    ids: dict[str, Any] = answer.json
    return ids


def uploaded(server: Served, purpose: str, audio: bytes) -> Answer:
    parts = (('name="file"; filename="a.mp3"', audio), ('name="purpose"', purpose.encode()))
    body, content_type = form(*parts)
    return server.request(UPLOAD, body, Content_Type=content_type)


def both(server: Served) -> dict[str, Any]:
    ids = upload(server)
    return SONG | {
        "refer_voice": ids["voice_id"],
        "refer_instrumental": ids["instrumental_id"],
    }


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@both_states
def test_the_published_clients_get_songs(
    server: Served, behind: AceStepServer, tmp_path: Path
) -> None:
    for command in (
        (sys.executable, str(CLIENTS / "client.py")),
        (str(NODE), str(CLIENTS / "client.mjs")),
    ):
        info = probe(run(server.url, tmp_path, *command))
        assert info.format is AudioFormat.MP3
        assert (info.sample_rate, round(info.bitrate, -3)) == (44100, 256000)
        assert 29 < info.seconds < 31
    assert behind.charged == 2


@both_states
def test_a_request_is_told_in_the_engines_terms(server: Served, behind: AceStepServer) -> None:
    answer = server.request(GENERATE, both(server), X_Client_Request_Id="abc.t7.a1")
    assert answer.status == 200
    sent = behind.submissions[-1]
    assert sent.fields["lyrics"] == (
        "[Intro]\n\nLamps along the river glow,\n\nslow boats carry us below.\n\n[Outro]"
    )
    assert (sent.fields["seed"], sent.fields["use_random_seed"]) == ("7", "false")
    assert sent.fields["audio_duration"] == "30"
    assert sent.fields["task_type"] == "text2music"
    assert list(sent.files) == ["ref_audio"]
    assert probe(sent.files["ref_audio"].content).seconds == 30.0


@pytest.mark.parametrize(
    "setting",
    [
        {"format": "wav", "sample_rate": 24000},
        {"format": "pcm", "sample_rate": 16000},
        {"format": "mp3", "sample_rate": 32000, "bitrate": 64000},
    ],
    ids=lambda setting: setting["format"],
)
def test_the_master_becomes_what_was_asked_for(server: Served, setting: dict[str, Any]) -> None:
    answer = server.request(GENERATE, both(server) | {"audio_setting": setting})
    audio, info = bytes.fromhex(answer.json["data"]["audio"]), answer.json["extra_info"]
    assert info["audio_size"] == len(audio)
    assert info["audio_sample_rate"] == setting["sample_rate"]
    assert abs(info["audio_length"] - 30_000) < 200
    if setting["format"] == "pcm":
        assert len(audio) == 30 * 16000 * 4


def test_ids_outlive_the_server(behind: AceStepServer, tmp_path: Path) -> None:
    with served(tmp_path, *ENGINE, ACESTEP_URL=behind.url) as first:
        song = both(first)
    with served(tmp_path, *ENGINE, ACESTEP_URL=behind.url) as second:
        assert both(second) == song
        assert second.request(GENERATE, song).json["data"]["status"] == 2
        (kept,) = (tmp_path / "serve").iterdir()
        kept.write_bytes(kept.read_bytes()[:-1])
        answer = second.request(GENERATE, song)
        assert answer.json["base_resp"]["status_code"] == 2042
        unknown = song | {"refer_voice": "vocal-song-" + 32 * "0"}
        assert second.request(GENERATE, unknown).json["base_resp"]["status_code"] == 2042
    assert behind.charged == 1


def test_what_the_model_cannot(server: Served, behind: AceStepServer) -> None:
    answer = uploaded(server, "instrumental", tone("mp3", 12, 220))
    assert answer.status == 400
    assert "needs a base model" in answer.json["message"]
    answer = uploaded(server, "song", tone("wav", 12, 22050))
    assert answer.status == 400
    assert "silent" in answer.json["message"]
    other = both(server) | {"refer_instrumental": upload(server, hz=330)["instrumental_id"]}
    answer = server.request(GENERATE, other)
    assert answer.status == 400
    assert "cannot be followed together" in answer.json["message"]
    assert behind.submissions == []


def test_an_instrumental_alone_gives_a_song_without_a_voice(
    server: Served, behind: AceStepServer
) -> None:
    assert server.request(GENERATE, both(server) | {"refer_voice": None}).status == 200
    assert behind.submissions[-1].fields["lyrics"] == "[Instrumental]"


def test_a_base_model_sings_over_an_instrumental(tmp_path: Path) -> None:
    with AceStepServer() as behind:
        behind.models = ("acestep-v15-base",)
        engine = ("--engine=acestep/acestep-v15-base", "--state=.")
        with served(tmp_path, *engine, ACESTEP_URL=behind.url) as server:
            ids = upload(server, "instrumental")
            song = SONG | {"refer_instrumental": ids["instrumental_id"]}
            assert server.request(GENERATE, song).status == 200
        sent = behind.submissions[-1]
    assert (sent.fields["task_type"], list(sent.files)) == ("lego", ["ctx_audio"])
    assert "Lamps along" in sent.fields["lyrics"]


def test_failures_are_told_as_the_contract_does(server: Served, behind: AceStepServer) -> None:
    song = both(server)
    busy = Mishap.http(429, "Server busy: queue is full")
    behind.script("submit", [busy, Mishap.lost_after(), None, None, Mishap.http(401)])
    behind.script_jobs([None, OUT_OF_MEMORY, NO_REASON])
    answers = [server.request(GENERATE, song) for _ in range(5)]
    assert [answer.status for answer in answers] == [429, 503, 400, 503, 403]
    assert server.request(GENERATE, song).status == 200


def test_a_restart_in_mid_job_is_told(server: Served, behind: AceStepServer) -> None:
    song = both(server)
    answers: list[Answer] = []
    behind.hold()
    client = threading.Thread(target=lambda: answers.append(server.request(GENERATE, song)))
    client.start()
    behind.wait_for_running(1)
    behind.script("poll", [Mishap.lost_before()] * 2)
    behind.restart()
    behind.release()
    client.join()
    assert answers[0].status == 503
    assert "restarted" in answers[0].json["message"]
    assert server.request(GENERATE, song).status == 200


def test_clients_share_the_engines_limit_and_its_polls(
    server: Served, behind: AceStepServer
) -> None:
    song = both(server)
    answers: list[Answer] = []
    behind.workers = 8
    behind.hold()
    clients = [
        threading.Thread(target=lambda: answers.append(server.request(GENERATE, song)))
        for _ in range(5)
    ]
    for client in clients:
        client.start()
    behind.wait_for_running(2)
    began, before = time.monotonic(), behind.polls
    time.sleep(0.5)
    assert behind.charged == 2
    # As often as for a single song of half a second.
    assert behind.polls - before <= 20 * (time.monotonic() - began) + 1
    behind.release()
    for client in clients:
        client.join()
    assert [answer.status for answer in answers] == [200] * 5
    assert behind.charged == 5


def leaving(server: Served, song: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a client that sends a request and can be ended."""
    code = (
        "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1], sys.argv[2].encode(),"
        "{'Authorization': 'Bearer k', 'Content-Type': 'application/json'}))"
    )
    command = [sys.executable, "-c", code, server.url + GENERATE, json.dumps(song)]
    return subprocess.Popen(command)


def test_clients_that_hang_up_free_their_turns(server: Served, behind: AceStepServer) -> None:
    song = both(server)
    behind.workers = 8
    behind.hold()
    first = [leaving(server, song) for _ in range(2)]
    behind.wait_for_running(2)
    waiting = [leaving(server, song) for _ in range(3)]
    time.sleep(1)
    for client in first + waiting:
        client.kill()
        client.wait()
    behind.release()
    behind.wait_for_done()
    assert server.request(GENERATE, song).status == 200
    # Those who left before their turn were never asked for, the others not fetched.
    assert behind.charged == 3
    assert len(behind.downloads) == 1


def test_a_project_names_the_engine(behind: AceStepServer, project: Project) -> None:
    settings = f"version: 1\nengines:\n  mine: {{kind: acestep, url: '{behind.url}', jobs: 1}}\n"
    project.write("songbatch.yaml", settings)
    project.write("specs/none.yaml", "")
    with served(project.root, "--engine=mine") as server:
        assert server.said[0].startswith("songbatch serve: mine behind the music-01 contract")
        assert server.request(GENERATE, both(server)).status == 200
    assert behind.charged == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--engine=acestp",), 'did you mean "acestep"?'),
        (("--engine=sketch", "--style=pop"), "sketch takes no style"),
        (("--engine=acestep", "--style=" + 513 * "x"), "at most 512 characters of style"),
    ],
)
def test_engines_that_cannot_be_served(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    result = Project(tmp_path).run("serve", *arguments, "--state=.")
    assert result.status == 2
    assert words in result.stderr
