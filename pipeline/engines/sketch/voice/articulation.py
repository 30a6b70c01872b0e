"""Notes with syllables → tracks of what the mouth does, 200 frames a second.

The vowel begins on the note's start, so that consonants come before the beat as singers place
them; a coda is moved to the end of the note. Where time is short, consonants are shortened alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.engines.sketch.voice.phones import (
    BAND_SETS,
    CONSONANTS,
    NASAL_VOWELS,
    SCHWA,
    VOWELS,
    Consonant,
    Manner,
    after_vowel,
    before_vowel,
    burst_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.engines.sketch.score import Note
    from pipeline.engines.sketch.words.lyrics import Syllable

FRAMES = 200
"""Frames a second."""

LEGATO_GAP = 0.12
"""Seconds: shorter gaps between notes are sung through."""

CODA_SHARE = 0.85
"""Codas are shorter than onsets."""

NASAL_SHARE = 0.55
"""How far the nose is open in a nasal vowel."""

TRILL_SECONDS = 0.04
"""From one beat of a rolled r to the next."""

GLOTTAL_STOP = 0.035
"""Seconds by which a word that begins with a vowel is set apart from the one before."""

DIPHTHONG_SECONDS = 0.22
LEAST_VOWEL = 0.07

_BLUR_FORMANTS, _BLUR_VOICE, _BLUR_NOISE, _BLUR_BREATH = 0.06, 0.022, 0.018, 0.015
"""Seconds over which parameters move."""


@dataclass(slots=True)
class Tracks:
    """Parameters over time: formants (frames × 3, Hz), levels, nasality, number of the noise."""

    formants: NDArray[np.float64]
    voicing: NDArray[np.float64]
    breath: NDArray[np.float64]
    noise: NDArray[np.float64]
    nasal: NDArray[np.float64]
    bands: NDArray[np.intp]
    burst: NDArray[np.bool_]

    @classmethod
    def silent(cls, seconds: float) -> Tracks:
        """Return tracks of that length in which nothing sounds."""
        count = int(seconds * FRAMES) + 60
        return cls(
            formants=np.tile(np.array(SCHWA), (count, 1)),
            voicing=np.zeros(count),
            breath=np.zeros(count),
            noise=np.zeros(count),
            nasal=np.zeros(count),
            bands=np.zeros(count, dtype=int),
            burst=np.zeros(count, dtype=bool),
        )

    def frames(self, start: float, seconds: float) -> slice:
        """Return the frames of a stretch of time, at least one."""
        last = len(self.voicing) - 1
        first = min(max(round(start * FRAMES), 0), last - 1)
        return slice(first, min(max(first + 1, round((start + seconds) * FRAMES)), last))


@dataclass(frozen=True, slots=True)
class Span:
    """When a syllable is sung, in seconds: from `start` to `end`, its vowel from `vowel` to `stop`.

    `squeeze` and `shrink` are shares of the lengths its consonants would like, before and after.
    """

    start: float
    vowel: float
    stop: float
    end: float
    squeeze: float
    shrink: float


def spans(notes: Sequence[Note]) -> list[Span]:
    """Divide every note's time among the sounds of its syllable."""
    found: list[Span] = []
    for number, note in enumerate(notes):
        following = notes[number + 1] if number + 1 < len(notes) else None
        found.append(_span(note, following, found[-1].end if found else 0.0))
    return found


def _span(note: Note, following: Note | None, sung_until: float) -> Span:
    onset = _seconds(before_vowel(note.syllable.onset))
    squeeze = min(1.0, max(0.02, note.start - sung_until) / onset) if onset else 1.0
    legato = following is not None and following.start - note.end < LEGATO_GAP
    end = following.start if legato and following else note.end
    after = _seconds(before_vowel(following.syllable.onset)) if legato and following else 0.0
    coda = _seconds(after_vowel(note.syllable.coda)) * CODA_SHARE
    length = end - note.start
    room = max(0.04, length - max(LEAST_VOWEL, 0.5 * length))
    shrink = min(1.0, room / (coda + after)) if coda + after else 1.0
    stop = max(note.start + 0.06, end - (coda + after) * shrink)
    start = note.start - onset * squeeze
    return Span(start, note.start, stop, stop + coda * shrink, squeeze, shrink * CODA_SHARE)


def articulate(notes: Sequence[Note], seconds: float) -> Tracks:
    """Lay every syllable along its note; return smoothed tracks."""
    tracks = Tracks.silent(seconds + 0.6)
    for note, span in zip(notes, spans(notes), strict=True):
        _syllable(tracks, note.syllable, span)
    return _smoothed(tracks)


def _syllable(tracks: Tracks, syllable: Syllable, span: Span) -> None:
    first, last = VOWELS[syllable.vowel]
    if syllable.vowel == "AH" and syllable.stress == 0:
        first = last = SCHWA
    _consonants(tracks, before_vowel(syllable.onset), span.start, span.squeeze, first)
    level = 1.0 if syllable.stress == 1 else 0.86
    _vowel(tracks, span.vowel, span.stop - span.vowel, first, last, level)
    if syllable.vowel in NASAL_VOWELS:
        tracks.nasal[tracks.frames(span.vowel, span.stop - span.vowel)] = NASAL_SHARE
    if syllable.text and not syllable.onset:
        tracks.voicing[tracks.frames(span.vowel - GLOTTAL_STOP, GLOTTAL_STOP)] *= 0.15
    _consonants(tracks, after_vowel(syllable.coda), span.stop, span.shrink, last)


