"""The page on loopback: one visitor, the files it plays, and selects written into the project."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser

from songbatch.selects import Heard, Opinion, Selects
from support.kit import Project
from tests.audio.making import id3, wav
from tests.report.browsing import expect, playing, visit, wait_for_position


@contextmanager
def served(project: Project, ending: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """Serve a project's page; yield the link, then end it well by a signal."""
    process = project.start("report", "--serve", "--port", "0")
    assert process.stdout is not None
    said = process.stdout.readline() + process.stdout.readline()
    found = re.fullmatch(
        r"this link works once; Ctrl-C ends the server\n"
        r"listen at (http://127\.0\.0\.1:\d+/\?token=.+)\n",
        said,
    )
    assert found, (said, process.communicate())
    try:
        yield found[1]
    finally:
        process.send_signal(ending)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == 0


@pytest.fixture
def project(listened: Path, tmp_path: Path) -> Project:
    """A project of its own to choose from."""
    return Project(shutil.copytree(listened, tmp_path / "project"))


@pytest.fixture
def link(project: Project) -> Iterator[str]:
    """The link to its page."""
    with served(project) as url:
        yield url


def origin(link: str) -> str:
    return "http://" + urlsplit(link).netloc


@pytest.fixture
def visitor(link: str) -> requests.Session:
    """Somebody who came by the link."""
    session = requests.Session()
    assert session.get(link).status_code == 200
    return session


def first(project: Project) -> Heard:
    entry = project.entries("demo")["demo/zeta/1"]
    return Heard("demo/zeta/1", "music-01", entry["audio_sha256"])


def test_the_link_works_once_and_strangers_get_nothing(
    link: str, visitor: requests.Session
) -> None:
    assert visitor.get(link).url == f"{origin(link)}/"
    for path in ("/", "/files/outputs/demo/music-01/zeta.mp3", "/?token=", "/?token=x"):
        assert requests.get(origin(link) + path).status_code == 403
    assert requests.get(link).status_code == 403
    assert requests.put(f"{origin(link)}/selects", data=b"").status_code == 403
    named = requests.get(link, headers={"Host": "attacker.example"})
    assert named.status_code == 421
    (cookie,) = iter(visitor.cookies)
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "strict"


def test_only_what_the_page_plays_is_answered(link: str, visitor: requests.Session) -> None:
    audio = f"{origin(link)}/files/outputs/demo/music-01/zeta.mp3"
    piece = visitor.get(audio, headers={"Range": "bytes=10-19"})
    assert (piece.status_code, len(piece.content)) == (206, 10)
    assert piece.headers["Content-Type"] == "audio/mpeg"
    for path in ("specs/demo.yaml", "outputs/demo/music-01/manifest.json", "../secret", "%2e%2e/x"):
        assert visitor.get(f"{origin(link)}/files/{path}").status_code == 404


@pytest.mark.parametrize("before", [b"", id3(b"TXXX")])
@pytest.mark.parametrize("name", [b"RIFF", b"RF64"])
def test_a_wav_is_told_by_what_it_holds(
    project: Project, link: str, visitor: requests.Session, before: bytes, name: bytes
) -> None:
    path = "outputs/demo/music-01/zeta.mp3"
    project.write(path, before + wav().replace(b"RIFF", name, 1))
    assert visitor.get(f"{origin(link)}/files/{path}").headers["Content-Type"] == "audio/wav"


def put(link: str, visitor: requests.Session, data: bytes, **headers: str) -> requests.Response:
    own = {"Origin": origin(link), "Content-Type": "application/yaml", "If-Match": '"none"'}
    return visitor.put(f"{origin(link)}/selects", data=data, headers=own | headers)


