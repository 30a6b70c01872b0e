"""Signal tools that several rooms share: spectra, resampling, filtering, loudness.

Sums are numpy's own reductions and FFTs, never a BLAS product: a BLAS splits its sums by the
number of threads and the kind of processor, and then equal input would not give equal bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.loudness import k_weights

Mono = NDArray[np.float32]
"""Samples of one channel."""

Stereo = NDArray[np.float32]
"""Samples × 2."""

Spectra = NDArray[np.float32]
"""Frames × (size // 2 + 1) magnitudes."""

_CHUNK_FRAMES = 512


def spectra(sound: Mono, size: int, hop: int) -> Spectra:
    """Return magnitude spectra of Hann-windowed frames, the first one centred on sample 0."""
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    padded = np.pad(sound, (size // 2, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: len(sound) + hop : hop]
    chunks = [
        np.abs(np.fft.rfft(frames[i : i + _CHUNK_FRAMES] * window, axis=1)).astype(np.float32)
        for i in range(0, len(frames), _CHUNK_FRAMES)
    ]
    return np.concatenate(chunks)


def band_sums(magnitudes: Spectra, edges: NDArray[np.float64], sample_rate: int) -> Spectra:
    """Return frames × (len(edges) - 1) sums of the bins between neighbouring edges (Hz)."""
    bins = magnitudes.shape[1]
    starts = np.searchsorted(np.linspace(0, sample_rate / 2, bins), edges).clip(0, bins - 1)
    # Narrow low bands may hold no bin of their own; they take the one they begin at.
    starts = np.maximum.accumulate(np.maximum(starts, np.arange(len(edges))))
    return np.add.reduceat(magnitudes, starts, axis=1)[:, :-1]


def resample(sound: Mono, source_rate: int, target_rate: int) -> Mono:
    """Return `sound` at another rate (Hz), by cutting or padding its spectrum in long blocks.

    Blocks overlap by half and are joined with a Hann window's power-complementary halves.
    """
    if source_rate == target_rate:
        return sound
    divisor = int(np.gcd(source_rate, target_rate))
    up, down = target_rate // divisor, source_rate // divisor
    half = down * max(1, round(8192 / down))
    out_half = half // down * up
    fade = np.sin(np.pi * (np.arange(2 * half) + 0.5) / (2 * half)) ** 2
    padded = np.pad(sound, (half, 2 * half + (-len(sound)) % half))
    out = np.zeros(len(padded) // half * out_half + out_half, np.float64)
    for block in range(len(padded) // half - 1):
        piece = padded[block * half : (block + 2) * half] * fade
        spectrum = np.fft.rfft(piece)[: out_half + 1]
        at = block * out_half
        out[at : at + 2 * out_half] += np.fft.irfft(spectrum, 2 * out_half) * (out_half / half)
    length = -(-len(sound) * up // down)
    return out[out_half : out_half + length].astype(np.float32)


def convolve(sound: Mono, response: NDArray[np.float64]) -> Mono:
    """Return `sound` through an impulse response, of the same length as `sound`."""
    size = _fast_size(len(sound) + len(response))
    product = np.fft.rfft(sound, size) * np.fft.rfft(response, size)
    return np.fft.irfft(product, size)[: len(sound)].astype(np.float32)


def _fast_size(length: int) -> int:
    return 1 << int(np.ceil(np.log2(max(2, length))))


def equalise(sound: Mono, sample_rate: int, hertz: list[float], gain_db: list[float]) -> Mono:
    """Return `sound` with its spectrum bent by gains (dB) at frequencies (Hz), without a delay."""
    taps = 4096
    axis = np.fft.rfftfreq(taps, 1 / sample_rate)
    gains = np.interp(np.log(np.maximum(axis, 1.0)), np.log(hertz), gain_db)
    response = np.roll(np.fft.irfft(10 ** (gains / 20)), taps // 2) * np.hanning(taps)
    delayed = convolve(np.pad(sound, (0, taps // 2)), response)
    return delayed[taps // 2 :]


def loudness(sound: NDArray[np.float32], sample_rate: int) -> float:
    """Return the integrated loudness in LUFS of samples, or samples × channels.

    Source: ITU-R BS.1770-4: 400 ms blocks, 75 % overlap, gates at -70 LUFS and 10 LU below the
    ungated mean. Silence is -70.
    """
    channels = sound.reshape(len(sound), -1)
    block, hop = int(0.4 * sample_rate), int(0.1 * sample_rate)
    channels = np.pad(channels, ((0, max(0, block - len(channels))), (0, 0)))
    size = _fast_size(block)
    weights = k_weights(size, sample_rate) * 2 / size / block
    power = np.zeros((len(channels) - block) // hop + 1)
    for channel in channels.T:
        views = np.lib.stride_tricks.sliding_window_view(channel, block)[::hop]
        for i in range(0, len(views), 64):
            spectrum = np.abs(np.fft.rfft(views[i : i + 64], size, axis=1)) ** 2
            power[i : i + 64] += (spectrum * weights).sum(axis=1)
    level = -0.691 + 10 * np.log10(power + 1e-12)
    heard = power[level > -70]
    if not len(heard):
        return -70.0
    relative = -0.691 + 10 * np.log10(heard.mean()) - 10
    gated = heard[-0.691 + 10 * np.log10(heard) > relative]
    return float(-0.691 + 10 * np.log10(gated.mean()))
