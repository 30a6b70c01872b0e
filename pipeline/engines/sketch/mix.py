"""Voice and band → the finished piece: tone, room, balance, loudness, a ceiling and an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.engines.sketch.dsp import Mono, Stereo, convolve, equalise, loudness, resample
from pipeline.engines.sketch.instruments import RATE
from pipeline.engines.sketch.listen.colour import BAND_CENTRES, spectrum_of
from pipeline.engines.sketch.listen.portrait import RATE as HEARD_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.engines.sketch.band import Buses

CEILING = 10 ** (-1.8 / 20)
"""Highest sample: what lies between samples, and what an encoder adds, stays below -1 dB."""

QUIETEST, LOUDEST = -18.0, -14.0
"""LUFS between which the reference's loudness is followed."""

BAND_LEVEL, VOICE_LEVEL, ALONE_LEVEL = 0.075, 0.17, 0.12
"""Root mean squares before the final loudness; the voice stands in front."""

PRESENCE_HERTZ = [200.0, 700.0, 2300.0, 5000.0, 9000.0]
PRESENCE_DB = [0.0, -1.5, -5.0, -1.5, 0.0]
"""What the band leaves to the words."""

EVENING = 0.55
"""How much of the difference between loud and soft syllables is taken away, in decibels' share."""

DUCK = 0.32
"""Share of the band's level taken away while the voice is at its loudest."""

VOICE_FADE, BAND_FADE = 0.05, 1.6
"""Seconds of the last fade: a voice has ended by itself, a final chord is let go."""


def mix(
    voice: Mono | None,
    buses: Buses | None,
    seconds: float,
    *,
    voice_bands: Sequence[float] | None,
    band_bands: Sequence[float] | None,
    lufs: float,
) -> Stereo:
    """Return `seconds` of stereo at RATE.

    `voice_bands` and `band_bands` are the references' spectra that the tone is bent towards;
    `lufs` is the reference's loudness.
    """
    length = int(seconds * RATE)
    piece = np.zeros((length, 2), np.float32)
    if buses is not None:
        band = buses.drums + 0.9 * buses.bass + 0.55 * buses.chords + 0.8 * buses.pads
        band = _levelled(_towards(band, band_bands, 0.6, 7.0), BAND_LEVEL)
        if voice is not None:
            band = _room_for(voice, equalise(band, RATE, PRESENCE_HERTZ, PRESENCE_DB))
        piece += _in_room(_fitted(band, length), 0.8, 0.09, seed=11)
    if voice is not None:
        level = ALONE_LEVEL if buses is None else VOICE_LEVEL
        sung = _levelled(_evened(_towards(voice, voice_bands, 0.8, 10.0)), level)
        piece += _in_room(_fitted(sung, length), 0.9, 0.1, seed=12)
    fade = VOICE_FADE if buses is None else BAND_FADE
    return _finished(piece, fade, float(np.clip(lufs, QUIETEST, LOUDEST)))


def _fitted(sound: Mono, length: int) -> Mono:
    return np.pad(sound[:length], (0, max(0, length - len(sound))))


def _towards(sound: Mono, bands: Sequence[float] | None, share: float, limit: float) -> Mono:
    """Bend the spectrum by a share of its difference (dB) from `bands`, at most by `limit`."""
    if bands is None:
        return sound
    own = np.array(spectrum_of(resample(sound, RATE, HEARD_RATE), HEARD_RATE))
    bend = np.convolve(np.pad(np.array(bands) - own, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
    return equalise(sound, RATE, list(BAND_CENTRES), np.clip(share * bend, -limit, limit).tolist())


def _levelled(sound: Mono, level: float) -> Mono:
    """Scale so that what sounds has this root mean square; pauses do not count."""
    heard = sound[np.abs(sound) > 0.02 * np.abs(sound).max(initial=0.0)]
    power = float((heard.astype(np.float64) ** 2).mean()) if len(heard) else 1.0
    return np.asarray(sound * np.float32(level / (np.sqrt(power) + 1e-9)))


def _evened(voice: Mono) -> Mono:
    """Bring loud and soft syllables nearer to each other, as a singer at a microphone would.

    Where a harmonic meets a formant a vowel is 10 dB louder than its neighbour a tone away.
    """
    width = int(0.02 * RATE)
    blocks = voice[: len(voice) // width * width].reshape(-1, width).astype(np.float64)
    level = np.sqrt(np.convolve((blocks**2).mean(axis=1), np.ones(9) / 9, "same"))
    typical = float(np.median(level[level >= 0.05 * level.max(initial=0.0)]))
    share = np.maximum(level, 0.15 * typical) / (typical + 1e-9)
    gain = np.clip(share**-EVENING, 0.35, 2.0)
    centres = np.arange(len(gain)) * width + width / 2
    return np.asarray(voice * np.interp(np.arange(len(voice)), centres, gain), np.float32)


def _room_for(voice: Mono, band: Mono) -> Mono:
    width = int(0.05 * RATE)
    blocks = voice[: len(voice) // width * width].reshape(-1, width).astype(np.float64)
    level = np.sqrt(np.convolve((blocks**2).mean(axis=1), np.ones(5) / 5, "same"))
    gain = 1 - DUCK * np.clip(level / (0.35 * level.max(initial=0.0) + 1e-9), 0, 1)
    centres = np.arange(len(gain)) * width + width / 2
    return np.asarray(band * np.interp(np.arange(len(band)), centres, gain), np.float32)


def _in_room(sound: Mono, seconds: float, wet: float, *, seed: int) -> Stereo:
    """Return mono sound in a small stereo room: noise that dies away, another for each ear."""
    chance = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    ears = []
    for _ in range(2):
        tail = chance.standard_normal(len(time)) * np.exp(-5.5 * time / seconds)
        tail = np.convolve(tail * np.minimum(1, time / 0.012), np.ones(5) / 5, "same")
        ears.append(sound + np.float32(wet) * convolve(sound, tail / np.sqrt((tail**2).sum())))
    return np.stack(ears, axis=1)


def _finished(piece: Stereo, fade_seconds: float, lufs: float) -> Stereo:
    fade = min(len(piece), int(fade_seconds * RATE))
    slope = np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    piece[len(piece) - fade :] *= slope.astype(np.float32)[:, None]
    # Limiting costs loudness: a second round wins most of it back.
    for _ in range(2):
        gain = 10 ** ((lufs - loudness(piece, RATE)) / 20)
        piece = _limited(piece * np.float32(min(gain, 100.0)))
    return piece


def _limited(piece: Stereo) -> Stereo:
    """Turn down around every peak above CEILING, 4 ms before and after it."""
    width = int(0.004 * RATE)
    peak = np.abs(piece).max(axis=1)
    wanted = np.minimum(1.0, CEILING / np.maximum(peak, 1e-9))
    blocks = np.pad(wanted, (0, -len(wanted) % width), constant_values=1.0).reshape(-1, width)
    lowest = blocks.min(axis=1)
    around = np.minimum(lowest, np.minimum(np.append(lowest[1:], 1), np.append(1, lowest[:-1])))
    centres = np.arange(len(around)) * width + width / 2
    gain = np.minimum(np.interp(np.arange(len(peak)), centres, around), wanted)
    return np.asarray(np.clip(piece * gain[:, None], -CEILING, CEILING), np.float32)
