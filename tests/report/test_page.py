"""The listening page from the disk: play, switch, compare, search, choose, save."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from songbatch.documents.selects_file import load_selects
from songbatch.selects import Heard, Opinion, Selects
from songbatch.sources import Source
from support.kit import Project
from tests.report.browsing import (
    downloaded,
    expect,
    playing,
    position,
    songs,
    visit,
    wait_for_position,
    wait_for_sound,
    wait_until,
)
from tests.report.projects import CARDS


def heard(root: Path, render: str) -> Heard:
    entry = Project(root).entries("demo")[render]
    return Heard(render, "music-01", entry["audio_sha256"])


def url(root: Path, name: str = "report.html") -> str:
    return (root / "outputs" / name).as_uri()


def take(page: Page, number: int) -> str:
    return str(page.locator(".take .choose b").nth(number - 1).inner_text())


def test_songs_are_listed_in_album_order_and_the_first_is_shown(
    browser: Browser, listened: Path
) -> None:
    with visit(browser, url(listened)) as page:
        assert songs(page) == CARDS
        expect(page.locator("#detail h2")).to_have_text("Zeta")
        expect(page.locator(".where")).to_have_text("The Specs · demo / zeta")
        assert [take(page, n) for n in (1, 2, 3)] == ["Take 1", "Take 2", "Take 3"]
        lyrics = page.locator(".lyrics").inner_text()
        assert lyrics.split("\n")[0] == "Down by the river we sing,"
        assert "##" not in lyrics


def test_takes_are_switched_at_the_same_position(browser: Browser, listened: Path) -> None:
    with visit(browser, url(listened)) as page:
        page.keyboard.press("Space")
        wait_for_position(page, 0.6)
        assert playing(page) == ["zeta.mp3"]
        before = position(page)
        page.keyboard.press("2")
        wait_for_sound(page, "zeta-2.mp3")
        expect(page.locator("#now")).to_have_text("Zeta, take 2")
        wait_for_position(page, before)
        page.keyboard.press("Space")
        expect(page.locator("#play")).to_have_text("Play")
        assert playing(page) == []
        paused = position(page)
        page.keyboard.press("ArrowLeft")
        assert position(page) == pytest.approx(max(0.0, paused - 5), abs=0.05)


def test_a_picture_shows_the_audio_and_is_a_place_to_begin(
    browser: Browser, listened: Path
) -> None:
    with visit(browser, url(listened)) as page:
        picture = page.locator(".take canvas").nth(1)
        inked = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
        share = picture.evaluate(
            f"canvas => {{ const {{ data }} = ({inked})(canvas);"
            "let on = 0; for (let at = 3; at < data.length; at += 4) on += data[at] > 0;"
            "return 4 * on / data.length; }"
        )
        assert 0.1 < share < 0.9
        box = picture.bounding_box()
        assert box is not None
        picture.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        seconds = Project(listened).entries("demo")["demo/zeta/2"]["seconds"]
        wait_for_position(page, seconds / 2 - 0.1)
        assert playing(page) == ["zeta-2.mp3"]
        assert position(page) < seconds / 2 + 1.5


def test_takes_are_equally_loud_unless_that_is_switched_off(
    browser: Browser, listened: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(listened, tmp_path / "quiet")
    manifest = root / "outputs/demo/music-01/manifest.json"
    tree = json.loads(manifest.read_bytes())
    for entry in tree["renders"]:
        if entry["song"] == "zeta":
            entry["measures"]["lufs"] = -14.0 - 6.0 * (entry["take"] == 2)
    manifest.write_text(json.dumps(tree))
    assert Project(root).run("report").status == 0
    volumes = "sounds.filter(one => one.src.includes('zeta')).map(one => one.volume)"
    with visit(browser, url(root)) as page:
        for key in "123":
            page.keyboard.press(key)
        assert page.evaluate(volumes) == pytest.approx([10**-0.3, 1, 10**-0.3], abs=0.001)
        page.keyboard.press("l")
        assert page.evaluate(volumes) == [1, 1, 1]


def test_everything_is_chosen_and_saved_from_the_keyboard(
    browser: Browser, listened: Path, tmp_path: Path
) -> None:
    with visit(browser, url(listened), accept_downloads=True) as page:
        page.keyboard.press("2")
        page.keyboard.press("p")
        page.keyboard.press("Shift+Digit4")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("n")
        page.keyboard.type('too "wild"?\nno')
        page.keyboard.press("Escape")
        page.keyboard.press("s")
        expect(page.locator("#told")).to_contain_text("Your name first")
        page.keyboard.type("Ann")
        page.keyboard.press("Escape")
        data = downloaded(page, tmp_path)
        expect(page.locator("#save")).to_have_text("Save")
    result = load_selects(Source("selects.yaml", data.decode()))
    assert not result.diagnostics
    assert set(result.selects.opinions) == {
        Opinion("Ann", heard(listened, "demo/zeta/2"), pick=True, rating=4),
        Opinion("Ann", heard(listened, "demo/alpha/calm/1"), note='too "wild"?\nno'),
    }
    assert result.selects.dump() == data


def test_what_was_not_saved_is_there_again(browser: Browser, listened: Path) -> None:
    context = browser.new_context()
    for words in ("Pick", "Picked"):
        page = context.new_page()
        page.goto(url(listened))
        expect(page.locator(".pick").first).to_have_text(words)
        page.keyboard.press("p")
        page.close()
    context.close()


def test_others_opinions_are_shown_and_kept(
    browser: Browser, listened: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(listened, tmp_path / "project")
    first, second = heard(root, "demo/zeta/1"), heard(root, "demo/zeta/2")
    said = (
        Opinion("Ann", first, rating=2),
        Opinion("Ben", first, pick=True, note="<b>bold</b>"),
        Opinion("Ben", second, rating=5),
    )
    (root / "specs/selects.yaml").write_bytes(Selects(said).dump())
    assert Project(root).run("report").status == 0
    with visit(browser, url(root), accept_downloads=True) as page:
        expect(page.locator(".others li")).to_have_text(
            ["Ann: 2 ★", "Ben: picked, “<b>bold</b>”", "Ben: 5 ★"]
        )
        page.fill("#name", "Ann")
        page.keyboard.press("Enter")
        page.locator("#list").focus()
        expect(page.locator(".take").first.locator(".lit")).to_have_count(2)
        page.keyboard.press("Shift+Digit3")
        data = downloaded(page, tmp_path)
    changed = (Opinion("Ann", first, rating=3), *said[1:])
    assert data == Selects(changed).dump()


def test_blind_hides_what_takes_are_until_they_are_revealed(
    browser: Browser, listened: Path, tmp_path: Path
) -> None:
    with visit(browser, url(listened), accept_downloads=True) as page:
        page.fill("#name", "Ann")
        page.locator("#list").focus()
        page.keyboard.press("b")
        assert [take(page, n) for n in (1, 2, 3)] == ["Take A", "Take B", "Take C"]
        text = page.locator("body").inner_text()
        assert not [word for word in ("LUFS", "music-01", "Take 1", "changed") if word in text]
        page.keyboard.press("3")
        page.keyboard.press("Space")
        wait_until(lambda: len(playing(page)) == 1, "one sound")
        (sounding,) = playing(page)
        page.keyboard.press("p")
        page.keyboard.press("b")
        number = {"zeta.mp3": 1, "zeta-2.mp3": 2, "zeta-3.mp3": 3}[sounding]
        expect(page.locator(".take.current b")).to_have_text(f"Take {number}")
        data = downloaded(page, tmp_path)
    (said,) = load_selects(Source("selects.yaml", data.decode())).selects.opinions
    assert (said.heard, said.pick) == (heard(listened, f"demo/zeta/{number}"), True)
    assert said.blind in range(2**32)


def test_blind_orders_differ_from_test_to_test(browser: Browser, listened: Path) -> None:
    orders = set()
    with visit(browser, url(listened)) as page:
        page.locator("#list").focus()
        for _ in range(12):
            page.keyboard.press("b")
            expect(page.locator("#blind")).to_have_text("Reveal")
            expect(page.locator(".take.current b")).to_have_text("Take A")
            page.keyboard.press("b")
            expect(page.locator("#blind")).to_have_text("Blind")
            orders.add(page.locator(".take.current b").inner_text())
    assert len(orders) > 1


def test_search_and_filters(browser: Browser, listened: Path) -> None:
    with visit(browser, url(listened)) as page:
        page.keyboard.press("/")
        page.keyboard.type("HILL wild")
        assert songs(page) == ["Alpha, wild"]
        expect(page.locator("#tally")).to_have_text("1 of 3 songs, 1 take")
        page.fill("#query", "")
        page.select_option("#filter", "changed")
        assert songs(page) == ["Alpha, calm", "Alpha, wild"]
        page.select_option("#filter", "all")
        page.locator("#list").focus()
        page.keyboard.press("p")
        page.select_option("#filter", "picked")
        assert songs(page) == ["Zeta"]
        page.select_option("#filter", "mine")
        assert songs(page) == ["Zeta"]
        page.select_option("#filter", "unheard")
        assert songs(page) == ["Alpha, calm", "Alpha, wild"]


def test_references_and_what_was_before_can_be_compared(browser: Browser, listened: Path) -> None:
    with visit(browser, url(listened)) as page:
        page.keyboard.press("ArrowDown")
        expect(page.locator(".facts").first).to_contain_text("lyrics changed")
        expect(page.locator(".compare")).to_have_text(
            ["river (song)", "as it was at the last commit"]
        )
        page.keyboard.press("r")
        wait_for_position(page, 0.1)
        assert playing(page) == ["river.mp3"]
        expect(page.locator("#now")).to_have_text("Reference river")
        page.locator(".compare").nth(1).click()
        expect(page.locator("#now")).to_have_text("Alpha, calm, take 1 as it was")
        page.keyboard.press("1")
        expect(page.locator("#now")).to_have_text("Alpha, calm, take 1")


def test_the_line_that_is_sung_is_marked(browser: Browser, listened: Path) -> None:
    with visit(browser, url(listened)) as page:
        expect(page.locator(".lyrics p.now")).to_have_count(0)
        seconds = Project(listened).entries("demo")["demo/zeta/1"]["seconds"]
        page.locator("#seek").evaluate(
            "(slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input')); }",
            seconds * 0.8,
        )
        expect(page.locator(".lyrics p.now")).to_have_text("morning is all that we bring.")


def test_lyrics_with_times_look_as_they_were_written(browser: Browser, listened: Path) -> None:
    with visit(browser, url(listened)) as page:
        lines = page.locator(".lyrics p").all_inner_texts()
        words = ["Down by the river we sing,", "\u00a0", "morning is all that we bring."]
        assert lines == words
        gap = page.locator(".lyrics p").nth(1).bounding_box()
        assert gap is not None
        assert gap["height"] > 20
        expect(page.locator(".lyrics [role=button]")).to_have_count(2)


def test_a_line_plays_from_there_by_pointer_and_by_keys(browser: Browser, listened: Path) -> None:
    seconds = Project(listened).entries("demo")["demo/zeta/1"]["seconds"]
    with visit(browser, url(listened)) as page:
        page.locator(".lyrics p").nth(2).click()
        wait_for_position(page, seconds / 3)
        assert playing(page) == ["zeta.mp3"]
        expect(page.locator(".lyrics p.now")).to_have_text("morning is all that we bring.")
        page.locator(".lyrics p").nth(0).focus()
        page.keyboard.press("Enter")
        wait_until(lambda: 0 < position(page) < seconds / 2, "the first line")
        page.keyboard.press("ArrowDown")
        expect(page.locator(".lyrics p").nth(2)).to_be_focused()
        page.keyboard.press("Space")
        wait_for_position(page, seconds / 2)
        expect(page.locator(".lyrics p").nth(2)).to_be_focused()


def test_words_can_be_marked_without_playing(browser: Browser, listened: Path) -> None:
    with visit(browser, url(listened)) as page:
        line = page.locator(".lyrics p").nth(2)
        line.scroll_into_view_if_needed()
        box = line.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 12, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + 150, middle, steps=5)
        page.mouse.up()
        assert "is all" in page.evaluate("getSelection().toString()")
        assert playing(page) == []


def test_missing_audio_is_told(browser: Browser, listened: Path, tmp_path: Path) -> None:
    root = shutil.copytree(listened, tmp_path / "clone", ignore=shutil.ignore_patterns("*.mp3"))
    shutil.rmtree(root / ".songbatch")
    assert Project(root).run("report").status == 0
    with visit(browser, url(root)) as page:
        expect(page.locator(".facts").first).to_contain_text("songbatch render brings it back")
        expect(page.locator("#play")).to_be_disabled()
        page.select_option("#filter", "missing")
        assert songs(page) == CARDS


def test_audio_that_only_the_store_has_is_played(listened: Path, tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    shutil.copytree(listened, project.root)
    (entry, *_) = project.entries("demo").values()
    shutil.rmtree(project.root / ".songbatch/waveforms")
    for output in project.root.glob("outputs/demo/music-01/*.mp3"):
        output.unlink()
    result = project.run("report", "--embed")
    assert result.status == 0, result
    digest = entry["audio_sha256"]
    audio = (project.root / ".songbatch/store" / digest[:2] / digest).read_bytes()
    page = (project.root / "outputs/report.html").read_text("utf-8")
    assert base64.b64encode(audio).decode() in page


def test_a_page_with_embedded_audio_plays_anywhere(
    browser: Browser, listened: Path, tmp_path: Path
) -> None:
    target = tmp_path / "sent.html"
    assert Project(listened).run("report", "--embed", "-o", str(target)).status == 0
    with visit(browser, target.as_uri()) as page:
        page.keyboard.press("Space")
        wait_for_position(page, 0.2)


def test_a_phone_shows_the_list_or_a_song(browser: Browser, listened: Path) -> None:
    with visit(browser, url(listened), viewport={"width": 390, "height": 844}) as page:
        expect(page.locator("#song")).to_be_hidden()
        page.locator(".row").nth(1).click()
        expect(page.locator("#list")).to_be_hidden()
        expect(page.locator("#detail h2")).to_have_text("Alpha, calm")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == 390
        page.locator("#back").click()
        expect(page.locator("#song")).to_be_hidden()


def test_a_song_of_no_spec_is_heard_as_it_was(
    browser: Browser, listened: Path, tmp_path: Path
) -> None:
    project = Project(shutil.copytree(listened, tmp_path / "songs"))
    spec = (project.root / "specs/demo.yaml").read_text("utf-8")
    project.write("specs/demo.yaml", spec[: spec.index("  alpha:")])
    assert project.run("render", "--frozen").status == 0
    assert "1 song, 3 takes, 2 earlier songs" in project.run("report").stdout
    with visit(browser, url(project.root)) as page:
        page.locator(".row").last.click()
        expect(page.locator(".row").last).to_contain_text("earlier")
        expect(page.locator("#detail")).to_contain_text("no longer among the outputs")
        expect(page.locator(".lyrics")).not_to_be_empty()
        page.keyboard.press("Space")
        wait_for_position(page, 0.1)
        page.keyboard.press("p")
        expect(page.locator(".row").last).to_contain_text("picked")


def test_earlier_takes_are_heard_and_picked_again(
    browser: Browser, listened: Path, tmp_path: Path
) -> None:
    with visit(browser, url(listened), accept_downloads=True) as page:
        page.locator(".row").nth(1).click()
        expect(page.locator(".earlier summary")).to_have_text("1 earlier take")
        page.locator(".earlier summary").click()
        earlier = page.locator(".earlier .take")
        expect(earlier).to_contain_text("Since then: lyrics changed")
        earlier.locator(".choose").click()
        expect(page.locator("#now")).to_have_text("Alpha, calm, take 1, earlier")
        expect(page.locator(".lyrics")).to_have_text("Up on the hill there is light.")
        page.keyboard.press("Space")
        wait_for_position(page, 0.1)
        page.keyboard.press("p")
        page.keyboard.press("Shift+Digit4")
        page.fill("#note", "better than now")
        expect(page.locator(".row").nth(1)).to_contain_text("picked")
        page.fill("#name", "Ann")
        page.locator("#list").focus()
        (said,) = load_selects(
            Source("a.yaml", downloaded(page, tmp_path).decode())
        ).selects.opinions
        shown = page.url
        page.reload()
        assert page.url == shown
        expect(page.locator("#now")).to_have_text("Alpha, calm, take 1, earlier")
        page.keyboard.press("b")
        expect(page.locator(".earlier")).to_have_count(0)
        assert "earlier" not in page.locator("body").inner_text()
    now = heard(listened, "demo/alpha/calm/1")
    assert (said.heard.render, said.heard.engine) == (now.render, now.engine)
    assert said.heard.audio_sha256 != now.audio_sha256
    assert (said.pick, said.rating, said.note) == (True, 4, "better than now")
