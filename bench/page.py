"""The listening page of many songs: making it, opening it, searching it, going through it.

python -m bench.page [SONGS]

Needs Chromium, as the tests of the report do, and the extra `dev`. Times are of whole commands, and
by the browser's clock from when it begins to load; what ten songs take stands beside them.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.scale.project import hosted, make, songbatch
from support.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

OUTPUT_BYTES = 300_000
FEW = 10
OPENINGS = 5
SEARCH = """(words) => {
  const query = document.getElementById("query");
  const begun = performance.now();
  query.value = words;
  query.dispatchEvent(new Event("input"));
  document.body.offsetHeight;
  return performance.now() - begun;
}"""
STEPS = """() => {
  const begun = performance.now();
  for (let step = 0; step < 100; step += 1) {
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    document.body.offsetHeight;
  }
  return (performance.now() - begun) / 100;
}"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of the command, the first time and again; bytes; then the browser's, in ms."""

    first: float
    again: float
    size: int
    opened: list[float]
    search: float
    step: float
    elements: int


def measure(browser: Browser, root: Path, songs: int) -> Figures:
    """Render `songs` songs of OUTPUT_BYTES, and look at their page."""
    make(root, songs)
    with hosted(0.0, OUTPUT_BYTES) as environment:
        subprocess.run(
            [songbatch(), "render", "--yes", "--no-measure"],
            cwd=root,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    first, again = report(root), report(root)
    target = root / "outputs/report.html"
    opened = [opening(browser, target) for _ in range(OPENINGS)]
    page = browser.new_page()
    page.goto(target.as_uri())
    search = page.evaluate(SEARCH, "rivers 7 times")
    page.evaluate(SEARCH, "")
    step = page.evaluate(STEPS)
    elements = page.evaluate("document.querySelectorAll('*').length")
    page.close()
    return Figures(first, again, target.stat().st_size, opened, search, step, elements)


def report(root: Path) -> float:
    """Make the page; return the seconds it took."""
    begun = time.perf_counter()
    subprocess.run([songbatch(), "report"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def opening(browser: Browser, target: Path) -> float:
    """Open the page; return the ms until its first paint, its list and its first song included."""
    page = browser.new_page()
    page.goto(target.as_uri())
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.close()
    return float(painted)


def main() -> None:
    """Print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs", nargs="?", type=int, default=2000)
    songs = parser.parse_args().songs
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        few, many = (
            measure(browser, Path(folder) / str(number), number) for number in (FEW, songs)
        )
    rows: tuple[tuple[str, str, Callable[[Figures], float]], ...] = (
        ("songbatch report, first time", "s", lambda one: one.first),
        ("songbatch report, again", "s", lambda one: one.again),
        ("page", "MB", lambda one: one.size / 1e6),
        ("first paint, median", "ms", lambda one: statistics.median(one.opened)),
        ("first paint, worst", "ms", lambda one: max(one.opened)),
        ("a search", "ms", lambda one: one.search),
        ("a song onward", "ms", lambda one: one.step),
        ("elements", "", lambda one: one.elements),
    )
    print(f"{'':<34}{FEW:>12,}{songs:>12,} songs")
    for name, unit, get in rows:
        print(f"{name:<34}{get(few):>12,.2f}{get(many):>12,.2f} {unit}")


if __name__ == "__main__":
    main()
