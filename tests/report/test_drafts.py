"""What is not saved is kept by the browser: for its project only, and until it is saved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from songbatch.documents.selects_file import load_selects
from songbatch.report.page_id import page_id
from songbatch.selects import Opinion
from songbatch.sources import Source
from songbatch.workspace import Workspace
from support.kit import Project
from tests.report.browsing import downloaded, expect
from tests.report.pages import card, take, write_page
from tests.report.test_serving import served


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    return page


def named(page: Page, name: str = "Ann") -> None:
    page.fill("#name", name)
    page.keyboard.press("Enter")
    page.locator("#list").focus()


def saved(page: Page, folder: Path) -> set[Opinion]:
    result = load_selects(Source("selects.yaml", downloaded(page, folder).decode()))
    assert not result.diagnostics
    return set(result.selects.opinions)


@pytest.fixture
def projects(listened: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two projects of one name, with one's audio, specs and history; only one is a copy."""
    roots = tmp_path / "a/my-songs", tmp_path / "b/my-songs"
    for root in roots:
        shutil.copytree(listened, root)
        assert Project(root).run("report").status == 0
    return roots


def test_two_projects_from_disk_never_mix(
    browser: Browser, projects: tuple[Path, Path], tmp_path: Path
) -> None:
    one, other = ((root / "outputs/report.html").as_uri() for root in projects)
    context = browser.new_context(accept_downloads=True)
    page = opened(context, one)
    named(page)
    page.keyboard.press("p")
    page.fill("#note", "private note for Ana")
    page = opened(context, other)
    expect(page.locator("#save")).to_have_text("Save")
    expect(page.locator("#note")).to_have_value("")
    named(page)
    assert saved(page, tmp_path) == set()
    page = opened(context, one)
    expect(page.locator("#note")).to_have_value("private note for Ana")
    context.close()


def test_two_servers_never_mix_whatever_their_ports(
    browser: Browser, projects: tuple[Path, Path]
) -> None:
    first, second = (Project(root) for root in projects)
    context = browser.new_context()
    # Storage goes by the port; the cookie, which lets in, does not.
    with served(first) as link, served(second) as other:
        page, beside = opened(context, link), opened(context, other)
        for tab, name in ((page, "Ann"), (beside, "Ben")):
            named(tab, name)
            tab.keyboard.press("p")
            tab.keyboard.press("s")
            expect(tab.locator("#told")).to_have_text("Saved to specs/selects.yaml")
        page.reload()
        expect(page.locator(".pick").first).to_have_text("Picked")
    texts = [(root / "specs/selects.yaml").read_text("utf-8") for root in projects]
    assert ["Ann" in text for text in texts] == [True, False]
    assert ["Ben" in text for text in texts] == [False, True]
    context.close()


def test_only_what_the_page_or_its_selects_know_of_is_written(
    browser: Browser, tmp_path: Path
) -> None:
    gone = {"render": "demo/old/1", "engine": "sketch", "audio_sha256": "a" * 64}
    listeners = {"Ann": [gone | {"pick": True, "rating": None, "note": "kept"}]}
    url = write_page(tmp_path / "page.html", [card([take(1)])], listeners=listeners)
    context = browser.new_context(accept_downloads=True)
    page = opened(context, url)
    strange = json.dumps([json.dumps(["demo/strange/1", "sketch", "b" * 64]), {"pick": True}])
    page.evaluate(f"localStorage.setItem('songbatch:{'0' * 32}:drafts', '[' + {strange!r} + ']')")
    page.reload()
    expect(page.locator("#save")).to_have_text("Save")
    named(page)
    page.keyboard.press("p")
    assert {one.heard.render for one in saved(page, tmp_path)} == {"demo/old/1", "demo/song/1"}
    # A page of all specs may know of it: it stays where it is.
    kept = page.evaluate(f"localStorage.getItem('songbatch:{'0' * 32}:drafts')")
    assert "demo/strange/1" in kept
    context.close()


@pytest.mark.parametrize("kept", ["", "{", "null", "7", '[[1, 2], ["x"], ["y", {}]]', '"[]"'])
def test_odd_drafts_are_no_drafts(browser: Browser, tmp_path: Path, kept: str) -> None:
    url = write_page(tmp_path / "page.html", [card([take(1)])])
    context = browser.new_context()
    page = opened(context, url)
    for name in ("drafts", "downloaded"):
        key = f"songbatch:{'0' * 32}:{name}"
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, kept])
    page.evaluate(
        "([key, text]) => sessionStorage.setItem(key, text)", [f"songbatch:{'0' * 32}:blind", kept]
    )
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.reload()
    expect(page.locator("#save")).to_have_text("Save")
    expect(page.locator(".take")).to_have_count(1)
    assert not errors
    context.close()


