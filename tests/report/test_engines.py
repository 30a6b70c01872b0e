"""One song by several engines: one card, takes by engine, what differs; blind hides whose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from songbatch.documents.selects_file import load_selects
from songbatch.sources import Source
from support.acestep.server import AceStepServer
from support.kit import Project
from tests.report.browsing import downloaded, expect, songs, visit
from tests.report.pages import card, take, write_page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SPEC = """\
version: 1
title: Friends EP
engine: sketch
references:
  river: {file: references/river.mp3, purpose: song}
defaults:
  reference: river
  duration: 10
songs:
  harbour:
    takes: 2
    style: dream pop
    lyrics: |
      [Verse]
      Over the harbour the lamps go out
  dawn:
    matrix: {mood: [calm], engine: [sketch, acestep]}
    lyrics: A {{ mood }} and early morning
"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A spec rendered by two engines, one of its songs with a variant for each."""
    project = Project(tmp_path_factory.mktemp("compared"))
    project.write("specs/friends.yaml", SPEC).reference("specs/references/river.mp3")
    with AceStepServer() as server:
        project.environment = {"ACESTEP_URL": server.url}
        for arguments in ((), ("harbour", "--engine", "acestep")):
            result = project.run("render", *arguments)
            assert result.status == 0, result
    assert project.run("report").status == 0
    return project


@pytest.fixture
def url(compared: Project) -> str:
    return (compared.root / "outputs/report.html").as_uri()


def engines(page: Page) -> list[tuple[str, str, list[str]]]:
    """Return the headings of the shown song, what they say, and the takes below each."""
    return [
        (
            one.locator("h3").inner_text(),
            one.locator(".where").inner_text(),
            one.locator(".choose b").all_inner_texts(),
        )
        for one in page.locator("section.engine").all()
    ]


def test_takes_stand_by_engine_with_what_differs(browser: Browser, url: str) -> None:
    with visit(browser, url) as page:
        assert songs(page) == ["Harbour", "Dawn (calm)"]
        assert engines(page) == [
            (
                "acestep",
                "acestep-v15-turbo · 0:10 · free",
                ["Take 1 on acestep", "Take 2 on acestep"],
            ),
            ("sketch", "0:10 · free · without style", ["Take 1 on sketch", "Take 2 on sketch"]),
        ]


def test_variants_that_differ_in_the_engine_are_one_card(browser: Browser, url: str) -> None:
    with visit(browser, f"{url}#friends/dawn/calm") as page:
        expect(page.locator("#detail h2")).to_have_text("Dawn (calm)")
        expect(page.locator("#detail > .where")).to_have_text("friends / dawn / calm")
        assert [(name, takes) for name, _, takes in engines(page)] == [
            ("acestep", ["Take 1 on acestep"]),
            ("sketch", ["Take 1 on sketch"]),
        ]
        page.keyboard.press("2")
        assert page.url.endswith("#friends/dawn/calm-sketch/1@sketch")
        page.reload()
        expect(page.locator(".take.current b")).to_have_text("Take 1 on sketch")


def test_a_pick_among_engines_names_the_engine(
    browser: Browser, url: str, tmp_path: Path, compared: Project
) -> None:
    with visit(browser, f"{url}#friends/harbour") as page:
        page.locator("#name").fill("Ann")
        page.locator("#list").focus()
        for key in ("4", "p", "Shift+Digit5"):
            page.keyboard.press(key)
        expect(page.locator(".take.current b")).to_have_text("Take 2 on sketch")
        data = downloaded(page, tmp_path)
    (said,) = load_selects(Source("selects.yaml", data.decode())).selects.opinions
    assert (said.heard.render, said.heard.engine) == ("friends/harbour/2", "sketch")
    assert (said.pick, said.rating) == (True, 5)
    recorded = compared.manifest("friends", "sketch")["renders"]
    assert said.heard.audio_sha256 in {one["audio_sha256"] for one in recorded}


def test_one_engine_alone_keeps_the_others_out(browser: Browser, url: str) -> None:
    with visit(browser, f"{url}#friends/harbour") as page:
        page.locator("#engine").select_option("sketch")
        assert [name for name, _, _ in engines(page)] == ["sketch"]
        page.keyboard.press("2")
        expect(page.locator("#now")).to_have_text("Harbour, take 2 on sketch")


@pytest.mark.parametrize("song", ["friends/harbour", "friends/dawn/calm"])
def test_blind_hides_the_engines(browser: Browser, url: str, song: str) -> None:
    with visit(browser, f"{url}#{song}") as page:
        page.keyboard.press("b")
        assert page.locator(".take b").all_inner_texts() == [
            f"Take {letter}" for letter in "ABCD"[: 4 if song == "friends/harbour" else 2]
        ]
        seen = page.locator("#song").inner_text() + page.locator("#list").inner_text()
        assert not re.search(r"sketch|acestep|free|without|0:10", seen), seen
        assert page.url.endswith(f"#{song}")
        words = page.locator(".lyrics").inner_text()
        assert words.strip() in {
            "Over the harbour the lamps go out",
            "A calm and early morning",
        }


def test_engines_on_a_phone(browser: Browser, url: str) -> None:
    with visit(browser, f"{url}#friends/harbour", **PHONE) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.locator("section.engine").nth(1).get_by_role("button", name="Pick").first.tap()
        expect(page.get_by_role("button", name="Pick Take 1 on sketch")).to_have_text("Picked")


def test_prices_and_lengths_of_an_engine(browser: Browser, tmp_path: Path) -> None:
    other = "fal/music-3"
    takes = [
        take(1, 61.0, engine=other, cost_usd=0.02),
        take(2, 75.0, engine=other, cost_usd=0.03),
        take(3, 9.0, cost_usd=None),
    ]
    url = write_page(tmp_path / "page.html", [card(takes)])
    with visit(browser, url) as page:
        assert [(name, said) for name, said, _ in engines(page)] == [
            (other, "1:01 to 1:15 · $0.050"),
            ("sketch", "0:09"),
        ]
