"""Mix of voice and band: equalisation, room, balance, loudness, limiter and fade.

Inside this room stereo is two rows of samples; filters work in blocks of single precision.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.tonal_balance import BAND_CENTRES, band_levels
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.band.reuse import Recorded
from songbatch.engines.sketch.dsp import Mono, Stereo, loudness, smoothed, spectra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.sketch.band.accompaniment import Buses

Rows = NDArray[np.float32]
"""Channels × samples."""

CEILING = float(exact.gain(-2.4))
"""Highest sample: what lies between samples, and what an encoder adds, stays below -1 dB."""

QUIETEST, LOUDEST = -18.0, -14.0
"""LUFS between which the reference's loudness is followed."""

# Root mean squares before the final loudness; the voice stands in front.
BAND_LEVEL = 0.075
VOICE_LEVEL = 0.21
ALONE_LEVEL = 0.12

PRESENCE_HERTZ = (200.0, 700.0, 2300.0, 5000.0, 9000.0)
PRESENCE_DB = (0.0, -1.5, -5.0, -1.5, 0.0)
"""The cut of the band that always leaves room for the words."""

CARVED_HERTZ = (150.0, 300.0, 800.0, 3200.0, 6000.0, 10000.0)
CARVED_DB = (-2.0, -6.0, -9.0, -12.0, -9.0, -5.0)
"""The further cut while somebody sings: the range of formants and bursts."""

AUDIBLE_DB = 25.0
"""Bands further below the loudest do not count when two spectra are matched."""

VOICE_SHARE, VOICE_MOST_DB = 1.0, 14.0
"""How far the voice is bent to the reference's spectrum, which does most for the likeness."""

WORDS_HERTZ, WORDS_DB = 1200.0, -8.0
"""How far a dull reference may darken the voice above that frequency, where words lie."""

COMPRESSION = 0.55
"""Share of the difference in dB between loud and soft syllables that is taken away."""

GAIN_STEP = 0.1
"""Seconds that a gain of the voice is for."""

SIDES = np.array([[1.0], [-1.0]], np.float32)
SIDE_LEVEL = np.float32(1.1)
"""Level of the band's sides against its middle."""

SUNG_WIDER = np.float32(0.35)
"""Share by which the sides come forward while somebody sings, for a voice is not there."""

TAPS = 4096
"""Length of an equaliser's response in samples: bends as narrow as 20 Hz."""

ROOM_SECONDS = 0.85
BAND_IN_ROOM, VOICE_IN_ROOM = np.float32(0.09), np.float32(0.1)
"""Level of the room's answer to both."""

VOICE_FADE, BAND_FADE, RING_FADE = 0.05, 1.6, 0.8
"""Seconds of the last fade: a voice has ended by itself, a final chord is let go, and one that
rings after a recording dies away already."""


