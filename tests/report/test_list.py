"""The list tells songs apart: whole titles, who picked what, and what is no output any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from songbatch.report.page import AbsentSound, Card, EarlierSound, PageSound, Take
from tests.report.browsing import expect, playing, songs, visit, wait_until
from tests.report.pages import card, sound, take, write_page

LONG = "Alles Gute zum fünfundsiebzigsten Geburtstag, lieber Großvater Jürgen-Friedrich"
TITLES = [
    "Geburtstag (Jürgen)",
    "Fenster (hires, froh)",
    "Fenster (hires, wehmütig)",
    "Über den Wolken muss die Freiheit wohl grenzenlos sein",
    f"{LONG} (hires, wehmütig)",
    f"{LONG} (hires, froh)",
]
DIGEST = "f" * 64
CUT_TITLES = """() => [...document.querySelectorAll(".row b")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1
    || [...one.querySelectorAll("span + span")].some((end) => end.scrollWidth > end.clientWidth))
  .map((one) => one.textContent)"""
OUTSIDE_ROWS = """() => [...document.querySelectorAll(".row")].flatMap((row) => {
  const outer = row.getBoundingClientRect();
  const next = row.nextElementSibling?.getBoundingClientRect().top ?? Infinity;
  return [row.querySelector("b"), row.querySelector(".second")]
    .map((one) => one.getBoundingClientRect())
    .filter((box) => box.top < outer.top || box.bottom > Math.min(outer.bottom, next))
    .map(() => row.textContent);
})"""
HALF_PILLS = """() => [...document.querySelectorAll(".marks")].flatMap((marks) => {
  const outer = marks.getBoundingClientRect();
  return [...marks.children].filter((pill) => {
    const box = pill.getBoundingClientRect();
    const isWhole = box.bottom <= outer.bottom + .5 && box.left >= outer.left - .5;
    return !isWhole && box.top < outer.bottom;
  }).map((pill) => pill.textContent);
})"""


def said(of: Take | AbsentSound, **words: Any) -> dict[str, Any]:
    heard = {"render": of.id, "engine": of.engine, "audio_sha256": of.audio_sha256}
    return heard | {"pick": False, "rating": None, "note": "", "blind": None} | words


def song(name: str, title: str, takes: int = 1, **more: Any) -> Card:
    made = [take(number + 1, song=name, **more) for number in range(takes)]
    return card(made, name, title)


def earlier(name: str, number: int = 1) -> EarlierSound:
    """Return audio that a render had before."""
    return EarlierSound(
        id=f"demo/{name}/{number}",
        engine="sketch",
        key="",
        audio_sha256="e" * 64,
        output="",
        sound=sound(9, 2.0),
        at="",
        commit="",
        cost_usd=None,
        lyrics=0,
        change="",
        lines=(),
        measures=None,
        findings=(),
        picked_by=(),
        is_chosen=False,
    )


def gone(name: str, number: int = 1) -> Take:
    """Return a take that is no output any more."""
    nothing: dict[str, Any] = {"audio_sha256": None, "sound": PageSound(None), "output": ""}
    nothing |= {"findings": (), "change": "", "cost_usd": None, "earlier": [earlier(name, number)]}
    said = "no longer among the outputs"
    return take(number, song=name, status="gone", said=said, **nothing)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (834, 1100), (390, 844)])
def test_titles_are_whole_beside_everything_that_is_said_of_a_song(
    browser: Browser, tmp_path: Path, width: int, height: int
) -> None:
    cards = [song(f"s{number}", title, takes=2) for number, title in enumerate(TITLES)]
    picks = [said(one.takes[0], pick=True, rating=4) for one in cards]
    listeners = {"Ann": picks, "Maximiliane-Friederike": picks}
    url = write_page(tmp_path / "page.html", cards, listeners=listeners)
    with visit(browser, url, viewport={"width": width, "height": height}) as page:
        page.fill("#name", "Ann")
        page.keyboard.press("Enter")
        expect(page.locator(".row").first).to_contain_text("4 ★")
        assert page.evaluate(CUT_TITLES) == []
        assert page.evaluate(OUTSIDE_ROWS) == []
        assert page.evaluate(HALF_PILLS) == []
        ends = page.locator(".row b span:last-child").all_inner_texts()
        assert ends == ["(hires, wehmütig)", "(hires, froh)"]


def test_a_long_place_makes_room_for_what_is_said(browser: Browser, tmp_path: Path) -> None:
    name = "geburtstag-wehmuetig-lagerfeuer-winterabend"
    one = song(name, "Fenster", takes=2, findings=(), change="")
    listeners = {"Ann": [said(one.takes[0], pick=True, rating=4)]}
    url = write_page(tmp_path / "page.html", [one], listeners=listeners)
    with visit(browser, url, viewport={"width": 1440, "height": 900}) as page:
        page.fill("#name", "Ann")
        page.keyboard.press("Enter")
        expect(page.locator(".row")).to_contain_text("2 takes")
        marks, last = page.locator(".marks"), page.locator(".marks > :last-child")
        bottom = "(one) => one.getBoundingClientRect().bottom"
        assert last.evaluate(bottom) <= marks.evaluate(bottom)


def test_short_titles_have_low_rows(browser: Browser, tmp_path: Path) -> None:
    heights = []
    for title in ("Fenster", TITLES[3]):
        url = write_page(tmp_path / "page.html", [song("one", "Eins"), song("two", title)])
        with visit(browser, url) as page:
            first, second = [
                row.evaluate("(row) => row.getBoundingClientRect().toJSON()")
                for row in page.locator(".row").all()
            ]
        assert second["top"] == first["bottom"]
        heights.append(first["height"])
    assert heights == [60, 76]


def choose(page: Page, name: str) -> list[str]:
    page.select_option("#filter", name)
    return songs(page)


def test_picks_are_anyones_or_ones_own(browser: Browser, tmp_path: Path) -> None:
    cards = [song(name, name.upper(), takes=2) for name in ("a", "b", "c", "d")]
    listeners = {
        "Ann": [said(cards[0].takes[0], pick=True), said(cards[2].takes[0], rating=5)],
        "Ben": [said(cards[0].takes[1], pick=True), said(cards[1].takes[0], pick=True)],
    }
    url = write_page(tmp_path / "page.html", cards, listeners=listeners)
    with visit(browser, url) as page:
        assert choose(page, "mine") == []
        assert choose(page, "picked") == ["A", "B"]
        picked = page.locator(".mark.picked")
        expect(picked).to_have_text(["✓ 2 takes picked by Ann, Ben", "✓ picked by Ben"])
        page.fill("#name", "Ann")
        page.keyboard.press("Enter")
        expect(picked).to_have_text(["✓ 2 takes picked by you, Ben", "✓ picked by Ben"])
        assert choose(page, "mine") == ["A"]
        page.keyboard.press("b")
        page.locator("#list").focus()
        page.keyboard.press("b")
        assert choose(page, "picked") == []
        expect(page.locator(".mark.picked")).to_have_count(0)


def test_a_song_of_no_spec_is_counted_for_itself_and_played_at_once(
    browser: Browser, tmp_path: Path
) -> None:
    cards = [song("new", "Jürgen", takes=2), card([gone("old")], "old", "Jurgen")]
    url = write_page(tmp_path / "page.html", cards)
    with visit(browser, url) as page:
        expect(page.locator("#tally")).to_have_text("1 song, 2 takes; 1 earlier song")
        page.fill("#query", "jurgen")
        expect(page.locator("#tally")).to_have_text("1 earlier song")
        page.locator(".row").click()
        expect(page.locator(".take b")).to_have_text(["Take 1, earlier"])
        expect(page.locator(".take")).to_contain_text("no longer among the outputs")
        expect(page.locator(".pick")).to_be_enabled()
        page.keyboard.press("1")
        page.keyboard.press("Space")
        wait_until(lambda: len(playing(page)) == 1, "its sound")
        page.keyboard.press("p")
        expect(page.locator(".mark.picked")).to_contain_text("you")
    for address in ("#demo/old/1", f"#demo/old/1~{'e' * 12}"):
        with visit(browser, url + address) as page:
            expect(page.locator("#now")).to_have_text("Jurgen, take 1, earlier")
            expect(page.locator("#told")).to_be_empty()


def test_a_take_that_is_gone_stands_beside_those_that_are_not_but_not_in_blind_mode(
    browser: Browser, tmp_path: Path
) -> None:
    takes = [take(1), take(2), gone("song", 3)]
    with visit(browser, write_page(tmp_path / "page.html", [card(takes)])) as page:
        names = page.locator(".take b")
        expect(names).to_have_text(["Take 1", "Take 2", "Take 3, earlier"])
        expect(page.locator("#tally")).to_have_text("1 song, 2 takes")
        page.keyboard.press("b")
        expect(names).to_have_text(["Take A", "Take B"])


def test_audio_on_another_machine_is_told_with_whose_it_is(
    browser: Browser, tmp_path: Path
) -> None:
    one = song("a", "A")
    absent = AbsentSound("demo/a/1", "sketch", DIGEST)
    copied = AbsentSound("demo/a/1", "sketch", "c" * 64, "outputs/demo/selects/a.mp3")
    cards = [Card("demo", "a", "", "A", "", one.takes, [absent, copied])]
    listeners = {
        "Ann": [said(absent, pick=True, note="wärmer")],
        "Ben": [said(one.takes[0], pick=True)],
        "Cem": [said(absent, rating=2), said(copied, pick=True)],
    }
    where = "other audio of this song, which is not on this machine"
    with visit(browser, write_page(tmp_path / "page.html", cards, listeners=listeners)) as page:
        notes = page.locator(".elsewhere li")
        expect(notes).to_have_text(
            [
                f"Ann picked {where}: “wärmer”",
                f"Cem heard {where}: 2 ★",
                "Cem picked other audio of this song, of which only the copy "
                "outputs/demo/selects/a.mp3 is here",
            ]
        )
        expect(page.locator(".mark.picked")).to_contain_text("Ann, Ben, Cem")
        page.fill("#name", "Ann")
        page.keyboard.press("Enter")
        expect(notes.first).to_have_text(f"You picked {where}: “wärmer”")
        page.locator("#list").focus()
        page.keyboard.press("b")
        expect(notes).to_have_count(0)


def test_keys_of_takes_are_caps_where_there_are_keys(browser: Browser, tmp_path: Path) -> None:
    url = write_page(tmp_path / "page.html", [song("a", "A", takes=2)])
    with visit(browser, url) as page:
        expect(page.locator(".choose kbd")).to_have_text(["1", "2"])
        expect(page.locator(".choose").nth(1)).to_have_attribute("aria-keyshortcuts", "2")
    with visit(browser, url, has_touch=True, is_mobile=True) as page:
        page.locator(".row").click()
        expect(page.locator(".take")).to_have_count(2)
        expect(page.locator(".choose kbd").first).to_be_hidden()
