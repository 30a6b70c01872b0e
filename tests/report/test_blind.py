"""Blind mode gives nothing away: whatever is seen of a take is of all takes alike."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from songbatch.documents.selects_file import load_selects
from songbatch.selects import Opinion
from songbatch.sources import Source
from tests.report.browsing import downloaded, expect, position, visit, wait_until
from tests.report.pages import card, take, write_page

LENGTHS = (1.0, 1.7, 2.4)
SEEN = """() => [...document.querySelectorAll(".take")].map((one) => ({
  text: one.innerText.replace(/Take .\\s+\\d/, ""),
  attributes: [one, ...one.querySelectorAll("*")].map((element) => [...element.attributes]
    .filter(({ name }) => name !== "class" && !/^aria-(label|pressed|keyshortcuts)$/.test(name))
    .map(({ name, value }) => `${name}=${value}`).join(" ")).join("; "),
  picture: one.querySelector("canvas").toDataURL(),
}))"""


def takes() -> list[Any]:
    return [take(number + 1, seconds) for number, seconds in enumerate(LENGTHS)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A page of one song whose takes differ in everything, one of which cannot be played."""
    silent = take(4, sound=take(4).sound.__class__(None, 9.0))
    pick = {"render": "demo/song/2", "engine": "sketch", "audio_sha256": take(2).audio_sha256}
    listeners = {"Ben": [pick | {"pick": True, "rating": 5, "note": "the best"}]}
    return write_page(tmp_path / "page.html", [card([*takes(), silent])], listeners=listeners)


def sounding(page: Page) -> float:
    """Return the length of the sound that plays or was stopped where it is, in seconds."""
    length = page.evaluate("sounds.find(one => !one.paused)?.duration ?? 0")
    return float(length)


def test_nothing_that_is_seen_tells_takes_apart(browser: Browser, url: str) -> None:
    with visit(browser, url) as page:
        page.keyboard.press("b")
        first, *others = page.evaluate(SEEN)
        assert len(others) == 2
        for other in others:
            assert other == first
        text = page.locator("body").inner_text()
        told = r"\d:\d\d|LUFS|sketch|said-|finding-|change-|\$|Ben|best|Take \d|take \d|outputs"
        assert not re.search(told, text), text


def test_player_and_note_name_a_take_by_its_letter_and_keep_the_title(
    browser: Browser, url: str
) -> None:
    with visit(browser, url) as page:
        page.keyboard.press("b")
        expect(page.locator("#now")).to_have_text("01 Lantern, take A")
        expect(page.locator("label[for=note]")).to_have_text("Note on take A")
        page.keyboard.press("3")
        expect(page.locator("#now")).to_have_text("01 Lantern, take C")


def test_the_clock_and_the_slider_are_the_same_for_every_take(browser: Browser, url: str) -> None:
    with visit(browser, url) as page:
        page.keyboard.press("b")
        seen = set()
        for key in "123":
            page.keyboard.press(key)
            wait_until(lambda: page.locator("#seek").is_enabled(), "a sound")
            page.locator("#seek").evaluate(
                "(slider) => { slider.value = 0.25; slider.dispatchEvent(new Event('input')); }"
            )
            wait_until(lambda: position(page) > 0.2, "the position")
            names = ("max", "min", "step", "aria-valuetext", "title")
            seek = page.locator("#seek")
            state = tuple(seek.get_attribute(name) for name in names)
            seen.add((*state, page.locator("#clock").inner_text(), round(position(page), 2)))
        assert seen == {("1", "0", "0.01", "25 %", None, "25 %", 0.25)}


def test_every_take_ends_at_its_end(browser: Browser, url: str) -> None:
    with visit(browser, url) as page:
        page.keyboard.press("b")
        for key in "123":
            page.keyboard.press(key)
            for _ in range(3):
                page.keyboard.press("ArrowRight")
            expect(page.locator("#clock")).to_have_text("100 %")


def test_address_and_title_tell_the_song_only(browser: Browser, url: str) -> None:
    with visit(browser, f"{url}#demo/song/2") as page:
        expect(page.locator(".take.current b")).to_have_text("Take 2")
        page.keyboard.press("b")
        seen = set()
        for key in "123":
            page.keyboard.press(key)
            seen.add((page.evaluate("location.hash"), page.title()))
        assert seen == {("#demo/song", "01 Lantern – project")}
        page.keyboard.press("b")
        assert re.fullmatch("#demo/song/[123]", page.evaluate("location.hash"))


