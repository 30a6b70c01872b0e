"""Notes with syllables → tracks of what the mouth does: voice, breath, noise, nose and lips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.engines.sketch.voice.formants import formant_tracks
from songbatch.engines.sketch.voice.phones import (
    BAND_SETS,
    CONSONANTS,
    Consonant,
    Manner,
    burst_of,
)
from songbatch.engines.sketch.voice.timing import timed_phones
from songbatch.engines.sketch.voice.tracks import FRAMES, Tracks, smooth
from songbatch.engines.sketch.voice.vowels import NASAL_VOWELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.sketch.compose.singing import Note
    from songbatch.engines.sketch.voice.timing import TimedPhone

NASAL_SHARE = 0.55
"""Opening of the nose in a nasal vowel, 0 to 1."""

SPREAD_SECONDS = 0.08, 0.05
"""Seconds by which the nose opens before a nasal, and stays open after it, where it does at all."""

TRILL_SECONDS = 0.04
"""From one beat of a rolled r to the next."""

GLOTTAL_STOP = 0.035
"""Seconds by which a word that begins with a vowel is set apart from the one before."""

# Seconds over which parameters move.
SMOOTH_VOICE = 0.022
SMOOTH_NOISE = 0.018
SMOOTH_BREATH = 0.015
SMOOTH_NOSE = 0.03
SMOOTH_LIPS = 0.02


def articulate(notes: Sequence[Note], seconds: float) -> Tracks:
    """Lay every sound along its time; return smoothed tracks."""
    tracks = Tracks.silent(seconds + 0.6)
    sung = list(timed_phones(notes))
    tracks.formants = formant_tracks(sung, len(tracks.voicing))
    for sound in sung:
        if sound.is_vowel:
            _vowel(tracks, sound)
        else:
            _consonant(tracks, sound)
    return _smoothed(tracks)


def _vowel(tracks: Tracks, sound: TimedPhone) -> None:
    where = tracks.frames(sound.start, sound.seconds)
    attack = np.minimum(1.0, 0.8 + 0.02 * np.arange(where.stop - where.start))
    tracks.voicing[where] = sound.level * attack
    tracks.breath[where] = 0.02
    if sound.phone in NASAL_VOWELS:
        tracks.nasal[where] = NASAL_SHARE
    if sound.fresh:
        tracks.voicing[tracks.frames(sound.start - GLOTTAL_STOP, GLOTTAL_STOP)] *= 0.15


def _consonant(tracks: Tracks, sound: TimedPhone) -> None:
    consonant = CONSONANTS[sound.phone]
    where = tracks.frames(sound.start, sound.seconds)
    if consonant.manner in {Manner.STOP, Manner.AFFRICATE}:
        _closure(tracks, consonant, where)
        return
    tracks.voicing[where] = consonant.voicing
    if consonant.manner is Manner.TRILL:
        beat = np.arange(where.stop - where.start) * 2 // int(TRILL_SECONDS * FRAMES) % 2
        tracks.voicing[where] *= np.where(beat == 0, 1.0, 0.15)
    tracks.breath[where] = consonant.breath
    tracks.noise[where] = consonant.noise
    tracks.closed[where] = consonant.closed
    if consonant.manner is Manner.NASAL:
        before, after = SPREAD_SECONDS
        beside = tracks.frames(sound.start - before, before + sound.seconds + after)
        tracks.nasal[beside] = np.maximum(tracks.nasal[beside], consonant.spread)
        tracks.nasal[where] = 1.0
        tracks.zero[tracks.frames(sound.start - 0.02, sound.seconds + 0.04)] = consonant.zero
    tracks.bands[where] = BAND_SETS.index(consonant.bands)


def _closure(tracks: Tracks, consonant: Consonant, where: slice) -> None:
    """Lay a stop or an affricate: silence or murmur, a burst, then breath or hiss."""
    is_stop = consonant.manner is Manner.STOP
    count = where.stop - where.start
    hissing = max(1, round(consonant.burst_ms / 1000 * FRAMES))
    burst = where.start + max(1, int(count * consonant.closure))
    hiss = min(where.stop, burst + hissing) if is_stop else where.stop
    for track in (tracks.breath, tracks.noise):
        track[where] = 0.0
    tracks.voicing[where.start : burst] = consonant.voicing
    tracks.closed[where.start : burst] = 1.0
    tracks.voicing[burst : where.stop] = consonant.voicing * 0.3
    tracks.breath[burst + 1 : where.stop] = consonant.breath
    tracks.noise[burst:hiss] = consonant.noise
    second = float(tracks.formants[min(burst, len(tracks.formants) - 1), 1])
    tracks.bands[burst:hiss] = BAND_SETS.index(burst_of(consonant, second))
    tracks.burst[max(0, burst - 1) : hiss] = True


def _smoothed(tracks: Tracks) -> Tracks:
    return Tracks(
        formants=tracks.formants,
        voicing=smooth(tracks.voicing, SMOOTH_VOICE),
        breath=smooth(tracks.breath, SMOOTH_BREATH),
        noise=np.where(tracks.burst, tracks.noise, smooth(tracks.noise, SMOOTH_NOISE)),
        nasal=smooth(tracks.nasal, SMOOTH_NOSE),
        closed=smooth(tracks.closed, SMOOTH_LIPS),
        zero=tracks.zero,
        bands=tracks.bands,
        burst=tracks.burst,
    )
