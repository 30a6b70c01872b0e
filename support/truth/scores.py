"""Scores of features against the truth: the usual measures of music information retrieval.

Tempo and beats after the conventions of MIREX: an octave is a factor of 2 or 3; a beat counts
within 70 ms. Keys are right only if exactly right; `key_score` gives MIREX's part marks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from support.truth.songs import SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.features import Features
    from support.truth.songs import Chord, Truth

FACTORS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
NEAR = 0.07


@dataclass(frozen=True, slots=True)
class Score:
    """0 or 1 for what is right or wrong; `fine` is the relative error of tempo up to the octave."""

    tempo: float
    exact: float
    fine: float
    beats: float
    downbeat: float
    metre: float
    key: float
    key_score: float
    tuning: float
    chords: float


def score(truth: Truth, heard: Features) -> Score:
    """Return how near `heard` is to `truth`."""
    ratio = heard.rhythm.bpm / truth.bpm
    fine = min(abs(ratio / factor - 1) for factor in FACTORS)
    key = (heard.harmony.tonic, heard.harmony.mode)
    off = 100 * heard.harmony.tuning - truth.cents
    return Score(
        tempo=float(fine < 0.04),
        exact=float(abs(ratio - 1) < 0.04),
        fine=fine,
        beats=_f_measure(
            _true_beats(truth, 1), _grid(heard.rhythm.first_beat, heard.rhythm.bpm, 1)
        ),
        downbeat=_downbeat(truth, heard),
        metre=float(heard.rhythm.beats_per_bar == truth.beats_per_bar),
        key=float(key == (truth.tonic, truth.mode)),
        key_score=_key_score(key, (truth.tonic, truth.mode)),
        tuning=abs((off + 50) % 100 - 50),
        chords=_overlap(truth, heard),
    )


def _true_beats(truth: Truth, every: int) -> NDArray[np.float64]:
    return np.arange(truth.start, SECONDS - 0.2, every * 60 / truth.bpm)


def _grid(first: float, bpm: float, every: int) -> NDArray[np.float64]:
    return np.arange(first, SECONDS - 0.2, every * 60 / bpm)


def _f_measure(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    found = found[found > wanted[0] - NEAR]
    near = np.abs(wanted[:, None] - found).min(axis=1) < NEAR
    return float(2 * near.sum() / (len(wanted) + len(found)))


def _downbeat(truth: Truth, heard: Features) -> float:
    """Return 1 where nine in ten bars begin where they should."""
    found = _grid(heard.rhythm.first_downbeat, heard.rhythm.bpm, heard.rhythm.beats_per_bar)
    return float(_f_measure(_true_beats(truth, truth.beats_per_bar), found) > 0.9)


def _key_score(found: Chord, wanted: Chord) -> float:
    apart = (found[0] - wanted[0]) % 12
    if found == wanted:
        return 1.0
    if found[1] == wanted[1]:
        return 0.5 if apart in {5, 7} else 0.0
    if apart == (9 if wanted[1] == "major" else 3):
        return 0.3
    return 0.2 if apart == 0 else 0.0


def _overlap(truth: Truth, heard: Features) -> float:
    """Return the share of time with the right chord (root, major or minor) where there is one."""
    time = np.arange(truth.start + 0.05, SECONDS, 0.1)
    ends = np.array([end for _, end, _ in truth.chords])
    wanted = [truth.chords[min(k, len(ends) - 1)][2] for k in np.searchsorted(ends, time, "right")]
    found = chords_at(heard, time)
    return float(np.mean([a == b for a, b in zip(found, wanted, strict=True)]))


def chords_at(heard: Features, seconds: NDArray[np.float64]) -> list[Chord]:
    """Return the chords that are heard at these times."""
    harmony, rhythm = heard.harmony, heard.rhythm
    each = harmony.chord_beats * 60 / rhythm.bpm
    which = np.floor((seconds - rhythm.first_downbeat) / each).astype(int)
    return [harmony.chords[k] for k in which.clip(0, len(harmony.chords) - 1)]