def test_what_was_downloaded_is_there_until_the_page_is_made_of_other_selects(
    browser: Browser, tmp_path: Path
) -> None:
    url = write_page(tmp_path / "page.html", [card([take(1), take(2)])])
    context = browser.new_context(accept_downloads=True)
    page = opened(context, url)
    named(page)
    page.keyboard.press("p")
    first = saved(page, tmp_path)
    page.reload()
    expect(page.locator("#save")).to_have_text("Save")
    expect(page.locator(".pick").first).to_have_text("Picked")
    page.keyboard.press("2")
    page.keyboard.press("p")
    assert saved(page, tmp_path) > first
    heard = {"render": "demo/song/2", "engine": "sketch", "audio_sha256": take(2).audio_sha256}
    listeners = {"Ann": [heard | {"pick": False, "rating": 4, "note": ""}]}
    write_page(tmp_path / "page.html", [card([take(1), take(2)])], listeners=listeners)
    page.reload()
    expect(page.locator(".pick")).to_have_text(["Pick", "Pick"])
    expect(page.locator(".lit")).to_have_count(4)
    context.close()


def test_two_tabs_keep_each_others_words(browser: Browser, tmp_path: Path) -> None:
    url = write_page(tmp_path / "page.html", [card([take(1), take(2)])])
    context = browser.new_context(accept_downloads=True)
    left, right = opened(context, url), opened(context, url)
    named(left)
    named(right)
    left.fill("#note", "of the left tab")
    right.keyboard.press("2")
    right.fill("#note", "of the right tab")
    right.locator("#list").focus()
    right.keyboard.press("1")
    expect(right.locator("#note")).to_have_value("of the left tab")
    right.locator("#list").focus()
    assert {one.note for one in saved(right, tmp_path)} == {"of the left tab", "of the right tab"}
    expect(left.locator("#save")).to_have_text("Save")
    context.close()


def test_words_of_another_listener_stay_theirs(browser: Browser, tmp_path: Path) -> None:
    heard = {"render": "demo/song/1", "engine": "sketch", "audio_sha256": take(1).audio_sha256}
    listeners = {"Ben": [heard | {"pick": True, "rating": 5, "note": "Ben's"}]}
    url = write_page(tmp_path / "page.html", [card([take(1)])], listeners=listeners)
    context = browser.new_context(accept_downloads=True)
    page = opened(context, url)
    for name in ("Ben", "Ann"):
        named(page, name)
    page.keyboard.press("Shift+Digit2")
    said = {one.listener: (one.pick, one.rating, one.note) for one in saved(page, tmp_path)}
    assert said == {"Ann": (False, 2, ""), "Ben": (True, 5, "Ben's")}
    context.close()


def test_who_can_keep_nothing_is_asked_before_it_is_lost(browser: Browser, tmp_path: Path) -> None:
    url = write_page(tmp_path / "page.html", [card([take(1)])])
    context = browser.new_context()
    context.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
    page = opened(context, url)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator("#note").click()
    page.keyboard.type("words")
    page.close(run_before_unload=True)
    expect(page.locator("#note")).to_have_value("words")
    assert asked == ["beforeunload"]
    context.close()


def test_an_id_is_of_one_folder(listened: Path, tmp_path: Path) -> None:
    root = shutil.copytree(listened, tmp_path / "one")
    first = page_id(Workspace(root))
    assert page_id(Workspace(root)) == first
    moved = root.rename(tmp_path / "moved")
    assert page_id(Workspace(moved)) == first
    copied = shutil.copytree(moved, tmp_path / "one")
    assert page_id(Workspace(copied)) != first
    assert page_id(Workspace(moved)) == first


@pytest.mark.parametrize("data", ["", "{}", '{"version": 1, "id": 3}', '{"version": 2}', "x"])
def test_an_odd_id_is_made_anew(listened: Path, tmp_path: Path, data: str) -> None:
    root = shutil.copytree(listened, tmp_path / "one")
    (root / ".songbatch/page-id").write_text(data)
    first = page_id(Workspace(root))
    assert len(first) == 32
    assert page_id(Workspace(root)) == first


def test_where_nothing_can_be_kept_the_path_decides(listened: Path, tmp_path: Path) -> None:
    ids = []
    for name in ("one", "two"):
        root = tmp_path / name
        (root / "specs").mkdir(parents=True)
        (root / ".songbatch").write_text("not a folder")
        ids += [page_id(Workspace(root)), page_id(Workspace(root))]
    assert (ids[0] == ids[1], ids[2] == ids[3], ids[0] == ids[2]) == (True, True, False)