def test_selects_are_judged_and_written_whole(
    project: Project, link: str, visitor: requests.Session
) -> None:
    path = project.root / "specs/selects.yaml"
    said = Selects((Opinion("ann", first(project), pick=True),))
    foreign = put(link, visitor, said.dump(), Origin="https://attacker.example")
    assert foreign.status_code == 403
    assert put(link, visitor, said.dump(), **{"Content-Type": "text/plain"}).status_code == 400
    wrong = put(link, visitor, b"version: 1\nlisteners: {ann: [{}]}\n")
    assert wrong.status_code == 422
    assert "an item has no `render`" in wrong.text
    assert put(link, visitor, b"#" * (8 * 2**20 + 1)).status_code == 413
    assert not path.exists()
    saved = put(link, visitor, said.dump() + b"\n# as it came\n")
    assert saved.status_code == 200
    assert path.read_bytes() == said.dump()
    stale = put(link, visitor, Selects().dump())
    assert stale.status_code == 412
    assert path.read_bytes() == said.dump()
    again = put(link, visitor, Selects().dump(), **{"If-Match": saved.headers["ETag"]})
    assert again.status_code == 200


def test_a_listener_picks_and_the_project_has_it(
    browser: Browser, project: Project, link: str
) -> None:
    with visit(browser, link) as page:
        page.keyboard.press("Space")
        wait_for_position(page, 0.3)
        assert playing(page) == ["zeta.mp3"]
        page.fill("#name", "Ann")
        page.locator("#list").focus()
        for keys in ("p", "s"):
            page.keyboard.press(keys)
        expect(page.locator("#told")).to_have_text("Saved to specs/selects.yaml")
        page.keyboard.press("Shift+Digit5")
        page.keyboard.press("s")
        expect(page.locator("#save")).to_have_text("Save")
        page.reload()
        expect(page.locator(".take").first.locator(".lit")).to_have_count(5)
    said = Selects((Opinion("Ann", first(project), pick=True, rating=5),))
    assert (project.root / "specs/selects.yaml").read_bytes() == said.dump()
    assert "Copied 1 chosen take" in project.run("render", "--frozen").stdout
    copies = {path.name for path in (project.root / "outputs/demo/selects").iterdir()}
    assert copies == {"demo.m3u8", "zeta.mp3"}


def test_control_c_is_how_it_ends(project: Project) -> None:
    with served(project, signal.SIGINT) as url:
        assert requests.get(url).status_code == 200


def test_a_change_by_somebody_else_is_not_overwritten(
    browser: Browser, project: Project, link: str
) -> None:
    others = Selects((Opinion("ben", first(project), rating=1),)).dump()
    with visit(browser, link) as page:
        page.fill("#name", "Ann")
        page.locator("#list").focus()
        project.write("specs/selects.yaml", others)
        page.keyboard.press("p")
        expect(page.locator("#save")).to_have_text("Save •")
    assert (project.root / "specs/selects.yaml").read_bytes() == others


def test_what_cannot_be_shown_is_told(project: Project, tmp_path: Path) -> None:
    result = project.run("report", "--serve", "--embed")
    assert (result.status, "--serve writes no page" in result.stderr) == (2, True), result
    project.write("specs/selects.yaml", "version: 1\n")
    result = project.run("report")
    assert result.status == 2
    assert "specs/selects.yaml:1:1: error[schema.missing-key]" in result.stderr, result
    empty = Project(tmp_path / "empty").write("specs/x.yaml", "version: 1\n")
    assert "there is nothing to listen to" in empty.run("report").stderr


def test_what_is_rendered_is_news_to_an_open_page(
    project: Project, link: str, visitor: requests.Session
) -> None:
    news = f"{origin(link)}/news"
    assert requests.get(news).status_code == 403
    before = visitor.get(news).text
    assert f'"as_of":"{before}"' in visitor.get(f"{origin(link)}/").text
    assert visitor.get(news).text == before
    manifest = project.root / "outputs/demo/music-01/manifest.json"
    data = manifest.read_bytes()
    manifest.unlink()
    manifest.write_bytes(data)
    assert visitor.get(news).text != before


def test_an_open_page_loads_itself_again(project: Project, link: str, browser: Browser) -> None:
    with visit(browser, link) as page:
        manifest = project.root / "outputs/demo/music-01/manifest.json"
        data = manifest.read_bytes()
        with page.expect_event("load", timeout=20_000):
            manifest.unlink()
            manifest.write_bytes(data)
