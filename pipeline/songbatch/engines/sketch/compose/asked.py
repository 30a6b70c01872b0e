"""Requests over references: the tempo, key and metre that are asked for, put into features.

A metre of three has a chord a bar. Two bars of 2/4 are counted as one of four, a bar of 6/8 as two
of three eighths; `bpm` counts quarters in all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.engines.sketch.analysis.harmony import MAJOR, MINOR, Chord

if TYPE_CHECKING:
    from songbatch.engines.base import Generation
    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.analysis.harmony import Harmony
    from songbatch.engines.sketch.analysis.rhythm import Rhythm

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"#": 1, "♯": 1, "b": -1, "♭": -1}
_STEPS = {MAJOR: (0, 2, 4, 5, 7, 9, 11), MINOR: (0, 2, 3, 5, 7, 8, 10)}
_KINDS = {
    MAJOR: (MAJOR, MINOR, MINOR, MAJOR, MAJOR, MINOR, MAJOR),
    MINOR: (MINOR, MINOR, MAJOR, MINOR, MINOR, MAJOR, MAJOR),
}
"""Chords on the degrees of a scale; in place of diminished ones, what is near."""

BEATS = {"2/4": 4, "3/4": 3, "4/4": 4, "6/8": 3}
"""Beats of a bar as the band counts it."""


def as_asked(heard: Features, request: Generation) -> Features:
    """Return the features of a reference, changed to what a request says."""
    rhythm, harmony = heard.rhythm, heard.harmony
    if request.bpm is not None:
        rhythm = replace(rhythm, bpm=float(request.bpm))
    if request.scale is not None:
        harmony = _in_key(harmony, request.scale)
    if request.meter is not None:
        rhythm, harmony = _in_metre(rhythm, harmony, BEATS[request.meter])
        if request.meter == "6/8":
            rhythm = replace(rhythm, bpm=2 * rhythm.bpm)
    return replace(heard, rhythm=rhythm, harmony=harmony)


def _in_key(harmony: Harmony, scale: str) -> Harmony:
    note, _, mode = scale.partition(" ")
    tonic = (_LETTERS[note[0]] + sum(_SIGNS[sign] for sign in note[1:])) % 12
    chords = tuple(_moved(chord, harmony, tonic, mode) for chord in harmony.chords)
    return replace(harmony, tonic=tonic, mode=mode, chords=chords)


def _moved(chord: Chord, harmony: Harmony, tonic: int, mode: str) -> Chord:
    """Return a chord at the same place of another scale."""
    root, kind = chord
    above = (root - harmony.tonic) % 12
    steps = _STEPS[harmony.mode]
    if mode == harmony.mode or above not in steps:
        return (tonic + above) % 12, kind
    degree = steps.index(above)
    is_usual = kind == _KINDS[harmony.mode][degree]
    other = _KINDS[mode][degree]
    return (tonic + _STEPS[mode][degree]) % 12, other if is_usual else kind


def _in_metre(rhythm: Rhythm, harmony: Harmony, beats: int) -> tuple[Rhythm, Harmony]:
    """Return rhythm and chords with so many beats a bar: one is left out, or comes again."""
    if beats == rhythm.beats_per_bar:
        return rhythm, harmony
    hats = rhythm.hat
    if beats == 3:
        kick = rhythm.kick[:4] + (0.0,) * 8
        snare = (0.0,) * 4 + 2 * rhythm.snare[4:8]
        hat = hats[:12]
        chords, chord_beats = harmony.chords[::2], 3
    else:
        kick, snare = rhythm.kick[:8] * 2, rhythm.snare[:8] * 2
        hat = hats[:8] + hats[4:12]
        chords, chord_beats = tuple(c for c in harmony.chords for _ in range(2)), 2
    return (
        replace(rhythm, beats_per_bar=beats, kick=kick, snare=snare, hat=hat),
        replace(harmony, chords=chords, chord_beats=chord_beats),
    )
