"""What is shown has an address: going back, reloading and links keep the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, ViewportSize

from songbatch.report.page import Card
from tests.report.browsing import expect, visit, wait_until
from tests.report.pages import card, take, write_page

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1300, "height": 800}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A page of three songs of two takes."""
    cards = [
        card([take(number, song=song) for number in (1, 2)], song, title)
        for song, title in (("one", "One"), ("two", "Two"), ("three", "Three"))
    ]
    return write_page(tmp_path / "page.html", cards)


def address(page: Page) -> str:
    return str(page.evaluate("location.hash"))


def come_to(page: Page, wanted: str) -> None:
    wait_until(lambda: address(page) == wanted, wanted)


def test_on_a_phone_back_closes_the_song_and_forward_opens_it(browser: Browser, url: str) -> None:
    with visit(browser, url, viewport=PHONE) as page:
        assert address(page) == ""
        page.locator(".row").nth(1).click()
        assert address(page) == "#demo/two/1"
        page.keyboard.press("2")
        page.keyboard.press("ArrowDown")
        assert address(page) == "#demo/three/1"
        page.go_back()
        expect(page.locator("#song")).to_be_hidden()
        expect(page.locator(".row")).to_have_count(3)
        assert page.url == url
        page.go_forward()
        expect(page.locator("#song")).to_be_visible()
        expect(page.locator("#detail h2")).to_have_text("Three")


def test_the_pages_own_way_back_is_the_browsers(browser: Browser, url: str) -> None:
    with visit(browser, url, viewport=PHONE) as page:
        steps = page.evaluate("history.length")
        for _ in range(3):
            page.locator(".row").nth(0).click()
            page.locator("#back").click()
            expect(page.locator("#song")).to_be_hidden()
            expect(page.locator("#list")).to_be_focused()
        assert page.evaluate("history.length") == steps + 1
        page.keyboard.press("Enter")
        expect(page.locator("#song")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#song")).to_be_hidden()


def test_who_came_by_a_link_gets_to_the_list_and_back_to_where_the_link_was(
    browser: Browser, url: str
) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto("about:blank")
    page.goto(f"{url}#demo/two/2")
    expect(page.locator(".take.current b")).to_have_text("Take 2")
    page.locator("#back").click()
    expect(page.locator("#list")).to_be_visible()
    assert page.url == url
    page.go_back()
    assert page.url == "about:blank"
    context.close()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_a_reload_stays_where_one_was(browser: Browser, url: str, viewport: Any) -> None:
    with visit(browser, url, viewport=viewport) as page:
        page.locator(".row").nth(2).click()
        page.keyboard.press("2")
        for _ in range(2):
            assert address(page) == "#demo/three/2"
            expect(page.locator("#detail h2")).to_have_text("Three")
            expect(page.locator(".take.current b")).to_have_text("Take 2")
            expect(page.locator("#now")).to_have_text("Three, take 2")
            page.reload()


def test_beside_the_list_keys_replace_the_address_and_a_click_can_be_taken_back(
    browser: Browser, url: str
) -> None:
    with visit(browser, url, viewport=DESK) as page:
        assert address(page) == "#demo/one/1"
        steps = page.evaluate("history.length")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("2")
        assert address(page) == "#demo/two/2"
        assert page.evaluate("history.length") == steps
        page.locator(".row").nth(2).click()
        page.go_back()
        come_to(page, "#demo/two/2")
        expect(page.locator("#detail h2")).to_have_text("Two")
        expect(page.locator(".take.current b")).to_have_text("Take 2")


def test_what_is_written_stays_when_one_goes_back(browser: Browser, url: str) -> None:
    with visit(browser, url, viewport=PHONE) as page:
        page.locator(".row").nth(0).click()
        page.fill("#note", "half a thou")
        page.go_back()
        expect(page.locator("#song")).to_be_hidden()
        page.go_forward()
        expect(page.locator("#note")).to_have_value("half a thou")
        page.reload()
        expect(page.locator("#note")).to_have_value("half a thou")


@pytest.mark.parametrize("name", ["#demo/gone/1", "#%", "#demo/%ff", "#__proto__", "#a@b"])
def test_an_address_of_nothing_is_told(browser: Browser, url: str, name: str) -> None:
    with visit(browser, url + name, viewport=DESK) as page:
        expect(page.locator("#told")).to_contain_text("This page has no song or take")
        expect(page.locator("#detail h2")).to_have_text("One")


def test_a_take_that_is_gone_leads_to_its_song(browser: Browser, url: str) -> None:
    with visit(browser, f"{url}#demo/two/7", viewport=DESK) as page:
        expect(page.locator("#detail h2")).to_have_text("Two")
        expect(page.locator("#told")).to_have_text("This page has no take demo/two/7")


names = st.text(min_size=1, max_size=12)


@settings(max_examples=5, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    ids=st.lists(names, min_size=2, max_size=4, unique=True), engine=st.sampled_from(["a", "b@/c"])
)
def test_every_take_has_an_address_that_leads_to_it(
    browser: Browser, tmp_path: Path, ids: list[str], engine: str
) -> None:
    takes = [take(1, song=name) for name in ids]
    takes += [take(1, song=ids[0], engine=engine), take(2, song=ids[0])]
    cards = [Card("demo", name, "", f"n{at}", "", []) for at, name in enumerate(ids)]
    cards = [
        Card("demo", one.song, "", one.title, "", [t for t in takes if t.id.startswith(prefix)])
        for one in cards
        if (prefix := f"demo/{one.song}/")
    ]
    url = write_page(tmp_path / "page.html", cards)
    with visit(browser, url, viewport=DESK) as page:
        for row in range(len(cards)):
            page.locator(".row").nth(row).click()
            for number in range(page.locator(".take").count()):
                page.keyboard.press(str(number + 1))
                shown = page.locator("#now").inner_text()
                with visit(browser, page.url, viewport=DESK) as other:
                    expect(other.locator("#now")).to_have_text(shown)
