"""Songs of known form: drums, bass, chords and a tune, whose bars and choruses are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

RATE = 22050
"""Hz."""
FORMS = (
    (("intro", 4), ("verse", 8), ("chorus", 8), ("verse", 8), ("chorus", 8), ("outro", 4)),
    (("verse", 16), ("chorus", 8), ("verse", 8), ("chorus", 8), ("bridge", 8), ("chorus", 8)),
    (("intro", 8), ("verse", 8), ("verse", 8), ("chorus", 16), ("verse", 8), ("chorus", 16)),
    (("intro", 2), ("verse", 8), ("chorus", 8), ("bridge", 4), ("verse", 8), ("chorus", 8)),
)
PROGRESSIONS = (
    ((0, 0), (9, 1), (5, 0), (7, 0)), ((0, 0), (7, 0), (9, 1), (5, 0)),
    ((9, 1), (5, 0), (0, 0), (7, 0)), ((5, 0), (7, 0), (0, 0), (9, 1)),
    ((2, 1), (7, 0), (0, 0), (0, 0)), ((0, 0), (4, 1), (5, 0), (7, 0)),
)  # fmt: skip
"""Semitones above the tonic; 1 for minor."""


class FormedSong(NamedTuple):
    """Mono `sound` at RATE; `bars` and `choruses` in seconds; `form`: names and numbers of bars."""

    sound: NDArray[np.float32]
    bpm: float
    bars: tuple[float, ...]
    choruses: tuple[tuple[float, float], ...]
    form: tuple[tuple[str, int], ...]


def formed_song(seed: int) -> FormedSong:
    """Return a song; equal seeds give equal songs. Choruses of odd ones are louder."""
    rng = np.random.default_rng(seed)
    bpm, tonic = float(rng.uniform(84, 132)), int(rng.integers(12))
    form = FORMS[seed % len(FORMS)]
    chosen = rng.permutation(len(PROGRESSIONS))
    loud = 1.5 if seed % 2 else 1.0
    tunes = {name: rng.integers(0, 7, 16) for name, _ in form}
    bar = 240 / bpm
    lead_in = float(rng.uniform(0, 1.2))
    total = sum(bars for _, bars in form)
    sound = np.zeros(int((lead_in + total * bar + 2) * RATE))
    lines, choruses, at = [], [], 0
    for name, bars in form:
        part = {"verse": 0, "chorus": 1, "bridge": 2, "intro": 0, "outro": 0}[name]
        progression = PROGRESSIONS[chosen[part]]
        if name == "chorus":
            choruses.append((lead_in + at * bar, lead_in + (at + bars) * bar))
        for number in range(bars):
            start = lead_in + (at + number) * bar
            lines.append(start)
            root, minor = progression[number % 4]
            played = _bar(name, tonic + root, minor, tunes[name][4 * (number % 4) :][:4], bar, rng)
            first = round(start * RATE)
            gain = loud if name == "chorus" else 1.0
            sound[first : first + len(played)] += gain * played[: len(sound) - first]
        at += bars
    sound += rng.normal(0, 1e-4, len(sound))
    return FormedSong(
        (0.7 * sound / np.abs(sound).max()).astype(np.float32),
        bpm,
        tuple(lines),
        tuple(choruses),
        form,
    )


def _bar(
    name: str, root: int, minor: int, tune: NDArray[np.int64], bar: float, rng: np.random.Generator
) -> Signal:
    beat = bar / 4
    out = np.zeros(int((bar + 0.5) * RATE))
    chord = (root % 12, (root + 4 - minor) % 12, (root + 7) % 12)
    has_drums, is_chorus = name not in {"intro", "outro"}, name == "chorus"
    for step in range(8):
        at = step * beat / 2
        if has_drums and step in (0, 4):
            _add(out, at, _kick())
        if has_drums and step in (2, 6):
            _add(out, at, 0.5 * _noise(0.12, 30, rng))
        if has_drums and (is_chorus or step % 2 == 0):
            _add(out, at, 0.18 * _noise(0.04, 120, rng, high=True))
        if step % 2 == 0 or is_chorus:
            _add(out, at, 0.35 * _tone(36 + root % 12, beat / 2, 4))
    for note in chord:
        _add(out, 0, (0.16 if is_chorus else 0.1) * _tone(60 + note, bar, 6 if is_chorus else 3))
    if name not in {"intro", "outro"}:
        scale = (0, 2, 4, 5, 7, 9, 11)
        for step, degree in enumerate(tune):
            height = 72 if is_chorus else 67
            _add(out, step * beat, 0.14 * _tone(height + scale[degree], 0.9 * beat, 5))
    return out


def _add(out: Signal, at: float, sound: Signal) -> None:
    first = round(at * RATE)
    out[first : first + len(sound)] += sound[: len(out) - first]


def _tone(note: int, seconds: float, partials: int) -> Signal:
    time = np.arange(int(seconds * RATE)) / RATE
    hertz = 440 * 2 ** ((note - 69) / 12)
    tone = sum(np.sin(2 * np.pi * hertz * n * time) / n for n in range(1, partials + 1))
    return np.asarray(tone * np.minimum(1, time / 0.008) * np.exp(-time / (0.6 * seconds + 0.1)))


def _kick() -> Signal:
    time = np.arange(int(0.2 * RATE)) / RATE
    return np.asarray(
        np.sin(2 * np.pi * (50 * time + 4 * (1 - np.exp(-30 * time)))) * np.exp(-14 * time)
    )


def _noise(seconds: float, decay: float, rng: np.random.Generator, *, high: bool = False) -> Signal:
    time = np.arange(int(seconds * RATE)) / RATE
    noise = rng.normal(0, 1, len(time))
    return np.asarray((np.diff(noise, prepend=0) if high else noise) * np.exp(-decay * time))
