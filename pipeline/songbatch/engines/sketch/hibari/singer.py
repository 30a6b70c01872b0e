"""Singer with the network of hibari-tts: notes with syllables → singing.

Every line is one phrase for the network. Its durations are the score's, and its pulses follow the
engine's own pitch curve, so that the melody is exact; only what the network hears of the pitch is
kept where people speak.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.hibari.network import Prosody
from songbatch.engines.sketch.hibari.phrase import phones, timeline
from songbatch.engines.sketch.hibari.timbre import Bend, frames_at
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

LOWEST_SPOKEN, HIGHEST_SPOKEN = 120.0, 380.0
"""Hz that the network may hear: what its speaker speaks with."""

VOICED_HERTZ = 60.0
"""Guesses of the network below that mean that nothing vibrates."""

LEAST_ENERGY = 0.0
OWN_PITCH = False

SHIMMER = 0.03
"""By which the pulses' loudness wavers."""


class SungPhrase(msgspec.Struct, frozen=True):
    """The notes of a line, and when their syllables are sung."""

    notes: Sequence[Note]
    spans: Sequence[SyllableSpan]


def sing(
    notes: Sequence[Note],
    seconds: float,
    timbre: Timbre,
    rng: np.random.Generator,
    model: Model,
) -> Mono:
    """Return `seconds` of mono singing at RATE."""
    count = int(seconds * RATE)
    out = np.zeros(count + RATE, np.float32)
    if not notes:
        return out[:count]
    curve = pitch_curve(notes, int((seconds + 1) * FRAMES), timbre, rng)
    driven = _excitation(curve, len(out), rng)
    pairs = zip(notes, syllable_spans(notes), strict=True)
    for _, group in groupby(pairs, key=lambda pair: pair[0].line):
        line = SungPhrase(*zip(*group, strict=True))
        first, sound = _phrase(line, curve, driven, timbre, rng, model)
        at, skipped = max(0, first), max(0, -first)
        sound = sound[skipped:][: len(out) - at]
        out[at : at + len(sound)] += sound
    return out[:count]


def _excitation(curve: NDArray[np.float64], count: int, rng: np.random.Generator) -> Excitation:
    """Return pulses for the whole song, SIZE / 2 samples longer at both ends."""
    at = (np.arange(count + SIZE) - SIZE // 2) * (FRAMES / RATE)
    hertz = np.interp(at, np.arange(len(curve)), curve)
    wavering = smooth(exact.normals(rng, len(curve)), 0.03) * SHIMMER + 1
    level = np.interp(at, np.arange(len(curve)), wavering * exact.power(150 / curve, 0.35))
    return Excitation(np.cumsum(hertz / RATE), hertz, level.astype(np.float32))


def _phrase(
    line: SungPhrase,
    curve: NDArray[np.float64],
    driven: Excitation,
    timbre: Timbre,
    rng: np.random.Generator,
    model: Model,
) -> tuple[int, Mono]:
    """Return the first sample's place in the song, and the sound of a line."""
    network = model.network
    sung = phones(line.notes, model.alphabet)
    understood = network.understood(sung.ids)
    times = timeline(sung, network.durations(understood), line.notes, line.spans)
    of_frame = np.repeat(np.arange(len(sung.ids)), 2 * times.durations)
    guessed = network.prosody(understood, times.durations)
    places = (np.arange(len(of_frame)) + 0.5) / 2
    moments = np.interp(places, times.network, times.song)
    pitch = np.interp(moments * FRAMES, np.arange(len(curve)), curve)
    is_voiced = (guessed.hertz > VOICED_HERTZ) | (sung.vowels[of_frame] >= 0)
    spoken = np.where(is_voiced, np.clip(pitch, LOWEST_SPOKEN, HIGHEST_SPOKEN), 0)
    energy = np.where(
        sung.vowels[of_frame] >= 0, np.maximum(guessed.energy, LEAST_ENERGY), guessed.energy
    ).astype(np.float32)
    if OWN_PITCH:
        spoken = np.where(is_voiced, np.maximum(guessed.hertz, LOWEST_SPOKEN), 0)
    spectra = network.spectra(
        understood, times.durations, Prosody(spoken.astype(np.float32), energy)
    )
    first, last = (int(t * RATE / HOP) for t in (times.song[0], times.song[-1]))
    first = max(0, first)
    grid = np.arange(first, min(last, (len(driven.turns) - SIZE) // HOP)) * (HOP / RATE)
    at = np.interp(grid, times.song, times.network) * 2 - 0.5
    bend = Bend.of(timbre)
    frames = frames_at(at, spectra, sung.is_sonorant[of_frame] & is_voiced, spoken, bend)
    begin = first * HOP
    end = begin + (len(grid) - 1) * HOP + SIZE
    voiced = np.interp(at, np.arange(len(of_frame)), is_voiced.astype(np.float64))
    samples = np.interp(
        (np.arange(end - begin) - SIZE // 2) / HOP, np.arange(len(grid)), voiced
    ).astype(np.float32)
    part = Excitation(
        driven.turns[begin:end], driven.hertz[begin:end], driven.level[begin:end] * samples
    )
    return begin - SIZE // 2, sound_of(frames, part, rng)
