"""Signal tools that several rooms share: spectra, resampling, smoothing, loudness.

Sums are numpy's own reductions and FFTs, never a BLAS product: a BLAS splits its sums by the
number of threads and the kind of processor, and then equal input would not give equal bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from songbatch.audio import exact
from songbatch.audio.loudness import STEP_SECONDS, integrated, k_weights

Mono = NDArray[np.float32]
"""Samples of one channel."""

Stereo = NDArray[np.float32]
"""Samples × 2."""

Spectra = NDArray[np.float32]
"""Frames × (size // 2 + 1) magnitudes."""

_CHUNK_FRAMES = 512
_STEPS_AT_ONCE = 32
"""As much as stays in a processor's cache."""


def spectra(sound: Mono, size: int, hop: int) -> Spectra:
    """Return magnitude spectra of Hann-windowed frames, the first one centred on sample 0."""
    window = exact.hann(size + 1)[:-1].astype(np.float32)
    padded = np.pad(sound, (size // 2, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: len(sound) + hop : hop]
    chunks = [
        exact.magnitudes(np.fft.rfft(frames[i : i + _CHUNK_FRAMES] * window, axis=1))
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

    Blocks overlap by a sixteenth and are joined with a Hann window's halves, which add up to 1.
    """
    if source_rate == target_rate:
        return sound
    divisor = int(np.gcd(source_rate, target_rate))
    up, down = target_rate // divisor, source_rate // divisor
    edge = down * max(1, round(1024 / down))
    hop, size = 15 * edge, 16 * edge
    rise = (exact.sin(np.pi / 2 * (np.arange(edge) + 0.5) / edge) ** 2).astype(np.float32)
    window = np.concatenate([rise, np.ones(size - 2 * edge, np.float32), rise[::-1]])
    blocks = (len(sound) + edge) // hop + 1
    padded = np.pad(sound, (edge, blocks * hop - len(sound)))
    out_edge, out_hop, out_size = (n // down * up for n in (edge, hop, size))
    out = np.zeros(blocks * out_hop + out_edge, np.float32)
    for block in range(blocks):
        spectrum = np.fft.rfft(padded[block * hop : block * hop + size] * window)
        moved = exact.irfft(spectrum[: out_size // 2 + 1], out_size)
        out[block * out_hop : block * out_hop + out_size] += np.float32(up / down) * moved
    return out[out_edge : out_edge + -(-len(sound) * up // down)]


def hertz_of(notes: ArrayLike) -> NDArray[np.float64]:
    """Return frequencies (Hz) of MIDI notes, of which 69 is 440 Hz."""
    return np.asarray(440 * exact.octaves((np.asarray(notes) - 69) / 12))


def notes_of(hertz: ArrayLike) -> NDArray[np.float64]:
    """Return MIDI notes, with fractions, of frequencies above 0 Hz."""
    return np.asarray(69 + 12 * exact.log2(np.asarray(hertz) / 440))


def running_mean(curve: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the mean of `width` values around each, fewer at the edges, from running sums."""
    total = np.concatenate([[0.0], np.cumsum(curve)])
    at = np.arange(len(curve))
    first = np.maximum(at - width // 2, 0)
    last = np.minimum(at - width // 2 + width, len(curve))
    return np.asarray((total[last] - total[first]) / (last - first))


def smoothed(curve: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of neighbours with an odd number of `weights`, nothing beyond the edges.

    Neighbours are rows if there are several columns. numpy's own convolution is a BLAS product
    if there are many weights.
    """
    reach = len(weights) // 2
    edges = [(reach, reach)] + [(0, 0)] * (curve.ndim - 1)
    padded = np.pad(curve.astype(np.float64), edges)
    total = np.zeros(curve.shape)
    for k, weight in enumerate(weights[::-1]):
        total += weight * padded[k : k + len(curve)]
    return total


def parabola_offset(
    before: NDArray[np.float64], peak: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far, in steps, the top of the parabola through three values is from the peak."""
    return 0.5 * (before - after) / (before - 2 * peak + after - 1e-12)


def loudness(sound: NDArray[np.float32], sample_rate: int) -> float:
    """Return the integrated loudness in LUFS of samples, or samples × channels.

    Source: ITU-R BS.1770-4, from spectra of 100 ms as `songbatch.audio.loudness` has it. Silence
    is -70.
    """
    channels = sound.reshape(len(sound), -1)
    step = round(STEP_SECONDS * sample_rate)
    if len(channels) < step:
        channels = np.pad(channels, ((0, step - len(channels)), (0, 0)))
    count = len(channels) // step
    weights = (k_weights(step, sample_rate) * (2 / step**2)).astype(np.float32)
    powers = np.zeros(count)
    for channel in channels[: count * step].T:
        steps = channel.reshape(count, step)
        for start in range(0, count, _STEPS_AT_ONCE):
            spectrum = np.fft.rfft(steps[start : start + _STEPS_AT_ONCE], axis=1)
            weighted = exact.squares(spectrum) * weights
            powers[start : start + _STEPS_AT_ONCE] += weighted.sum(axis=1)
    return integrated(powers)
