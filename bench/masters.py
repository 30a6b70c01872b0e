"""Conversion of masters: time, memory, and what the filter does to frequencies.

    python -m bench.masters [MINUTES]

The master is float WAV, 48 kHz, stereo, MINUTES (default 10) of noise. Each conversion has a
process of its own. Speeds are real time over CPU time.
"""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from bench.memory import peak_mib
from songbatch.audio.convert import convert
from songbatch.audio.resample import resampled
from songbatch.model import AudioFormat, AudioSetting

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATES = (16000, 22050, 24000, 32000, 44100, 48000, 96000)
MASTER_RATE = 48000
PASSED = 10 / 11
SETTINGS = (
    AudioSetting(AudioFormat.WAV, 44100),
    AudioSetting(AudioFormat.PCM, 48000),
    AudioSetting(AudioFormat.MP3, 44100, 256000),
    AudioSetting(AudioFormat.MP3, 48000, 256000),
    AudioSetting(AudioFormat.MP3, 16000, 64000),
)


def master(minutes: int) -> bytes:
    """Return a float WAV of noise."""
    noise = np.random.default_rng(0).normal(0, 0.1, (60 * MASTER_RATE, 2)).astype("<f4").tobytes()
    size = minutes * len(noise)
    numbers = ((36 + size, 4), (b"WAVEfmt ", 0), (16, 4), (3, 2), (2, 2), (MASTER_RATE, 4),
               (MASTER_RATE * 8, 4), (8, 2), (32, 2), (b"data", 0), (size, 4))  # fmt: skip
    head = b"".join(n if isinstance(n, bytes) else n.to_bytes(s, "little") for n, s in numbers)
    return b"".join([b"RIFF", head, *[noise] * minutes])


def report(number: int, minutes: int) -> None:
    """Convert to one of SETTINGS and print what it took."""
    data, asked = master(minutes), SETTINGS[number]
    start = time.process_time()
    convert(data, asked)
    speed = 60 * minutes / (time.process_time() - start)
    name = f"{asked.format} {asked.sample_rate} Hz"
    print(f"  {name:<14}{speed:6.0f} × real time, peak {peak_mib():.0f} MiB")


def sine(hz: float, rate: int) -> NDArray[np.float64]:
    """Return half a second of a sine at full scale."""
    return np.asarray(np.sin(2 * np.pi * hz * np.arange(rate // 2) / rate))


def moved(hz: float, source: int, target: int) -> NDArray[np.float64]:
    """Return the sine at another rate."""
    sound = sine(hz, source).astype(np.float32)[:, None]
    return np.concatenate(list(resampled([sound], source, target)))[:, 0].astype(np.float64)


def middle(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the half in the middle."""
    return sound[len(sound) // 4 : -len(sound) // 4]


def decibels(amplitude: float) -> float:
    """Return it as dB of full scale."""
    return float(20 * np.log10(amplitude))


def ripple_db(source: int, target: int) -> float:
    """Return how far levels are off at most, up to PASSED of the band."""
    levels = []
    for hz in np.linspace(0.01, PASSED, 30) * min(source, target) / 2:
        wanted, found = middle(sine(hz, target)), middle(moved(hz, source, target))
        levels.append((wanted * found).sum() / (wanted * wanted).sum())
    return max(abs(decibels(level)) for level in levels)


def alias_db(source: int, target: int) -> float:
    """Return the level of the loudest sine that the lower rate cannot hold."""
    hertz = np.linspace(target / 2, 0.999 * source / 2, 30)
    return max(
        decibels(float(np.sqrt(2 * np.square(middle(moved(hz, source, target))).mean())))
        for hz in hertz
    )


def main(minutes: int) -> None:
    """Measure and print."""
    print(f"a float WAV of {minutes} min as", flush=True)
    for number in range(len(SETTINGS)):
        command = [sys.executable, "-m", "bench.masters", str(minutes), str(number)]
        subprocess.run(command, check=True)
    pairs = list(permutations(RATES, 2))
    print(f"{len(pairs)} pairs of rates, the worst")
    print(f"  ripple   {max(ripple_db(*pair) for pair in pairs):.5f} dB")
    print(f"  aliases  {max(alias_db(*pair) for pair in pairs if pair[0] > pair[1]):.1f} dB")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        report(int(sys.argv[2]), int(sys.argv[1]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
