"""The page fits: every width, finger, zoom and palette; nothing is cut off, nothing too small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page

from tests.report.browsing import expect, visit
from tests.report.pages import card, take, write_page

WIDTHS = (320, 360, 390, 600, 820, 834, 844, 900, 1024, 1280, 1440, 1920, 2560, 3840)
ROOM_BESIDE = 400
"""The least width of a waveform that stands beside other things, in CSS pixels."""
TOO_SMALL = """(least) => [...document.querySelectorAll(
  "button, summary, input, select, textarea, .row, .lyrics [role=button]")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width)
  .map((one) => [one.id || one.ariaLabel || one.textContent, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < least || box.height < least)
  .map(([name]) => name)"""
LINES = ["Down by the river", "", "  " + "long" * 60, "שלום עולם"]
WORDS = set(LINES)
"""These may be as dense as words are: 24 pixels."""
CUT_OFF = """() => [...document.querySelectorAll("#detail *, header *, #deck *")]
  .filter((one) => one.checkVisibility() && !one.closest(".away"))
  .map((one) => [one.tagName + one.className, one.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.right > innerWidth + 1 || box.left < -1))
  .map(([name, box]) => `${name}: ${box.left} to ${box.right}`)"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A page with long words, right-to-left words, and lines to play from."""
    takes = [take(number, times=[0.1, None, 0.3, 0.5]) for number in (1, 2, 3)]
    cards = [card(takes, title="Lantern" * 12)]
    return write_page(tmp_path / "page.html", cards, texts=["\n".join(LINES)], project="my" * 40)


def show_song(page: Page) -> None:
    if page.locator("#list").is_visible() and not page.locator("#song").is_visible():
        page.locator(".row").first.click()
    expect(page.locator(".take")).to_have_count(3)


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).first.bounding_box()
    assert found is not None
    return found


@pytest.mark.parametrize("is_touched", [False, True], ids=["mouse", "finger"])
def test_the_waveform_has_room_at_every_width(browser: Browser, url: str, is_touched: bool) -> None:
    last = 0.0
    with visit(browser, url, has_touch=is_touched, is_mobile=is_touched) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            show_song(page)
            wave, inside = box(page, ".take canvas"), box(page, ".take")
            is_beside = wave["y"] < box(page, ".take .choose")["y"] + 20
            least = ROOM_BESIDE if is_beside else inside["width"] - 40
            assert wave["width"] >= least, (width, wave, inside)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(CUT_OFF) == []
            assert width <= 1920 or wave["width"] > last
            last = wave["width"]


def test_a_finger_finds_every_control(browser: Browser, url: str) -> None:
    for width in (320, 390, 820, 1280):
        size = {"width": width, "height": 900}
        with visit(browser, url, viewport=size, has_touch=True, is_mobile=True) as page:
            assert WORDS.issuperset(page.evaluate(TOO_SMALL, 44))
            show_song(page)
            assert WORDS.issuperset(page.evaluate(TOO_SMALL, 44))
            assert page.evaluate(TOO_SMALL, 24) == []


def test_a_mouse_finds_every_control(browser: Browser, url: str) -> None:
    with visit(browser, url, viewport={"width": 1280, "height": 900}) as page:
        assert page.evaluate(TOO_SMALL, 24) == []


@pytest.mark.parametrize("times", [2, 4])
def test_all_is_reached_when_the_page_is_zoomed(browser: Browser, url: str, times: int) -> None:
    """Zoom makes the window smaller, in CSS pixels: 1280 by 1024 at 400 % is 320 by 256."""
    size = {"width": 1280 // times, "height": 1024 // times}
    with visit(browser, url, viewport=size, device_scale_factor=times) as page:
        page.locator("#list").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        for selector in ("#name", "#play", "#note", ".take .pick", ".lyrics p", "#back"):
            place = page.locator(selector).first
            place.scroll_into_view_if_needed()
            place.click(trial=True)


def test_letters_of_twice_the_size_fit(browser: Browser, url: str) -> None:
    with visit(browser, url, viewport={"width": 1280, "height": 900}) as page:
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        page.evaluate("dispatchEvent(new Event('resize'))")
        show_song(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        assert page.evaluate(CUT_OFF) == []
        assert box(page, ".row")["height"] >= 2 * 60


PALETTE = """() => { const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const shown = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 250) {
    shown.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
  }
  const colours = (name) => {
    const style = getComputedStyle(document.querySelector(name));
    return [style.color, style.backgroundColor];
  };
  return [shown.size, colours(".pick"), colours(".choose b")[0], colours("body")[1]]; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_still_show_shapes_and_what_is_chosen(
    browser: Browser, url: str, scheme: Any
) -> None:
    with visit(browser, url, forced_colors="active", color_scheme=scheme) as page:
        shapes, before, name, ground = page.evaluate(PALETTE)
        assert shapes
        assert name != ground
        page.keyboard.press("p")
        (_, after, *_) = page.evaluate(PALETTE)
        assert after != before
        assert len(set(after)) == 2


def test_a_print_is_dark_on_light_and_has_all_the_words(browser: Browser, url: str) -> None:
    with visit(browser, url, color_scheme="dark") as page:
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        for hidden in ("#deck", "#side", "#save"):
            expect(page.locator(hidden)).to_be_hidden()
        song = page.locator("#song").evaluate("(one) => [one.scrollHeight, one.clientHeight]")
        assert song[0] <= song[1] + 1
