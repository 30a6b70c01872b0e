"""axe finds nothing to complain about, whatever the page shows; and all can be reached by keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.report.browsing import expect, visit

PHONE = {"width": 390, "height": 844}


TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    # Which axe leaves out unless it is asked for.
    "rules": {"target-size": {"enabled": True}},
}


def demand_accessible(page: Page) -> None:
    result = Axe().run(page, options=OPTIONS)
    assert not result.violations_count, result.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "viewport",
    [{"width": 1300, "height": 800}, {"width": 820, "height": 1180}, PHONE],
    ids=["desk", "tablet", "phone"],
)
def test_axe_finds_nothing(
    browser: Browser, listened: Path, scheme: Any, viewport: dict[str, int]
) -> None:
    url = (listened / "outputs/report.html").as_uri()
    with visit(
        browser, url, color_scheme=scheme, viewport=viewport, reduced_motion="reduce"
    ) as page:
        demand_accessible(page)
        page.locator(".row").nth(1).click()
        page.keyboard.press("p")
        page.keyboard.press("Shift+Digit3")
        page.keyboard.press("Space")
        demand_accessible(page)
        page.keyboard.press("b")
        demand_accessible(page)
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_visible()
        demand_accessible(page)


def test_the_theme_can_be_switched_and_is_remembered(browser: Browser, listened: Path) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.goto((listened / "outputs/report.html").as_uri())
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.click("#theme")
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    demand_accessible(page)
    context.close()


def test_every_control_is_reached_by_the_tab_key(browser: Browser, listened: Path) -> None:
    with visit(browser, (listened / "outputs/report.html").as_uri()) as page:
        controls = page.evaluate(
            "[...document.querySelectorAll('button, input, select, textarea, #list')]"
            ".filter(one => one.checkVisibility() && !one.disabled).length"
        )
        reached = set()
        for _ in range(controls):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
            )
        assert len(reached) == controls


def test_a_verdict_by_keys_keeps_the_focus(browser: Browser, listened: Path) -> None:
    with visit(browser, (listened / "outputs/report.html").as_uri()) as page:
        page.locator(".pick").nth(1).focus()
        page.keyboard.press("Space")
        expect(page.locator(".pick").nth(1)).to_have_text("Picked")
        expect(page.locator(".pick").nth(1)).to_be_focused()
