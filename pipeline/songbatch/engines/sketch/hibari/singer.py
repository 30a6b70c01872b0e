"""Singer with the network of hibari-tts: notes with syllables → singing.

Every line is one phrase for the network, which hears its words as if they were said. When phones
sound is the score's, and pulses follow the engine's own pitch curve, so that the melody is exact.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.hibari.network import Prosody, Spectra
from songbatch.engines.sketch.hibari.phrase import Timeline, phones, timeline
from songbatch.engines.sketch.hibari.timbre import Bend, Voicing, frames_at
from songbatch.engines.sketch.hibari.vocoder import HOP, RATE, SIZE, Excitation, sound_of
from songbatch.engines.sketch.voice.singer import pitch_curve
from songbatch.engines.sketch.voice.timing import syllable_spans
from songbatch.engines.sketch.voice.tracks import FRAMES, smooth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.compose.singing import Note
    from songbatch.engines.sketch.dsp import Mono
    from songbatch.engines.sketch.hibari.package import Model
    from songbatch.engines.sketch.voice.singer import Timbre
    from songbatch.engines.sketch.voice.timing import SyllableSpan

LEAST_VOICED = 60.0
"""Hz of the network's pitch below which nothing vibrates."""

LOWEST_SPOKEN, SPOKEN = 120.0, 200.0
"""The lowest and the usual pitch (Hz) of the network's speaker."""

EVENED = np.float32(0.5)
"""Share of the difference in energy between vowels, as the network would say them, that goes."""

SHIMMER, SHIMMER_SECONDS = 0.03, 0.03
"""By how much the pulses' loudness wavers, and how fast."""

SWELL, LONG = 0.2, 0.4
"""By how much a long note is louder in its middle, and from how many seconds on."""


class SpokenPhrase(NamedTuple):
    """A phrase as the network says it, frame by frame."""

    times: Timeline
    spectra: Spectra
    voicing: Voicing


def sing(
    notes: Sequence[Note], seconds: float, timbre: Timbre, rng: np.random.Generator, model: Model
) -> Mono:
    """Return `seconds` of mono singing at RATE."""
    count = int(seconds * RATE)
    out = np.zeros(count + RATE, np.float32)
    if not notes:
        return out[:count]
    driven = _excitation(notes, len(out), timbre, rng)
    bend = Bend.of(timbre)
    pairs = zip(notes, syllable_spans(notes), strict=True)
    for _, line in groupby(pairs, key=lambda pair: pair[0].line):
        first, sound = _sung(_spoken([*line], model), driven, bend, rng)
        sound = sound[max(0, -first) :][: len(out) - max(0, first)]
        out[max(0, first) :][: len(sound)] += sound
    return out[:count]


def _excitation(
    notes: Sequence[Note], count: int, timbre: Timbre, rng: np.random.Generator
) -> Excitation:
    """Return pulses for a whole song, SIZE / 2 samples longer at both ends."""
    curve = pitch_curve(notes, int(count / RATE * FRAMES), timbre, rng)
    wavering = 1 + SHIMMER * smooth(exact.normals(rng, len(curve)), SHIMMER_SECONDS)
    # The fewer harmonics there are, the louder each must be.
    level = wavering * _swelling(notes, len(curve)) * np.sqrt(curve / SPOKEN)
    at = (np.arange(count + SIZE) - SIZE // 2) * (FRAMES / RATE)
    frames = np.arange(len(curve))
    hertz = np.interp(at, frames, curve)
    return Excitation(
        np.cumsum(hertz / RATE), hertz, np.interp(at, frames, level).astype(np.float32)
    )


def _swelling(notes: Sequence[Note], count: int) -> NDArray[np.float64]:
    """Return how loud long notes are from their beginning to their end."""
    level = np.ones(count)
    for note in notes:
        if note.end - note.start >= LONG:
            part = level[round(note.start * FRAMES) : round(note.end * FRAMES)]
            into = (np.arange(len(part)) + 0.5) / max(1, len(part))
            part += SWELL * (exact.sin(np.pi * into) - 2 / np.pi)
    return smooth(level, 0.1)


def _spoken(line: Sequence[tuple[Note, SyllableSpan]], model: Model) -> SpokenPhrase:
    """Let the network say a line at the score's pace."""
    notes, spans = zip(*line, strict=True)
    sung = phones(notes, model.alphabet)
    understood = model.network.understood(sung.ids)
    times = timeline(sung, model.network.durations(understood), notes, spans)
    guessed = model.network.prosody(understood, times.durations)
    of_frame = np.repeat(np.arange(len(sung.ids)), 2 * times.durations)
    # A vowel that is held does not fall silent.
    vowels = sung.vowels[of_frame]
    is_voiced = (guessed.hertz > LEAST_VOICED) | (vowels >= 0)
    hertz = np.where(is_voiced, np.maximum(guessed.hertz, LOWEST_SPOKEN), 0).astype(np.float32)
    prosody = Prosody(hertz, _evened(guessed.energy, vowels >= 0))
    spectra = model.network.spectra(understood, times.durations, prosody)
    is_sung = sung.is_sonorant[of_frame] & is_voiced
    return SpokenPhrase(times, spectra, Voicing(hertz, is_sung, vowels))


def _evened(energy: NDArray[np.float32], is_vowel: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return energy with vowels nearer to their median: a note is sung, stressed or not."""
    usual = np.median(energy[is_vowel]).astype(np.float32)
    return np.where(is_vowel, energy + EVENED * (usual - energy), energy)


def _sung(
    spoken: SpokenPhrase, driven: Excitation, bend: Bend, rng: np.random.Generator
) -> tuple[int, Mono]:
    """Return the first sample's place in the song, and the sound of a phrase."""
    times = spoken.times
    last = min(int(times.song[-1] * RATE / HOP), (len(driven.turns) - SIZE) // HOP)
    grid = np.arange(max(0, int(times.song[0] * RATE / HOP)), last)
    if not len(grid):
        return 0, np.zeros(0, np.float32)
    at = 2 * np.interp(grid * (HOP / RATE), times.song, times.network) - 0.5
    frames = frames_at(at, spoken.spectra, spoken.voicing, bend)
    begin, size = int(grid[0]) * HOP, (len(grid) - 1) * HOP + SIZE
    is_voiced = (spoken.voicing.hertz > 0).astype(np.float64)
    share = np.interp(at, np.arange(len(is_voiced)), is_voiced)
    shares = np.interp((np.arange(size) - SIZE // 2) / HOP, np.arange(len(grid)), share)
    part = slice(begin, begin + size)
    level = driven.level[part] * shares.astype(np.float32)
    excitation = Excitation(driven.turns[part], driven.hertz[part], level)
    return begin - SIZE // 2, sound_of(frames, excitation, rng)
