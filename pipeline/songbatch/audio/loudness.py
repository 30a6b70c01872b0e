"""Integrated loudness as ITU-R BS.1770-4 has it, from spectra of 100 ms each.

The standard filters samples and squares them; here the same weights are laid over spectra, which
serve for other measures too. Against filtered samples it differs by 0.003 LU on music and by less
than 0.05 LU on a pure tone of 40 Hz.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

SILENT_LUFS = -70.0
"""The standard's absolute gate: what lies below is silence."""
STEP_SECONDS = 0.1
_STEPS_PER_BLOCK = 4


@cache
def k_weights(size: int, sample_rate: int) -> NDArray[np.float64]:
    """Return the K-weighting power of ITU-R BS.1770-4 at the bins of an FFT of `size`."""
    angle = -2 * np.pi * np.fft.rfftfreq(size, 1 / sample_rate) / sample_rate
    delays = [exact.circle(samples * angle) for samples in range(3)]
    shelf = _biquad_power(delays, *_high_shelf(sample_rate))
    return shelf * _biquad_power(delays, *_high_pass(sample_rate))


def _biquad_power(
    delays: list[exact.Complex], b: tuple[float, ...], a: tuple[float, ...]
) -> NDArray[np.float64]:
    above, below = (exact.squares(exact.polynomial(row, delays)) for row in (b, a))
    return np.asarray((above / below)[0])


def _high_shelf(sample_rate: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    # +4 dB above 1.7 kHz: the head. The standard gives coefficients for 48 kHz only; these are
    # the analogue parameters behind them, transformed bilinearly for any rate.
    k = float(exact.tan(np.pi * 1681.9744509555319 / sample_rate))
    high = float(exact.gain(3.99984385397))
    mid = float(exact.power(high, 0.4996667741545416))
    damping = k / 0.7071752369554193
    scale = 1 + damping + k * k
    b = (high + mid * damping + k * k, 2 * (k * k - high), high - mid * damping + k * k)
    return tuple(x / scale for x in b), (
        1.0,
        2 * (k * k - 1) / scale,
        (1 - damping + k * k) / scale,
    )


def _high_pass(sample_rate: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    k = float(exact.tan(np.pi * 38.13547087613982 / sample_rate))
    damping = k / 0.5003270373253953
    scale = 1 + damping + k * k
    return (1.0, -2.0, 1.0), (1.0, 2 * (k * k - 1) / scale, (1 - damping + k * k) / scale)


def integrated(powers: NDArray[np.float64]) -> float:
    """Return LUFS from the weighted mean squares of steps of 100 ms, channels summed.

    Blocks are 400 ms and overlap by three quarters; gates at -70 LUFS and 10 LU below what passes
    it. Silence is -70.
    """
    return gated(blocks_of(powers))


def blocks_of(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean squares of blocks of 400 ms, which overlap, from those of steps of 100 ms."""
    steps = min(_STEPS_PER_BLOCK, max(1, len(powers)))
    # Not numpy's convolution: a BLAS may do it, and add up in another order elsewhere.
    shifted = [powers[k : len(powers) - steps + 1 + k] for k in range(steps)]
    return np.asarray(np.mean(shifted, axis=0))


def gated(blocks: NDArray[np.float64]) -> float:
    """Return the LUFS of blocks, be they of one sound or of several."""
    heard = blocks[_lufs(blocks) > SILENT_LUFS]
    if not len(heard):
        return SILENT_LUFS
    gated = heard[_lufs(heard) > _lufs(heard.mean()) - 10]
    return float(_lufs(gated.mean()))


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(-0.691 + 10 * exact.log10(power + 1e-12))
