"""Overview of a whole song: its sections, its waveform and a scale of seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.formatting import clock
from songbatch.picture.style import ACROSS, LEFT
from songbatch.picture.svg import box, fitted, label, number, path, width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.engines.outline import OutlinedPart
    from songbatch.picture.subject import PictureSubject

MOMENTS = 468
"""Moments of a waveform: a stroke each, with a gap between them."""

STROKE = 1.4
RIBBON, WAVE = 20.0, 78.0
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
"""Seconds between marks."""

MOST_MARKS = 14


def draw_overview(subject: PictureSubject, top: float) -> tuple[list[str], float]:
    """Return the shapes of an overview from `top` on, and where it ends."""
    seconds, parts = subject.levels.seconds, list[str]()
    y = top
    if subject.outline:
        parts += _ribbon(subject.outline.sections, seconds, y)
        y += RIBBON + 6
    parts += _wave(subject, y)
    parts += [
        path(f"M{number(_x(line.start, seconds))} {number(y)}v{number(WAVE)}", "bar")
        for line in subject.lines
    ]
    y += WAVE + 14
    parts += _marks(seconds, y)
    return parts, y + 4


def shade(number_of_section: int) -> str:
    """Return the kind of ground that a section has."""
    return "even" if number_of_section % 2 else "odd"


def _x(at: float, seconds: float) -> float:
    return LEFT + ACROSS * min(1.0, max(0.0, at / max(seconds, 1e-9)))


def _ribbon(sections: Sequence[OutlinedPart], seconds: float, y: float) -> Iterator[str]:
    for place, section in enumerate(sections):
        x, end = _x(section.start, seconds), _x(section.end, seconds)
        span = f"{section.name}, {section.start:.2f} to {section.end:.2f} s"
        yield box(x, y, end - x - 2, RIBBON, shade(place), round_by=3, tip=span)
        if name := fitted(section.name, 11, end - x - 8, bold=True):
            yield label(x + 5, y + 14, name, 11, bold=True)


def _wave(subject: PictureSubject, y: float) -> Iterator[str]:
    levels, middle = subject.levels, y + WAVE / 2
    scale = WAVE / 2 / max(0.25, *levels.peaks)
    each = ACROSS / len(levels.peaks)
    for kind, heights in (("peak", levels.peaks), ("mean", levels.means)):
        steps = (
            f"M{number(LEFT + (k + 0.5) * each)} {number(middle - tall)}v{number(2 * tall)}"
            for k, tall in enumerate(max(0.3, scale * height) for height in heights)
        )
        yield path("".join(steps), kind, STROKE)


def _marks(seconds: float, y: float) -> Iterator[str]:
    step = next((s for s in STEPS if seconds / s <= MOST_MARKS), STEPS[-1])
    last = clock(seconds)
    for second in range(0, int(seconds) + 1, step):
        x = _x(second, seconds)
        if x + width(last, 11) < LEFT + ACROSS or not second:
            yield label(x, y, clock(second), 10.5, kind="faint", anchor="middle")
