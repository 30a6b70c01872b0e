"""Plot of an analysis as one SVG picture, without scripts or embedded fonts.

From above: the wave with bar lines, chords, energy by bar, pitch classes by chord, the pitch of a
voice; below: the drum pattern of a bar and the spectrum. Time runs from left to right in seconds.
"""

from __future__ import annotations

import colorsys
import itertools
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from songbatch.engines.sketch.analysis.names import DRUMS, chord_name, note_name, pitch_class_name
from songbatch.engines.sketch.analysis.tonal_balance import BAND_CENTRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.sketch.analysis.features import Analysis
    from songbatch.engines.sketch.analysis.harmony import Chord

WIDTH = 1240
LEFT, RIGHT = 70, 20
ACROSS = WIDTH - LEFT - RIGHT
INK = "#1d2733"
FAINT = "#c9d1d9"
WAVE = "#5b8db8"
WARM = "#c8553d"
FEW = 0.2
"""Share of drums below which their pattern means little."""

COLUMNS = 1100
"""Columns of the wave."""


def draw(analysis: Analysis, title: str, facts: str) -> str:
    """Return the plot as SVG text. `title` and `facts` are the two lines above it."""
    parts, top = [_text(LEFT, 26, title, 17, weight="bold"), _text(LEFT, 46, facts, 12)], 62.0
    rows = [(_wave, 120), (_chords, 30), (_energy, 60), (_chroma, 132)]
    if analysis.contour is not None:
        rows.append((_pitch, 130))
    for row, height in rows:
        parts += row(analysis, top, height)
        top += height + 16
    parts += _seconds(analysis, top)
    top += 34
    parts += [*_drums(analysis, top), *_spectrum(analysis, top)]
    tall = top + 110
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall:.0f}" '
        f'width="{WIDTH}" height="{tall:.0f}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{tall:.0f}" fill="#ffffff"/>', *parts, "</svg>", "",
    ])  # fmt: skip


def _text(
    x: float, y: float, text: str, size: float, *, anchor: str = "start", weight: str = "normal",
    colour: str = INK,
) -> str:  # fmt: skip
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
    )


def _box(x: float, y: float, width: float, height: float, colour: str, opacity: float = 1) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.3, width):.1f}" '
        f'height="{max(0, height):.1f}" fill="{colour}" fill-opacity="{opacity:.2f}"/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = FAINT) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="0.7"/>'
    )


def _name(top: float, height: float, name: str) -> str:
    return _text(LEFT - 8, top + height / 2 + 4, name, 11, anchor="end")


def _x(analysis: Analysis, seconds: float) -> float:
    return LEFT + ACROSS * min(1.0, max(0.0, seconds / analysis.features.seconds))


def _bars(analysis: Analysis) -> list[float]:
    bar = analysis.metre.beats_per_bar * analysis.metre.beat_seconds
    return np.arange(analysis.metre.first_downbeat, analysis.features.seconds, bar).tolist()


def _wave(analysis: Analysis, top: float, height: float) -> Iterator[str]:
    yield _name(top, height, "wave")
    for number, bar in enumerate(_bars(analysis)):
        x = _x(analysis, bar)
        yield _line(x, top - 2, x, top + height + 46)
        if number % 4 == 0:
            yield _text(x + 2, top + 6, str(number + 1), 9, colour="#7a8794")
    edges = np.linspace(0, len(analysis.sound), COLUMNS + 1).astype(int)
    peaks = np.maximum.reduceat(np.abs(analysis.sound), edges[:-1])
    peaks = peaks / (peaks.max() + 1e-9) * height / 2
    xs, middle = LEFT + ACROSS * (np.arange(COLUMNS) + 0.5) / COLUMNS, top + height / 2
    upper = [f"{x:.1f},{middle - p:.1f}" for x, p in zip(xs, peaks, strict=True)]
    lower = [f"{x:.1f},{middle + p:.1f}" for x, p in zip(xs[::-1], peaks[::-1], strict=True)]
    yield f'<polygon points="{" ".join(upper + lower)}" fill="{WAVE}" fill-opacity="0.85"/>'


def _chords(analysis: Analysis, top: float, height: float) -> Iterator[str]:
    yield _name(top, height, "chords")
    each = analysis.metre.chord_beats * analysis.metre.beat_seconds
    place = analysis.metre.first_downbeat
    for chord, group in itertools.groupby(analysis.features.harmony.chords):
        length = each * len(list(group))
        x, end = _x(analysis, place), _x(analysis, place + length)
        yield _box(x, top, end - x, height, _colour_of(chord), 0.75)
        if end - x > 15:
            yield _text((x + end) / 2, top + height / 2 + 4, chord_name(chord), 11, anchor="middle")
        place += length


def _colour_of(chord: Chord) -> str:
    """Return a hue by the circle of fifths; minor is paler."""
    light, strong = (0.8, 0.4) if chord[1] == "minor" else (0.7, 0.6)
    rgb = colorsys.hls_to_rgb((7 * chord[0] % 12) / 12, light, strong)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


