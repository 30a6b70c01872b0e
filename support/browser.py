"""Chromium for tests and benchmarks: Debian's, or else playwright's own download. Offline."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Error, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

DEBIAN_CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
]


class NoChromium(Exception):
    """There is no Chromium on this machine; the text names the ways to get one."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium. Raises NoChromium if neither is installed."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=DEBIAN_CHROMIUM, args=OPTIONS)
        except Error as error:
            if "Executable doesn't exist" not in error.message:
                raise
            raise NoChromium(
                "needs Chromium: `apt install chromium-headless-shell` (Debian), "
                "or `playwright install chromium`"
            ) from None
        yield browser
        browser.close()
