"""The page of a diff in a browser: both sides play, nothing is out of reach of anybody."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from support.kit import Project
from tests.report.browsing import expect, visit


def test_before_and_now_play_and_axe_finds_nothing(browser: Browser, listened: Path) -> None:
    assert Project(listened).run("diff", "--html", "outputs/diff.html").status == 0
    url = (listened / "outputs/diff.html").as_uri()
    for scheme in ("light", "dark"):
        with visit(browser, url, color_scheme=scheme) as page:
            expect(page.locator("h1")).to_have_text("What changed")
            expect(page.locator("del").first).to_have_text("Up on the hill there is light.")
            expect(page.locator("ins").first).to_have_text("Up on a hill there is light.")
            assert page.locator("audio").count() == 4
            lasts = page.locator("audio").evaluate_all(
                "all => Promise.all(all.map(one => new Promise(done => {"
                "one.addEventListener('loadedmetadata', () => done(one.duration));"
                "one.preload = 'metadata'; one.load(); })))"
            )
            assert min(lasts) > 1
            result = Axe().run(page)
            assert not result.violations_count, result.generate_report()
