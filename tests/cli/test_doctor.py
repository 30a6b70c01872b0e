"""`songbatch doctor` against a simulated server, healthy and not: what it says, sends, returns."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from support.acestep.server import AceStepServer
from support.acestep.states import NEW, OLD, WHEEL, State
from support.acestep.troubles import Mishap
from support.contract.server import ContractServer
from support.kit import COMMAND, Project
from tests.reliability.disk_full import NAMESPACE, why_not
from tests.run.specs import SONG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEY = "a-key-of-the-test-0123456789"
LIVE = """\
version: 1
engine: acestep
defaults: {style: "dream pop", duration: 10}
songs:
  first: {lyrics: "Over the harbour the lamps go out"}
"""
STATES = (NEW, OLD, WHEEL)


@pytest.fixture
def live(project: Project) -> Project:
    return project.write("specs/live.yaml", LIVE)


def at(server: AceStepServer, **more: str) -> dict[str, str]:
    return {"ACESTEP_URL": server.url, **more}


def checkup(project: Project, *arguments: str, status: int) -> Any:
    result = project.run("doctor", "--json", *arguments)
    assert result.status == status, result
    return json.loads(result.stdout)


def findings(project: Project, *arguments: str, status: int = 0) -> dict[str, tuple[str, str]]:
    """Return state and text of what is found of the only engine, by subject."""
    (engine,) = checkup(project, *arguments, status=status)["engines"]
    return {item["subject"]: (item["state"], item["text"]) for item in engine["items"]}


def of_project(project: Project, *arguments: str, status: int = 0) -> dict[str, tuple[str, str]]:
    items = checkup(project, *arguments, status=status)["project"]
    return {item["subject"]: (item["state"], item["text"]) for item in items}


def test_a_healthy_server(live: Project) -> None:
    with AceStepServer() as server:
        live.environment = at(server)
        result = live.run("doctor")
        assert result.status == 0, result
        engine, project, tally = result.stdout.split("\n\n")
        assert engine.splitlines() == [
            f"acestep, acestep-v15-turbo at {server.url}",
            "  server          it answers: ACE-Step API 1.0 ok",
            "  clock           it agrees with the service's",
            "  key             none is set, and none is needed",
            "  queue           0 running, 0 waiting; 5.0 s a song",
            "  model           acestep-v15-turbo is there",
            "  language model  none is loaded; a song cannot ask for `thinking`",
        ]
        assert [line[:18].strip() for line in project.splitlines()] == [
            *("project", "specs", "disk", "clock", "versions", "", "", "lock"),
            *("ledger", "jobs", "store"),
        ]
        assert "1 spec, 1 render, 0 warnings" in project
        assert tally == "All is well.\n"
        assert not server.jobs
        assert set(server.requests) == {"health", "stats", "models"}
    assert not (live.root / ".songbatch").exists()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_servers_of_all_states_pass(live: Project, state: State) -> None:
    with AceStepServer(state, key=KEY) as server:
        live.environment = at(server, ACESTEP_API_KEY=KEY)
        found = findings(live)
        assert {status for status, _ in found.values()} == {"ok"}
        assert found["key"] == ("ok", "ACESTEP_API_KEY is accepted")
        assert not server.charged


@pytest.mark.parametrize("key", ["", "another-key-0123456789"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_key_that_is_not_accepted(live: Project, state: State, key: str) -> None:
    with AceStepServer(state, key=KEY) as server:
        live.environment = at(server, ACESTEP_API_KEY=key)
        result = live.run("doctor")
        assert result.status == 5, result
        assert "\n  key             failed: " in result.stdout
        assert "ACESTEP_API_KEY" in result.stdout
        assert result.stdout.endswith(": a render would not get through.\n")
        assert not (key and key in str(result))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_model_that_is_not_there(live: Project, state: State) -> None:
    with AceStepServer(state) as server:
        server.models = ("acestep-v15-turbo", "acestep-v15-base")
        live.environment = at(server)
        status, text = findings(live, "--engine", "acestep/acestep-v15-sft", status=5)["model"]
        assert status == "failed"
        assert text == (
            "the server has no model acestep-v15-sft; it has "
            + ", ".join(f"acestep/{name}" if state is OLD else name for name in server.models)
        )
        assert findings(live, "--engine", "acestep/acestep-v15-base")["model"][0] == "ok"


def test_models_that_load_with_the_first_song(live: Project) -> None:
    with AceStepServer() as server:
        server.initialized = False
        live.environment = at(server)
        assert findings(live)["server"] == (
            "ok",
            "it answers: ACE-Step API 1.0 ok; it loads its models for the first song, which then "
            "takes minutes",
        )


def test_a_language_model_fills_in(live: Project) -> None:
    with AceStepServer() as server:
        server.language_model = True
        live.environment = at(server)
        assert "fills in duration, bpm, scale and meter" in findings(live)["language model"][1]


def test_a_server_that_is_down(live: Project) -> None:
    with AceStepServer() as server:
        live.environment = at(server)
    result = live.run("doctor")
    assert result.status == 5, result
    assert result.stdout.splitlines()[:5] == [
        f"acestep, acestep-v15-turbo at {server.url}",
        "  server          failed: cannot reach the ACE-Step server: connection refused",
        "                  fix: start the server (`uv run acestep-api`), or correct the",
        "                  engine's url; songbatch engines acestep says how",
        "",
    ]
    assert result.stdout.splitlines()[-1] == "1 failure: a render would not get through."


@pytest.mark.parametrize(
    "mishap",
    [
        Mishap("a page", body=b"<html>\x1b[31mgateway</html>", content_type="text/html"),
        Mishap("an error", status=500, body=b"Traceback (most recent call last)\nValueError: no"),
        Mishap("nothing", lost=True),
    ],
    ids=lambda mishap: mishap.name,
)
def test_a_server_that_answers_something_else(live: Project, mishap: Mishap) -> None:
    with AceStepServer() as server:
        live.environment = at(server)
        server.script("health", [mishap])
        result = live.run("doctor")
        assert result.status == 5, result
        assert "\n  server          failed: " in result.stdout
        assert "\x1b" not in result.stdout


def test_outside_of_a_project_one_engine_is_looked_at(project: Project) -> None:
    with AceStepServer() as server:
        project.environment = at(server)
        found = checkup(project, "--engine", "acestep", status=0)
    assert (found["doctor"], found["failures"], found["project"]) == (1, 0, [])
    assert project.run("doctor").status == 2
    assert project.run("doctor", "--engine", "acestp").status == 2
    assert not os.listdir(project.root)


def test_the_sketch_engine_is_fine(project: Project) -> None:
    project.write("specs/demo.yaml", SONG.replace("engine: music-01\n", "")).reference(
        "specs/references/river.mp3"
    )
    result = project.run("doctor")
    assert result.status == 0, result
    assert result.stdout.startswith(
        "sketch\n  engine          a part of songbatch: it needs no server, no key and no network\n"
    )


def test_the_hosted_engine_is_asked_without_its_key(
    hosted: Project, contract_server: ContractServer
) -> None:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    found = findings(hosted)
    assert {status for status, _ in found.values()} == {"ok"}
    assert found["server"][1].startswith("it answers: HTTP ")
    assert found["key"][1].endswith("whether it is accepted shows with the first upload")
    assert not contract_server.generations
    assert not contract_server.refused_keys
    hosted.environment = {**hosted.environment, "AIMLAPI_KEY": ""}
    assert findings(hosted, status=5)["set-up"][1].endswith("AIMLAPI_KEY is not set")
    hosted.environment = {"AIMLAPI_KEY": KEY, "AIMLAPI_BASE_URL": f"https://a:{KEY}@x"}
    assert KEY not in str(hosted.run("doctor"))
    hosted.environment = {"AIMLAPI_KEY": KEY, "AIMLAPI_BASE_URL": "http://127.0.0.1:9"}
    assert findings(hosted, status=5)["server"][0] == "failed"


class Elsewhere(BaseHTTPRequestHandler):
    """Answers as its server says, and keeps what it was sent."""

    server: Listener

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its signature)
        """Say nothing."""

    def do_GET(self) -> None:
        self.server.heard.append({"path": self.path, **self.headers})
        self.send_response_only(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b'{"data": {"status": "ok"}, "code": 200}')


class Listener(ThreadingHTTPServer):
    """Listens on loopback."""

    daemon_threads = True

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Elsewhere)
        self.status = status
        self.headers = headers
        self.heard: list[dict[str, str]] = []


@contextmanager
def listening(status: int = 200, headers: Mapping[str, str] | None = None) -> Iterator[Listener]:
    server = Listener(status, {"Connection": "close", **(headers or {})})
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def test_a_redirect_is_not_followed(live: Project) -> None:
    with listening() as other:
        for status in (301, 302, 303, 307, 308):
            to = {"Location": f"http://127.0.0.1:{other.server_port}/health"}
            with listening(status, to) as server:
                url = f"http://127.0.0.1:{server.server_port}"
                live.environment = {"ACESTEP_URL": url, "ACESTEP_API_KEY": KEY}
                assert live.run("doctor").status == 5
                assert server.heard[0]["Authorization"] == f"Bearer {KEY}"
        assert not other.heard


def test_a_key_goes_nowhere_that_a_render_would_not_send_it(live: Project) -> None:
    # 0.0.0.0 is this machine, and does not count as such.
    with listening() as server:
        url = f"http://0.0.0.0:{server.server_port}"
        live.write("songbatch.yaml", f"version: 1\nengines: {{acestep: {{url: '{url}'}}}}\n")
        live.environment = {"ACESTEP_API_KEY": KEY}
        status, text = findings(live, status=5)["set-up"]
        assert status == "failed"
        assert text.startswith(f"songbatch.yaml would send the key in ACESTEP_API_KEY to {url}, ")
        rendered = live.run("render")
        assert rendered.status == 3, rendered
        assert text in rendered.stderr
        assert not server.heard
        live.write(
            ".config/songbatch/config.yaml",
            f"version: 1\nengines: {{acestep: {{url: '{url}/'}}}}\n",
        )
        assert "set-up" not in findings(live)
        assert {heard["Authorization"] for heard in server.heard} == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (3600.0, "it is 60 min behind the service's"),
        (-900.0, "it is 15 min ahead of the service's"),
        (200.0, ""),
        (None, ""),
    ],
)
def test_a_clock_that_is_off(live: Project, ahead: float | None, said: str) -> None:
    date = {} if ahead is None else {"Date": formatdate(time.time() + ahead, usegmt=True)}
    with listening(headers=date) as server:
        live.environment = {"ACESTEP_URL": f"http://127.0.0.1:{server.server_port}"}
        found = findings(live)
    assert ("clock" in found) == (ahead is not None)
    if said:
        assert found["clock"] == ("warning", said)
    elif ahead is not None:
        assert found["clock"][0] == "ok"


def test_specs_with_mistakes_would_not_get_through(live: Project) -> None:
    live.replace("specs/live.yaml", "duration: 10", "duration: 5000")
    with AceStepServer() as server:
        live.environment = at(server)
        assert of_project(live, status=5)["specs"] == ("failed", "1 error")


@pytest.fixture
def rendered(hosted: Project) -> Project:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    assert hosted.run("render").status == 0
    return hosted


def test_what_was_received_is_counted(rendered: Project) -> None:
    before = rendered.files()
    found = of_project(rendered)
    assert found["ledger"] == ("ok", "2 songs received, 1 upload known")
    assert found["store"] == ("ok", "2 songs of these specs here, whole by their size")
    assert found["lock"] == ("ok", "it is free")
    assert rendered.files() == before


def test_a_store_that_lost_songs_is_told(rendered: Project) -> None:
    store = rendered.root / ".songbatch/store"
    songs = [path for path in store.rglob("*") if path.is_file()]
    songs[0].unlink()
    songs[1].write_bytes(b"cut")
    assert of_project(rendered)["store"] == (
        "warning",
        "2 songs of these specs received, and not here or not whole",
    )


def test_who_holds_the_lock_is_told(rendered: Project) -> None:
    state = rendered.root / ".songbatch"
    with FileLock(state / "lock"):
        (state / "lock.json").write_text('{"pid": 7, "host": "box", "started": "then"}')
        assert of_project(rendered)["lock"] == (
            "warning",
            "held by process 7 on box, started then",
        )


def test_a_ledger_of_a_newer_version_is_told(rendered: Project) -> None:
    ledger = rendered.root / ".songbatch/ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"songbatch-ledger 1", b"songbatch-ledger 2"))
    status, text = of_project(rendered, status=5)["ledger"]
    assert status == "failed"
    assert "not a ledger this version of songbatch can read" in text


def test_a_clock_that_was_set_back_is_told(rendered: Project) -> None:
    later = time.time() + 3600
    os.utime(rendered.root / ".songbatch/ledger.jsonl", (later, later))
    status, text = of_project(rendered)["clock"]
    assert status == "warning"
    assert text.endswith(" here, 60 min before the ledger was last written")


def test_songs_under_way_are_told(live: Project) -> None:
    with AceStepServer() as server:
        live.environment = at(server)
        with server.holding():
            run = live.start("render")
            server.wait_for_running(1)
            run.send_signal(2)
            run.communicate(timeout=60)
        status, text = of_project(live)["jobs"]
        assert status == "ok"
        assert re.fullmatch(
            r"1 song under way at acestep since \S+Z: the next render collects them", text
        )
        live.environment = at(server, ACESTEP_API_KEY=KEY)
        assert of_project(live)["jobs"][0] == "warning"
        live.environment = at(server)
        assert live.run("render").status == 0
        assert of_project(live)["jobs"] == ("ok", "none is under way")
        assert server.charged == 1


ON_A_SMALL_DISK = 'mount -t tmpfs -o size=2m none "$1" && cp -r "$2"/. "$1" && cd "$1" && shift 2'


def test_a_full_disk_is_told(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    if reason := why_not():
        pytest.skip(f"no small disk can be made here: {reason}")
    project.write("specs/demo.yaml", SONG.replace("engine: music-01\n", "")).reference(
        "specs/references/river.mp3"
    )
    small = str(tmp_path_factory.mktemp("small"))
    script = f'{ON_A_SMALL_DISK} && exec "$@"'
    ended = subprocess.run(
        [*NAMESPACE, "sh", "-c", script, "sh", small, str(project.root), *COMMAND, "doctor"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 5, ended.stderr
    assert re.search(
        r"\n  disk            failed: [\d.]+ MB are free; one song of sketch may need 2.1 MB\n"
        r"                  fix: make room on it\n",
        ended.stdout,
    ), ended.stdout


def test_the_errors_of_another_engine_than_the_specs_are_shown_by_the_command_it_names(
    project: Project,
) -> None:
    project.write("specs/one.yaml", "version: 1\nsongs: {one: {lyrics: Come home to me}}\n")
    (found,) = (
        item
        for item in checkup(project, "--engine", "fal/music-3", status=5)["project"]
        if item["subject"] == "specs"
    )
    assert found["fix"] == "songbatch check --engine fal/music-3 shows them"
    assert project.run("check", "--engine", "fal/music-3").status == 2
