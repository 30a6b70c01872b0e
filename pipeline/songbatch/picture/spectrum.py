"""Spectrum of a song beside its reference's, in thirds of octaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.levels import CENTRES
from songbatch.picture.style import LEFT
from songbatch.picture.svg import fitted, label, number, path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.picture.subject import PictureSubject

ACROSS, TALL = 500.0, 120.0
HIGHEST, LOWEST = 16.0, -44.0
"""dB around the mean that are shown."""

LEVELS = (12, 0, -12, -24, -36)
"""dB that have a line."""

TICKS = {3: "100 Hz", 6: "200", 10: "500", 13: "1 kHz", 16: "2", 20: "5", 23: "10"}
"""Bands with a name below them."""


def draw_spectrum(subject: PictureSubject, top: float) -> tuple[list[str], float]:
    """Return the shapes of a spectrum from `top` on, and where it ends."""
    y = top + 28
    parts = [*_legend(subject, top), *_grid(y)]
    if subject.reference_levels:
        steps = _steps(subject.reference_levels.bands, y)
        parts.append(path(steps, "reference", 2, dashes="5 3"))
    parts.append(path(_steps(subject.levels.bands, y), "song", 2.4))
    return parts, y + TALL + 22


def _x(band: int) -> float:
    return LEFT + ACROSS * band / (len(CENTRES) - 1)


def _y(level: float, y: float) -> float:
    return y + TALL * (HIGHEST - min(HIGHEST, max(LOWEST, level))) / (HIGHEST - LOWEST)


def _legend(subject: PictureSubject, top: float) -> Iterator[str]:
    yield label(LEFT, top + 12, "Spectrum", 12, bold=True)
    yield path(f"M{LEFT + 78} {number(top + 8)}h24", "song", 2.4)
    yield label(LEFT + 108, top + 12, "this song", 12)
    if subject.reference_levels:
        yield path(f"M{LEFT + 186} {number(top + 8)}h24", "reference", 2, dashes="5 3")
        name = fitted(f"reference {subject.reference}", 12, ACROSS - 220)
        yield label(LEFT + 216, top + 12, name, 12)


def _grid(y: float) -> Iterator[str]:
    for level in LEVELS:
        at = _y(level, y)
        yield path(f"M{LEFT} {number(at)}h{number(ACROSS)}", "grid" if level else "bar")
        name = f"{level:+d}".replace("-", "\u2212") if level else "0 dB"
        yield label(LEFT - 8, at + 3.5, name, 10, kind="faint", anchor="end")
    for band, name in TICKS.items():
        yield path(f"M{number(_x(band))} {number(y)}v{number(TALL)}", "grid")
        yield label(_x(band), y + TALL + 14, name, 10, kind="faint", anchor="middle")


def _steps(levels: Sequence[float | None], y: float) -> str:
    points = [
        f"{number(_x(band))} {number(_y(level, y))}"
        for band, level in enumerate(levels)
        if level is not None
    ]
    return f"M{'L'.join(points)}"