def _seconds(names: Sequence[str]) -> float:
    return sum(CONSONANTS[name].ms for name in names) / 1000


def _vowel(
    tracks: Tracks,
    start: float,
    seconds: float,
    first: Sequence[float],
    last: Sequence[float],
    level: float,
) -> None:
    where = tracks.frames(start, seconds)
    count = where.stop - where.start
    glide = np.zeros(count)
    if first != last:
        length = max(4, min(int(count * 0.55), int(DIPHTHONG_SECONDS * FRAMES)))
        glide[-length:] = np.linspace(0, 1, length)[-count:]
    tracks.formants[where] = np.array(first) + np.outer(glide, np.subtract(last, first))
    attack = np.minimum(1.0, 0.8 + 0.02 * np.arange(count))
    tracks.voicing[where] = level * attack
    tracks.breath[where] = 0.02


def _consonants(
    tracks: Tracks, names: Sequence[str], start: float, scale: float, vowel: Sequence[float]
) -> None:
    """Lay a cluster beside a vowel."""
    for name in names:
        consonant = CONSONANTS[name]
        seconds = consonant.ms / 1000 * scale
        _consonant(tracks, consonant, start, seconds, np.array(vowel))
        start += seconds


def _consonant(
    tracks: Tracks,
    consonant: Consonant,
    start: float,
    seconds: float,
    vowel: NDArray[np.float64],
) -> None:
    where = tracks.frames(start, seconds)
    tracks.formants[where] = _coloured(consonant, vowel)
    if consonant.manner in {Manner.STOP, Manner.AFFRICATE}:
        _closure(tracks, consonant, where, vowel[1])
        return
    tracks.voicing[where] = consonant.voicing
    if consonant.manner is Manner.TRILL:
        beat = np.arange(where.stop - where.start) * 2 // int(TRILL_SECONDS * FRAMES) % 2
        tracks.voicing[where] *= np.where(beat == 0, 1.0, 0.15)
    tracks.breath[where] = consonant.breath
    tracks.noise[where] = consonant.noise
    tracks.nasal[where] = float(consonant.manner is Manner.NASAL)
    tracks.bands[where] = BAND_SETS.index(consonant.bands)


def _coloured(consonant: Consonant, vowel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a consonant's formants beside a vowel: the mouth is on its way there already."""
    own = np.array(consonant.formants)
    if consonant.manner is Manner.BREATH:
        return vowel
    if consonant.bands == CONSONANTS["K"].bands:
        second = np.clip(0.75 * vowel[1] + 520, 1200, 2300)
        return np.array([own[0], second, np.clip(second + 350, 1750, 2900)])
    if consonant.manner is not Manner.GLIDE:
        own[1] = 0.8 * own[1] + 0.2 * vowel[1]
    return own


def _closure(tracks: Tracks, consonant: Consonant, where: slice, second: float) -> None:
    """Lay a stop or an affricate: silence or murmur, a burst, then breath or hiss."""
    is_stop = consonant.manner is Manner.STOP
    count = where.stop - where.start
    hissing = max(1, round(consonant.burst_ms / 1000 * FRAMES))
    burst = where.start + max(1, int(count * consonant.closure))
    hiss = min(where.stop, burst + hissing) if is_stop else where.stop
    for track in (tracks.breath, tracks.noise):
        track[where] = 0.0
    tracks.voicing[where.start : burst] = consonant.voicing
    tracks.voicing[burst : where.stop] = consonant.voicing * 0.3
    tracks.breath[burst + 1 : where.stop] = consonant.breath
    tracks.noise[burst:hiss] = consonant.noise
    tracks.bands[burst:hiss] = BAND_SETS.index(burst_of(consonant, second))
    tracks.burst[max(0, burst - 1) : hiss] = True


def _smoothed(tracks: Tracks) -> Tracks:
    moved = smooth(tracks.formants, _BLUR_FORMANTS)
    sharp = tracks.burst[:, None]
    return Tracks(
        formants=np.where(sharp, 0.6 * tracks.formants + 0.4 * moved, moved),
        voicing=smooth(tracks.voicing, _BLUR_VOICE),
        breath=smooth(tracks.breath, _BLUR_BREATH),
        noise=np.where(tracks.burst, tracks.noise, smooth(tracks.noise, _BLUR_NOISE)),
        nasal=smooth(tracks.nasal, 0.03),
        bands=tracks.bands,
        burst=tracks.burst,
    )


def smooth(track: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """Return a track (frames, or frames × n) averaged over a Hann window of that length."""
    width = max(3, int(seconds * FRAMES) | 1)
    window = np.hanning(width + 2)[1:-1]
    window /= window.sum()
    columns = track.reshape(len(track), -1)
    padded = np.pad(columns, ((width // 2, width // 2), (0, 0)), mode="edge")
    blurred = [np.convolve(column, window, "valid") for column in padded.T]
    return np.stack(blurred, axis=1).reshape(track.shape)
