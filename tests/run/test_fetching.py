"""References by URL: fetched once into the store, pinned, judged before anything is sent."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.contract.audio import tone
from support.contract.server import ContractServer
from support.kit import Project

TRACK = tone("mp3", 16.0, 220.0, 32000, 64000)
SPEC = """\
version: 1
engine: music-01
references:
  far: {{url: "{url}", sha256: "{digest}", purpose: song}}
songs:
  only: {{reference: far, lyrics: Sing of what lies far away.}}
"""
PRIVATE = "--allow-private-urls"


class Counting(SimpleHTTPRequestHandler):
    """Serves a folder and counts what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str], Path]]:
    """A web server on loopback: its address, what was asked of it, its folder."""
    folder = tmp_path_factory.mktemp("web")
    asked: list[str] = []
    handler = type("Handler", (Counting,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked, folder
    server.shutdown()
    server.server_close()


def prepare(project: Project, url: str, content: bytes = TRACK) -> Project:
    digest = hashlib.sha256(content).hexdigest()
    return project.write("specs/demo.yaml", SPEC.format(url=url, digest=digest))


def test_a_reference_is_fetched_once(
    hosted: Project, contract_server: ContractServer, web: tuple[str, list[str], Path]
) -> None:
    url, asked, folder = web
    (folder / "far.mp3").write_bytes(TRACK)
    prepare(hosted, f"{url}/far.mp3")
    assert hosted.run("check").status == 0
    plan = hosted.run("plan")
    assert f"fetch    {url}/far.mp3: not downloaded yet" in plan.stdout, plan
    assert asked == []
    result = hosted.run("render", PRIVATE)
    assert result.status == 0, result
    assert [u.sha256 for u in contract_server.uploads] == [hashlib.sha256(TRACK).hexdigest()]
    reference = hosted.manifest("demo")["references"]["far"]
    assert (reference["bytes"], reference["seconds"]) == (len(TRACK), 16.056)
    hosted.replace("specs/demo.yaml", "far away", "near by")
    assert hosted.run("render", PRIVATE).status == 0
    assert "Nothing to do" in hosted.run("render").stdout
    assert asked == ["/far.mp3"]


def test_private_addresses_are_refused_unless_allowed(
    hosted: Project, contract_server: ContractServer, web: tuple[str, list[str], Path]
) -> None:
    url, asked, _ = web
    result = prepare(hosted, f"{url}/far.mp3").run("render")
    assert result.status == 2, result
    assert "specs/demo.yaml:4:" in result.stderr
    assert "error[reference.fetch]" in result.stderr
    assert PRIVATE in result.stderr
    assert (asked, contract_server.uploads) == ([], [])


@pytest.mark.parametrize(
    ("content", "pinned", "says"),
    [
        (b"other bytes", TRACK, "error[reference.fetch]"),
        (b"<html>not audio</html>", None, "error[reference.not-audio]"),
        (tone("wav", 3.0, 200.0, 16000), None, "error[reference.too-short]"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_sent(
    hosted: Project,
    contract_server: ContractServer,
    web: tuple[str, list[str], Path],
    content: bytes,
    pinned: bytes | None,
    says: str,
) -> None:
    url, _, folder = web
    (folder / "far.mp3").write_bytes(content)
    prepare(hosted, f"{url}/far.mp3", pinned or content)
    result = hosted.run("render", PRIVATE)
    assert result.status == 2, result
    assert says in result.stderr
    assert contract_server.uploads == []
    missing = prepare(hosted, f"{url}/nothing.mp3").run("render", PRIVATE)
    assert (missing.status, "404" in missing.stderr) == (2, True), missing
