"""The key: sent in one header, and nowhere else, whatever the service answers with."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.contract.faults import Fault
from tests.contract.server import ContractServer
from tests.kit import Project
from tests.run.specs import SONG

if TYPE_CHECKING:
    from tests.kit import Result

KEY = "sk-Te5t/K+y=0123456789~abc"
"""Has what percent-encoding and base64 change."""
FAST = ("--backoff", "0.01", "--jobs", "1")


@pytest.fixture
def echoing(tmp_path: Path) -> Project:
    """A project whose temporary files lie beside it."""
    (tmp_path / "project").mkdir()
    (tmp_path / "temporary").mkdir()
    project = Project(tmp_path / "project")
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    project.environment = {"TMPDIR": str(tmp_path / "temporary"), "HOME": str(tmp_path)}
    return project


def forms(key: str) -> list[bytes]:
    """Return the key as it might be written down."""
    raw = key.encode("utf-8", "surrogateescape")
    with_scheme = f"Bearer {key}".encode("utf-8", "surrogateescape")
    found = [raw, quote(raw, safe="").encode(), quote(raw).encode(), raw.hex().encode()]
    found += [base64.b64encode(text).rstrip(b"=") for text in (raw, with_scheme, b":" + raw)]
    return [*found, ascii(key)[1:-1].encode()]


def assert_unknown(project: Project, result: Result, key: str = KEY) -> None:
    """Check that no file, name or output tells the key."""
    said = (result.stdout + result.stderr).encode("utf-8", "surrogateescape")
    for form in forms(key):
        assert form not in said, result
        for path in project.root.parent.rglob("*"):
            assert form not in str(path).encode("utf-8", "surrogateescape")
            assert not path.is_file() or form not in path.read_bytes(), path


ECHOES = [
    Fault.http(400, f"the key {KEY} is bad; Authorization: Bearer {KEY}"),
    Fault.http(500, f"failed for Bearer {KEY}"),
    Fault.in_band(2013, f"bad {KEY}", trace_id=KEY),
    Fault.in_band(987654, f"bad {KEY}", trace_id=f"t-{KEY}"),
    Fault.http(400, "x" * 280 + KEY),
    Fault.raw(b"{}", 400, x_inference_id=KEY, Retry_After=KEY, Date=KEY, Location=KEY),
    Fault.raw(b"", 302, Location=f"http://127.0.0.1:9/{KEY}"),
    Fault.raw(b"{}", 200, Content_Encoding=KEY),
    Fault.raw(f"<html>{KEY}</html>".encode(), 502),
    Fault.json({"base_resp": {"status_code": KEY, "status_msg": [KEY]}, KEY: KEY}),
    Fault.json({
        "data": {"audio": f"https://cdn/{KEY}"}, "trace_id": KEY, "base_resp": {"status_code": 0},
    }),
]  # fmt: skip
STOPS = [
    Fault.http(401, f"no such key: {KEY}"),
    Fault.http(403, f"{KEY} has run out of credits"),
    Fault.in_band(1004, f"bad {KEY}", trace_id=KEY),
]
ENCODED = [
    Fault.http(400, f"https://host/?key={quote(KEY, safe='')}"),
    Fault.http(400, f"Basic {base64.b64encode(KEY.encode()).decode()}"),
]


def render(project: Project, endpoint: str, faults: list[Fault], *more: str) -> None:
    """Render as many songs as there are faults, with a reference each, and look everywhere."""
    numbers = range(len(faults))
    lines = [f"  r{n}: {{file: r{n}.mp3, purpose: song}}" for n in numbers]
    songs = [f"  s{n}: {{reference: r{n}, lyrics: Line {n}.}}" for n in numbers]
    head = ["version: 1", "engine: music-01", "references:", *lines, "songs:", *songs]
    project.write("specs/demo.yaml", "\n".join(head) + "\n")
    for n in numbers:
        project.reference(f"specs/r{n}.mp3", hz=220.0 + n)
    with ContractServer(KEY) as server:
        project.environment |= server.environment
        for n, fault in enumerate(faults):
            where = f"Line {n}." if endpoint == "generate" else ""
            server.script(endpoint, [fault] * (9 if where else 1), containing=where)
        result = project.run("render", *FAST, *more)
        assert result.status in {0, 1, 5}, result
        assert_unknown(project, result)


@pytest.mark.parametrize("endpoint", ["upload", "generate"])
def test_an_echo_is_not_repeated(echoing: Project, endpoint: str) -> None:
    render(echoing, endpoint, ECHOES)
    for command in ("plan", "check", "verify"):
        assert_unknown(echoing, echoing.run(command))


def test_an_echo_is_not_repeated_as_json(echoing: Project) -> None:
    render(echoing, "generate", ECHOES, "--json")


@pytest.mark.parametrize("stop", STOPS, ids=["401", "403", "1004"])
def test_an_echo_that_ends_the_run_is_not_repeated(echoing: Project, stop: Fault) -> None:
    render(echoing, "generate", [stop])


@pytest.mark.parametrize("echo", ENCODED, ids=["percent-encoded", "base64"])
def test_an_encoded_echo_is_not_repeated(echoing: Project, echo: Fault) -> None:
    render(echoing, "generate", [echo])


def test_ids_that_are_the_key(echoing: Project) -> None:
    ids = {"voice_id": KEY, "instrumental_id": f"i-{KEY}", "trace_id": KEY}
    with ContractServer(KEY) as server:
        echoing.environment |= server.environment
        server.script("upload", [Fault.json({**ids, "base_resp": {"status_code": 0}})])
        result = echoing.run("render", *FAST)
        assert_unknown(echoing, result)


@pytest.mark.parametrize(
    "key",
    [
        f"{KEY}\n",
        f"{KEY}\r\nX-Other: 1",
        f"{KEY} 2",
        f"clé-{KEY}",
        f"{KEY}\udc80",
    ],
    ids=["newline", "header", "inner space", "letters", "bytes"],
)
def test_a_key_that_is_written_oddly(echoing: Project, key: str) -> None:
    with ContractServer(KEY) as server:
        echoing.environment |= server.environment | {"AIMLAPI_KEY": key}
        result = echoing.run("render", *FAST)
        assert result.status == (0 if key.strip() == KEY else 5), result
        assert_unknown(echoing, result)
        assert_unknown(echoing, result, key)


def test_the_command_line_does_not_show_it(echoing: Project) -> None:
    with ContractServer(KEY) as server:
        echoing.environment |= server.environment
        with server.holding():
            process = echoing.start("render", *FAST)
            server.wait_for_in_flight(1)
            shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            files = [str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
        process.communicate()
        assert not [form for form in forms(KEY) if form in shown or form in "".join(files).encode()]


def test_a_failure_of_the_disk_does_not_tell_it(echoing: Project) -> None:
    with ContractServer(KEY) as server:
        echoing.environment |= server.environment
        echoing.write(".songbatch/store", "a file where a folder should be")
        result = echoing.run("render", *FAST)
        assert result.status != 0, result
        assert_unknown(echoing, result)