def test_a_reload_keeps_the_shuffle_and_a_link_to_a_take_does_not_reveal_it(
    browser: Browser, url: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    page.keyboard.press("b")
    page.keyboard.press("2")
    page.keyboard.press("p")
    page.reload()
    expect(page.locator("#blind")).to_have_text("Reveal")
    expect(page.locator(".pick")).to_have_text(["Pick", "Picked", "Pick"])
    page.evaluate("location.hash = '#demo/song/3'")
    wait_until(lambda: page.evaluate("location.hash") == "#demo/song", "the address of the song")
    expect(page.locator(".take.current b")).to_have_text("Take A")
    context.close()


def test_takes_are_equally_loud_however_the_switch_stands(browser: Browser, url: str) -> None:
    with visit(browser, url) as page:
        page.keyboard.press("l")
        page.keyboard.press("b")
        for key in "123":
            page.keyboard.press(key)
        volumes = page.evaluate("sounds.map((one) => [one.duration, one.volume]).sort()")
        loud = {round(volume, 3) for _, volume in volumes}
        assert loud == {round(10 ** (-steps / 20), 3) for steps in (0, 1, 2)}
        expect(page.locator("#match")).to_be_disabled()
        page.keyboard.press("l")
        page.keyboard.press("b")
        assert {volume for _, volume in page.evaluate("sounds.map((o) => [0, o.volume])")} == {1}


def test_what_was_not_measured_is_told(browser: Browser, tmp_path: Path) -> None:
    sounds = [take(number).sound for number in (1, 2)]
    unmeasured = sounds[1].__class__(sounds[1].link, 1.0, None)
    takes = [take(1), take(2, sound=unmeasured)]
    with visit(browser, write_page(tmp_path / "page.html", [card(takes)])) as page:
        page.keyboard.press("b")
        expect(page.locator("#detail")).to_contain_text("loudness may tell them apart")


def test_takes_with_other_words_or_times_look_alike(browser: Browser, tmp_path: Path) -> None:
    takes = [take(1, times=[0.2]), take(2, lyrics=1)]
    url = write_page(tmp_path / "page.html", [card(takes)], texts=["one", "two"])
    with visit(browser, url) as page:
        expect(page.locator(".lyrics")).to_have_text("one")
        page.keyboard.press("b")
        for key in "12":
            page.keyboard.press(key)
            expect(page.locator(".lyrics")).to_have_text("(The takes differ in their words.)")
            expect(page.locator(".lyrics [role=button]")).to_have_count(0)


def test_what_was_said_before_is_hidden_and_not_lost(
    browser: Browser, url: str, tmp_path: Path
) -> None:
    with visit(browser, url, accept_downloads=True) as page:
        page.fill("#name", "Ann")
        page.fill("#note", "from before")
        page.locator("#list").focus()
        page.keyboard.press("p")
        page.keyboard.press("b")
        assert page.locator(".pick[aria-pressed=true]").count() == 0
        expect(page.locator("#list .row .picked")).to_have_count(0)
        for key in "123":
            page.keyboard.press(key)
            expect(page.locator("#note")).to_have_value("")
            page.fill("#note", "blind")
            page.locator("#list").focus()
        page.keyboard.press("Shift+Digit4")
        page.keyboard.press("b")
        result = load_selects(Source("selects.yaml", downloaded(page, tmp_path).decode()))
    assert not result.diagnostics
    said = {one.heard.render: one for one in result.selects.opinions if one.listener == "Ann"}
    assert said["demo/song/1"].note == "from before\nblind"
    assert said["demo/song/1"].pick
    assert [one.note for name, one in said.items() if name != "demo/song/1"] == ["blind", "blind"]
    (rated,) = (one for one in said.values() if one.rating)
    assert rated.blind is not None
    assert order_of(rated.blind, list(said.values()))[2] == rated
    # The pick is older than the shuffle, unless that take was rated since.
    assert said["demo/song/1"].blind == (rated.blind if said["demo/song/1"] == rated else None)


def order_of(seed: int, opinions: list[Opinion]) -> list[Opinion]:
    """Return opinions in the order of a shuffle, as the documentation describes it."""

    def place(one: Opinion) -> int:
        heard = ",".join(
            f'"{part}"' for part in (one.heard.render, one.heard.engine, one.heard.audio_sha256)
        )
        number = 2166136261
        for character in f"{seed}[{heard}]":
            number = (number ^ ord(character)) * 16777619 % 2**32
        return number

    return sorted(opinions, key=place)


def test_a_verdict_after_the_reveal_is_no_blind_one(
    browser: Browser, url: str, tmp_path: Path
) -> None:
    with visit(browser, url, accept_downloads=True) as page:
        page.fill("#name", "Ann")
        page.locator("#list").focus()
        page.keyboard.press("b")
        page.keyboard.press("p")
        page.keyboard.press("b")
        page.fill("#note", "a note leaves it blind")
        page.locator("#list").focus()
        first = load_selects(Source("a.yaml", downloaded(page, tmp_path).decode())).selects
        page.keyboard.press("Shift+Digit2")
        second = load_selects(Source("a.yaml", downloaded(page, tmp_path).decode())).selects
    assert [one.blind is None for one in first.opinions if one.listener == "Ann"] == [False]
    assert [one.blind is None for one in second.opinions if one.listener == "Ann"] == [True]