def _energy(analysis: Analysis, top: float, height: float) -> Iterator[str]:
    yield _name(top, height, "energy")
    levels, bars = analysis.features.tonal_balance.energy, _bars(analysis)
    highest = max(levels) + 1e-9
    bar = analysis.metre.beats_per_bar * analysis.metre.beat_seconds
    for number, level in enumerate(levels[: len(bars)]):
        x, end = (_x(analysis, bars[number] + k * bar) for k in (0, 1))
        tall = height * level / highest
        yield _box(x + 0.5, top + height - tall, end - x - 1, tall, WARM, 0.7)
    yield _line(LEFT, top + height, LEFT + ACROSS, top + height)


def _chroma(analysis: Analysis, top: float, height: float) -> Iterator[str]:
    each, row = analysis.metre.chord_beats * analysis.metre.beat_seconds, height / 12
    edges = np.arange(analysis.metre.first_downbeat, analysis.features.seconds, each)
    cells = analysis.notes.between(edges)
    cells = cells / (cells.max(axis=1, keepdims=True) + 1e-9)
    for pitch_class in range(12):
        y = top + height - (pitch_class + 1) * row
        yield _text(LEFT - 8, y + row - 2, pitch_class_name(pitch_class), 9, anchor="end")
        for edge, cell in zip(edges.tolist(), cells[:, pitch_class].tolist(), strict=True):
            if cell > 0.08:
                x, end = _x(analysis, edge), _x(analysis, edge + each)
                yield _box(x, y, end - x, row - 0.5, INK, 0.85 * cell**1.5)


def _pitch(analysis: Analysis, top: float, height: float) -> Iterator[str]:
    assert analysis.contour is not None  # noqa: S101
    yield _name(top, height, "pitch")
    notes = analysis.contour.notes()
    times = np.flatnonzero(~np.isnan(notes)) * analysis.contour.frame_seconds
    notes = notes[~np.isnan(notes)]
    if not len(notes):
        return
    low, high = np.floor(np.percentile(notes, 1)) - 1, np.ceil(np.percentile(notes, 99)) + 1
    for note in range(int(low), int(high) + 1):
        if note % 12 in {0, 4, 7, 9}:
            y = top + height * (high - note) / (high - low)
            yield _line(LEFT, y, LEFT + ACROSS, y)
            yield _text(WIDTH - RIGHT + 2, y + 3, note_name(note), 8)
    step = max(1, len(notes) // 6000)
    dots = [
        f"M{_x(analysis, t):.1f},{top + height * (high - n) / (high - low):.1f}h1"
        for t, n in zip(times[::step].tolist(), notes[::step].tolist(), strict=True)
        if low <= n <= high
    ]
    yield f'<path d="{"".join(dots)}" stroke="{WARM}" stroke-width="2.4" fill="none"/>'


def _seconds(analysis: Analysis, top: float) -> Iterator[str]:
    seconds = analysis.features.seconds
    every = next(e for e in (1, 2, 5, 10, 20, 30) if seconds / e <= 20)
    for second in range(0, int(seconds) + 1, every):
        text = f"{second // 60}:{second % 60:02}"
        yield _text(_x(analysis, second), top, text, 10, anchor="middle", colour="#7a8794")


def _drums(analysis: Analysis, top: float) -> Iterator[str]:
    rhythm = analysis.features.rhythm
    heard = f"drums {rhythm.drums:.0%}" if rhythm.drums >= FEW else "hardly any drums"
    yield _text(LEFT, top, f"what is struck in a bar ({heard})", 11)
    for row, name in enumerate(DRUMS):
        y = top + 12 + 24 * row
        yield _text(LEFT - 8, y + 15, name, 11, anchor="end")
        steps = getattr(rhythm, name)[: 4 * rhythm.beats_per_bar]
        for step, level in enumerate(steps):
            x = LEFT + 26 * step + 4 * (step // 4)
            yield _box(x, y, 24, 22, FAINT, 0.35)
            yield _box(x, y, 24, 22, INK, 0.9 * level * (1 if rhythm.drums >= FEW else 0.3))


def _spectrum(analysis: Analysis, top: float) -> Iterator[str]:
    left, width, height = LEFT + 520, ACROSS - 520, 80.0
    yield _text(left, top, "spectrum, dB around its mean", 11)
    levels = analysis.features.tonal_balance.bands
    each, reach = width / len(levels), max(12.0, *map(abs, levels))
    middle = top + 10 + height / 2
    yield _line(left, middle, left + width, middle)
    for k, (centre, level) in enumerate(zip(BAND_CENTRES, levels, strict=True)):
        tall = height / 2 * level / reach
        yield _box(left + k * each + 1, middle - max(0.0, tall), each - 2, abs(tall), WAVE)
        if k % 3 == 0:
            x = left + (k + 0.5) * each
            yield _text(x, top + height + 24, f"{centre:.0f} Hz", 9, anchor="middle")
