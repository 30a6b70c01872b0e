"""Pages in a real browser, driven from outside, offline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, Page, expect

if TYPE_CHECKING:
    from pathlib import Path

# Keeps the sounds that a page makes, which are not in its document.
WATCH_SOUNDS = """
window.sounds = [];
window.Audio = class extends Audio { constructor() { super(); window.sounds.push(this); } };
"""


@contextmanager
def visit(browser: Browser, url: str, **context: Any) -> Iterator[Page]:
    """Open a page as a new visitor does. It may not complain, ask, or load from anywhere else."""
    visitor = browser.new_context(**context)
    visitor.set_default_timeout(10_000)
    page = visitor.new_page()
    page.add_init_script(WATCH_SOUNDS)
    trouble: list[str] = []
    page.on("console", lambda said: trouble.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
    own = ("file:", "data:", "blob:", "http://127.0.0.1:")
    page.on("request", lambda sent: None if sent.url.startswith(own) else trouble.append(sent.url))
    page.goto(url)
    yield page
    visitor.close()
    assert not trouble, trouble


def position(page: Page) -> float:
    """Return where the player is, in seconds."""
    return float(page.locator("#seek").input_value())


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Ask again until it is so.

    Not by the page's own waiting for a script's text, which a page with a content security policy
    refuses from the second time on.
    """
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.02)


def wait_for_position(page: Page, seconds: float) -> None:
    """Wait until the player has come so far."""
    wait_until(lambda: position(page) > seconds, f"{seconds} s")


def wait_for_sound(page: Page, *names: str) -> None:
    """Wait until these files sound, and no others."""
    wait_until(lambda: playing(page) == list(names), f"the sound of {names}")


def playing(page: Page) -> list[str]:
    """Return the names of the files that sound."""
    found: list[str] = page.evaluate(
        "sounds.filter(one => !one.paused).map(one => decodeURI(one.src.split('/').pop()))"
    )
    return found


def songs(page: Page) -> list[str]:
    """Return the titles in the list."""
    return page.locator("#list .row b").all_inner_texts()


def downloaded(page: Page, folder: Path) -> bytes:
    """Save by the keyboard; return the file."""
    with page.expect_download() as waiting:
        page.keyboard.press("s")
    assert waiting.value.suggested_filename == "selects.yaml"
    waiting.value.save_as(folder / "selects.yaml")
    return (folder / "selects.yaml").read_bytes()


__all__ = [
    "downloaded", "expect", "playing", "position", "songs", "visit",
    "wait_for_position", "wait_for_sound", "wait_until",
]  # fmt: skip
