"""RecordingCut of a recording that an engine might best follow: a chorus, on bar lines.

Method: the harmony of every beat and the tonal balance of every bar, bars compared with all others
(self-similarity, Foote 1999). A chorus is a run of bars that comes again, is louder than the rest,
and begins and ends where what is before differs from what is behind. Weights were set by hand on
the synthetic songs of `bench/chorus_cuts.py`. The bars of the winner are then heard once more by
themselves, for a band that drifts.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis import harmony, metre, rhythm
from songbatch.engines.sketch.analysis.features import RATE, SLOW_RATE
from songbatch.engines.sketch.analysis.tonal_balance import BAND_EDGES
from songbatch.engines.sketch.codec import Undecodable, decode
from songbatch.engines.sketch.dsp import band_sums, resample, spectra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.grid import Metre
    from songbatch.engines.sketch.dsp import Mono

    Rows = NDArray[np.float64]

MAX_SECONDS = 600.0
"""Of a recording that is heard."""
MIN_SECONDS = 20.0
"""What is shorter has no parts to choose from."""
PHRASES = (4, 6, 8, 12, 16, 24, 32)
"""Bars that a part may have."""
PHRASE = 4
"""Bars before and behind an edge that are compared."""
EDGES_PERCENT = 93
"""Of bar lines, which are no edges."""
SAME = 0.75
"""Share of the way from the usual likeness to equality from which on bars are the same again."""
REPEATED, LOUD, BEGINS, ENDS, BROKEN, AWAY = 1.2, 1.0, 1.3, 0.7, 0.7, 0.4
"""Weights: comes again, is loud, begins and ends at an edge, has one inside; an octave away from
the length that suits best."""
LOUD_DB = 4.0
"""Above the median bar, from which on a part counts as loud altogether."""
FRAMES = 2048
AROUND_SECONDS = 12.0
"""Heard before and behind a part to find its bars once more."""
NEAR = 0.35
"""Share of a bar by which a bar line may move then."""


class CutLength(NamedTuple):
    """Seconds that a cut may have, and those that suit best."""

    least: float
    most: float
    best: float


class ProposedCut(NamedTuple):
    """A part of a recording in seconds, and why: its first bar (from 1), bars, how it compares.

    `again` are the first bars of where it comes again, `louder_db` how far it is above the median.
    """

    start: float
    end: float
    first_bar: int
    bars: int
    beats_per_bar: int
    bpm: float
    again: tuple[int, ...]
    louder_db: float


def propose(audio: bytes, wanted: CutLength) -> ProposedCut | None:
    """Return the part of WAV or MP3 bytes that sounds most like a chorus; None if none has bars.

    Raises codec.Undecodable.
    """
    sound = decode(audio, RATE, MAX_SECONDS)
    if len(sound) < MIN_SECONDS * RATE:
        raise Undecodable(f"there are less than {MIN_SECONDS:.0f} s to choose from")
    return proposed(sound, wanted)


def proposed(sound: Mono, wanted: CutLength) -> ProposedCut | None:
    """Return the same of mono samples at RATE."""
    pulse, notes = _heard(sound)
    bars = metre.find(pulse, notes)
    bar = bars.beats_per_bar * bars.beat_seconds
    edges = np.arange(bars.first_downbeat, len(sound) / RATE - bar / 2, bar)
    count = len(edges) - 1
    lengths = [n for n in PHRASES if wanted.least < n * bar <= wanted.most and n <= count]
    if not lengths:
        return None
    levels = _levels(sound, edges)
    balance = _balance(sound, edges)
    alike = _likeness(notes, balance, bars, edges)
    breaks = _breaks(alike, balance)
    scored = [
        (_score(first, length, alike, levels, breaks, length * bar, wanted), -first, length)
        for length in lengths
        for first in range(count - length + 1)
    ]
    _, first, length = max(scored)
    return _placed(sound, bars, float(edges[-first]), -first, length, alike, levels)


def _heard(sound: Mono) -> tuple[rhythm.Pulse, harmony.Notes]:
    slow = resample(sound, RATE, SLOW_RATE)
    return rhythm.find_pulse(sound, RATE), harmony.find_notes(slow, SLOW_RATE)


def _levels(sound: Mono, edges: Rows) -> Rows:
    """Return the level of each bar in dB around the median."""
    places = np.round(edges * RATE).astype(int).clip(0, len(sound))
    power = [float(np.square(sound[a:b]).mean()) + 1e-9 for a, b in itertools.pairwise(places)]
    levels = 10 * exact.log10(np.array(power))
    return np.asarray(levels - np.median(levels))


def _likeness(notes: harmony.Notes, balance: Rows, bars: Metre, edges: Rows) -> Rows:
    """Return bars × bars, how alike they are: 1 the same, 0 as usual."""
    beats = bars.beats_per_bar
    steps = (edges[:-1, None] + np.arange(beats) * bars.beat_seconds).reshape(-1)
    chroma = notes.between(steps).reshape(len(edges) - 1, -1)
    chroma = chroma / (np.sqrt(np.square(chroma).sum(axis=1, keepdims=True)) + 1e-9)
    harmonies = np.stack([(chroma * row).sum(axis=1) for row in chroma])
    apart = np.stack([np.sqrt(np.square(balance - row).mean(axis=1)) for row in balance])
    usual = float(np.median(apart)) + 1e-6
    timbres = exact.exp(-apart / usual)
    return (_rescaled(harmonies) + _rescaled(timbres)) / 2


def _rescaled(alike: Rows) -> Rows:
    usual = float(np.median(alike))
    return np.clip((alike - usual) / (1 - usual + 1e-6), -1, 1)


def _balance(sound: Mono, edges: Rows) -> Rows:
    """Return the levels of each bar in bands of the spectrum, in dB."""
    sums = band_sums(spectra(sound, FRAMES, FRAMES // 2) ** 2, np.array(BAND_EDGES), RATE)
    places = np.round(edges * RATE / (FRAMES // 2)).astype(int).clip(0, len(sums) - 1)
    rows = [sums[a : max(a + 1, b)].mean(axis=0) for a, b in itertools.pairwise(places)]
    power = np.array(rows, np.float64)
    return np.asarray(10 * exact.log10(power + 1e-5 * power.max() + 1e-12))


def _breaks(alike: Rows, balance: Rows) -> Rows:
    """Return for each bar line how much what is behind differs from what is before, 0 to 1.

    Phrases are compared bar by bar, so that a progression that goes on is no edge; and by the mean
    of their balance, which a change of chords leaves alone.
    """
    count = len(alike)
    other, apart = np.zeros(count + 1), np.zeros(count + 1)
    for line in range(1, count):
        reach = min(PHRASE, line, count - line)
        steps = np.arange(reach)
        other[line] = 1 - float(alike[line - reach + steps, line + steps].mean())
        before = balance[max(0, line - PHRASE) : line].mean(axis=0)
        behind = balance[line : line + PHRASE].mean(axis=0)
        apart[line] = float(np.sqrt(np.square(before - behind).mean()))
    found = _of_edges(other) + _of_edges(apart)
    # Music that begins or ends is as good an edge as any.
    found[0] = found[count] = 1.0
    return np.clip(found / 2, 0, 1)


def _of_edges(found: Rows) -> Rows:
    # The drums come in once; the other edges count as much.
    return np.clip(found / (float(exact.percentile(found, EDGES_PERCENT)) + 1e-6), 0, 1)


def _score(
    first: int,
    length: int,
    alike: Rows,
    levels: Rows,
    breaks: Rows,
    seconds: float,
    wanted: CutLength,
) -> float:
    again = _agains(first, length, alike)
    comes_again = float(np.sort(again)[::-1][:2].mean()) if len(again) else 0.0
    part = levels[first : first + length]
    # The softest half counts as well: a part that is loud in places only is none.
    loudness = (float(part.mean()) + float(np.sort(part)[: max(1, length // 2)].mean())) / 2
    return (
        REPEATED * comes_again
        + LOUD * float(np.clip(loudness / LOUD_DB, -1, 1))
        + BEGINS * float(breaks[first])
        + ENDS * float(breaks[first + length])
        - BROKEN * float(breaks[first + 1 : first + length].max())
        - AWAY * abs(float(exact.log2(np.array(seconds / wanted.best))))
    )


def _agains(first: int, length: int, alike: Rows) -> Rows:
    """Return how alike the bars are to as many in each other place, that shares none with them."""
    places = _places(first, length, len(alike))
    runs = np.arange(length)
    return np.array([float(alike[first + runs, place + runs].mean()) for place in places])


def _places(first: int, length: int, count: int) -> list[int]:
    return [n for n in range(count - length + 1) if abs(n - first) >= length]


def _placed(
    sound: Mono, bars: Metre, start: float, first: int, length: int, alike: Rows, levels: Rows
) -> ProposedCut:
    bar = bars.beats_per_bar * bars.beat_seconds
    own, beginning = _own_bars(sound, bars, start, length * bar)
    places, likeness = _places(first, length, len(alike)), _agains(first, length, alike)
    again: list[int] = []
    for place in sorted(places, key=lambda n: -likeness[places.index(n)]):
        is_apart = all(abs(place - other) >= length for other in again)
        if is_apart and likeness[places.index(place)] >= SAME:
            again.append(place)
    end = min(beginning + length * own, len(sound) / RATE)
    return ProposedCut(
        start=beginning,
        end=end,
        first_bar=first + 1,
        bars=length,
        beats_per_bar=bars.beats_per_bar,
        bpm=60 * bars.beats_per_bar / own,
        again=tuple(place + 1 for place in sorted(again)),
        louder_db=float(levels[first : first + length].mean()),
    )


def _own_bars(sound: Mono, bars: Metre, start: float, seconds: float) -> tuple[float, float]:
    """Return the length of a bar in a part, and where the part begins, heard by itself."""
    bar = bars.beats_per_bar * bars.beat_seconds
    begin = max(0.0, start - AROUND_SECONDS)
    around = sound[int(begin * RATE) : int((start + seconds + AROUND_SECONDS) * RATE)]
    pulse, notes = _heard(around)
    heard = metre.find(pulse, notes)
    own = heard.beats_per_bar * heard.beat_seconds
    if heard.beats_per_bar != bars.beats_per_bar or abs(own / bar - 1) > 0.04:
        return bar, max(0.0, start)
    lines = begin + heard.first_downbeat + own * np.arange(int(len(around) / RATE / own) + 1)
    line = float(lines[int(np.argmin(np.abs(lines - start)))])
    return (own, max(0.0, line)) if abs(line - start) < NEAR * bar else (bar, max(0.0, start))