def mix(
    voice: Mono | None,
    buses: Buses | Recorded | None,
    seconds: float,
    *,
    voice_gains: Sequence[float],
    voice_bands: Sequence[float] | None,
    band_bands: Sequence[float] | None,
    lufs: float,
) -> Stereo:
    """Return `seconds` of stereo at RATE.

    `voice_gains` are factors for the voice, one for each GAIN_STEP of the song. `voice_bands` and
    `band_bands` are the references' spectra that the tone is bent towards; `lufs` is the
    reference's loudness.
    """
    length = int(seconds * RATE)
    dry, send = np.zeros((2, length), np.float32), np.zeros(length, np.float32)
    if buses is not None:
        band, side = _duck(*_summed(buses, length), voice, band_bands)
        dry += band + side * SIDES
        # A recording has a room of its own.
        send += 0 if isinstance(buses, Recorded) else BAND_IN_ROOM * band
    if voice is not None:
        level = ALONE_LEVEL if buses is None else VOICE_LEVEL
        bend = _match_spectrum(voice, voice_bands, VOICE_SHARE, VOICE_MOST_DB)
        bend = [max(gain, WORDS_DB) if hertz > WORDS_HERTZ else gain
                for hertz, gain in zip(BAND_CENTRES, bend, strict=True)]  # fmt: skip
        sung = _filtered(voice, [_equaliser(BAND_CENTRES, bend)], TAPS // 2)[0]
        sung = _fitted(_at_rms(_compress(sung), level), length)
        gains = np.array(voice_gains)
        sung *= _stretched(gains, int(GAIN_STEP * RATE), length)
        dry += sung
        send += VOICE_IN_ROOM * sung
    fade = VOICE_FADE if buses is None else BAND_FADE
    fade = RING_FADE if isinstance(buses, Recorded) else fade
    piece = dry + np.stack(_convolved(send, _room_response()))
    return _master(piece, fade, float(np.clip(lufs, QUIETEST, LOUDEST)))


def _summed(buses: Buses | Recorded, length: int) -> tuple[Mono, Mono]:
    """Return middle and side of the band."""
    if isinstance(buses, Recorded):
        return _fitted(buses.mid, length), _fitted(buses.side / SIDE_LEVEL, length)
    band = buses.drums + 0.9 * buses.bass + 0.55 * buses.chords + 0.8 * buses.pads
    return _fitted(band, length), _fitted(buses.side, length)


def _fitted(sound: Mono, length: int) -> Mono:
    return np.pad(sound[:length], (0, max(0, length - len(sound))))


def _duck(
    band: Mono, side: Mono, voice: Mono | None, bands: Sequence[float] | None
) -> tuple[Mono, Mono]:
    """Bend the band towards its reference, and away from the voice while that sings.

    Its sides give way no further than they always do, and come forward instead.
    """
    bend = _equaliser(BAND_CENTRES, _match_spectrum(band, bands, 0.6, 7.0))
    if voice is None:
        alone = _filtered(band, [bend], TAPS // 2)[0]
        level = np.float32(BAND_LEVEL / _active_rms(alone))
        return alone * level, _filtered(side, [bend], TAPS // 2)[0] * (SIDE_LEVEL * level)
    present = bend * _equaliser(PRESENCE_HERTZ, PRESENCE_DB)
    carved = present * _equaliser(CARVED_HERTZ, CARVED_DB)
    full, thin = _filtered(band, [present, carved], TAPS // 2)
    level = np.float32(BAND_LEVEL / _active_rms(full))
    sung = _sung_share(voice, len(band))
    wide = _filtered(side, [present], TAPS // 2)[0] * (1 + SUNG_WIDER * sung)
    return np.asarray((full + sung * (thin - full)) * level), wide * (SIDE_LEVEL * level)


def _match_spectrum(
    sound: Mono, bands: Sequence[float] | None, share: float, limit: float
) -> list[float]:
    """Return a share of the difference (dB) of `bands` from the sound's, at most `limit`."""
    if bands is None:
        return [0.0] * len(BAND_CENTRES)
    own = np.array(band_levels((spectra(sound, 4096, 4096) ** 2).mean(axis=0), RATE))
    wanted = np.array(bands)
    both = (own > own.max() - AUDIBLE_DB) & (wanted > wanted.max() - AUDIBLE_DB)
    differs = wanted - own
    # Bands in which either has next to nothing do not show which is louder on the whole.
    differs -= np.median(differs[both]) if both.any() else 0.0
    bend = smoothed(np.pad(differs, 1, mode="edge"), np.array([0.25, 0.5, 0.25]))[1:-1]
    return [float(gain) for gain in np.clip(share * bend, -limit, limit)]


def _equaliser(hertz: Sequence[float], gain_db: Sequence[float]) -> NDArray[np.float64]:
    """Return the gains at the bins of an FFT of TAPS."""
    axis = np.maximum(np.fft.rfftfreq(TAPS, 1 / RATE), 1.0)
    gains: NDArray[np.float64] = np.interp(exact.log(axis), exact.log(hertz), gain_db)
    return exact.gain(gains)


def _filtered(sound: Mono, gains: Sequence[NDArray[np.float64]], early: int) -> list[Mono]:
    """Return `sound` with its spectrum multiplied by each of `gains`, without a delay."""
    window = exact.hann(TAPS)
    single = [gain.astype(np.float32) for gain in gains]
    responses = [np.roll(exact.irfft(gain, TAPS), early) * window for gain in single]
    return [row[early:] for row in _convolved(np.pad(sound, (0, early)), responses)]


def _convolved(sound: Mono, responses: Sequence[NDArray[np.float64]]) -> list[Mono]:
    """Return `sound` through every response, as long as before: overlap and add, in blocks."""
    longest = max(len(response) for response in responses)
    size = max(1 << 14, 1 << (2 * longest - 1).bit_length())
    step = size - longest + 1
    shapes = [np.fft.rfft(response.astype(np.float32), size) for response in responses]
    out = [np.zeros(len(sound) + size, np.float32) for _ in responses]
    for start in range(0, len(sound), step):
        spectrum = np.fft.rfft(sound[start : start + step], size)
        for row, shape in zip(out, shapes, strict=True):
            filtered = exact.joined(exact.product(spectrum, shape))
            row[start : start + size] += exact.irfft(filtered, size)
    return [row[: len(sound)] for row in out]


def _active_rms(sound: Mono) -> float:
    """Return the root mean square of what sounds; pauses are left out."""
    size = np.abs(sound)
    heard = sound[size > 0.02 * size.max(initial=0.0)]
    power = exact.total(np.square(heard)) / len(heard) if len(heard) else 1.0
    return float(np.sqrt(power)) + 1e-9


def _at_rms(sound: Mono, level: float) -> Mono:
    return np.asarray(sound * np.float32(level / _active_rms(sound)))


def _levels(sound: Mono, width: int, blocks: int) -> NDArray[np.float64]:
    """Return the root mean square of every `width` samples, averaged over `blocks` of them."""
    rows = np.square(sound[: len(sound) // width * width]).reshape(-1, width)
    power = rows.mean(axis=1, dtype=np.float64)
    return np.asarray(np.sqrt(smoothed(power, np.ones(blocks) / blocks)))


def _stretched(gains: NDArray[np.float64], width: int, length: int) -> Mono:
    """Return gains, one for the middle of every `width` samples, as a line for each sample."""
    edges = np.pad(gains, (1, 2), mode="edge").astype(np.float32)
    along = ((np.arange(width) + 0.5) / width).astype(np.float32)
    lines = edges[:-1, None] + np.diff(edges)[:, None] * along
    half = width // 2
    line = lines.reshape(-1)[half : half + length]
    return np.pad(line, (0, length - len(line)), mode="edge")


def _compress(voice: Mono) -> Mono:
    """Bring loud and soft syllables nearer to each other, as a singer at a microphone would.

    Where a harmonic meets a formant a vowel is 10 dB louder than its neighbour a tone away.
    """
    width = int(0.02 * RATE)
    level = _levels(voice, width, 9)
    typical = float(np.median(level[level >= 0.05 * level.max(initial=0.0)]))
    share = np.maximum(level, 0.15 * typical) / (typical + 1e-9)
    gain = np.clip(exact.power(share, -COMPRESSION), 0.35, 2.0)
    return np.asarray(voice * _stretched(gain, width, len(voice)))


def _sung_share(voice: Mono, length: int) -> Mono:
    """Return for every sample how much is sung around it, 0 to 1."""
    width = int(0.05 * RATE)
    level = _levels(_fitted(voice, length), width, 5)
    share = np.clip(level / (0.3 * level.max(initial=0.0) + 1e-9), 0, 1)
    return _stretched(share, width, length)


@cache
def _room_response() -> list[NDArray[np.float64]]:
    """Return a small room's impulse responses: noise that dies away, one for each ear."""
    rng = np.random.default_rng(11)
    time = np.arange(int(ROOM_SECONDS * RATE)) / RATE
    tails = []
    for _ in range(2):
        tail = exact.white_noise(rng, len(time)) * exact.exp(-5.5 * time / ROOM_SECONDS)
        tail = smoothed(tail * np.minimum(1, time / 0.012), np.ones(5) / 5)
        tails.append(tail / np.sqrt(exact.total(tail * tail)))
    return tails


def _master(piece: Rows, fade_seconds: float, lufs: float) -> Stereo:
    fade = min(piece.shape[1], int(fade_seconds * RATE))
    slope = exact.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    piece[:, piece.shape[1] - fade :] *= slope.astype(np.float32)
    # Limiting costs loudness: a second round wins most of it back.
    for _ in range(2):
        piece *= np.float32(min(float(exact.gain(lufs - loudness(piece.T, RATE))), 100.0))
        _limit(piece)
    return np.ascontiguousarray(piece.T)


def _limit(piece: Rows) -> None:
    """Turn down in place around every peak above CEILING, 4 ms before and after it."""
    width = int(0.004 * RATE)
    length = piece.shape[1]
    blocks = length // width
    inside = piece[:, : blocks * width].reshape(2, blocks, width)
    highest = np.maximum(inside.max(axis=(0, 2)), -inside.min(axis=(0, 2)))
    rest = float(np.abs(piece[:, blocks * width :]).max(initial=0.0))
    peaks = np.append(highest, rest)
    lowest = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
    around = np.minimum(lowest, np.minimum(np.append(lowest[1:], 1), np.append(1, lowest[:-1])))
    if around.min() < 1:
        piece *= _stretched(around.astype(np.float64), width, length)
        np.clip(piece, -CEILING, CEILING, out=piece)
