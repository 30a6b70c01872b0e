"""Independent judges of sound: ffmpeg's ebur128, and WAV files read without our code."""

from __future__ import annotations

import re
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")


def ebur128(path: Path) -> tuple[float, float]:
    """Return the loudness (LUFS) and the true peak (dBTP) of a file, as ffmpeg measures them."""
    command = ["ffmpeg", "-nostdin", "-nostats", "-i", f"file:{path}"]
    command += ["-filter_complex", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loudness = re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1]
    return float(loudness), float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", said)[-1])


def samples(path: Path) -> NDArray[np.int64]:
    """Return the samples of a stereo WAV of 16 or 24 bits, frames × 2."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 44100)
        width, data = file.getsampwidth(), file.readframes(file.getnframes())
    if width == 2:
        return np.frombuffer(data, "<i2").astype(np.int64).reshape(-1, 2)
    parts = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int64)
    whole = parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16
    return np.where(whole >= 1 << 23, whole - (1 << 24), whole).reshape(-1, 2)


def music(seconds: float = 6.0, seed: int = 1, level: float = 0.2) -> NDArray[np.float32]:
    """Return noise and tones with loud and soft passages, frames × 2."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * 44100)) / 44100
    swell = 0.3 + 0.7 * np.abs(np.sin(2 * np.pi * time / 3))
    tones = np.stack([np.sin(2 * np.pi * hertz * time) for hertz in (220, 331)], axis=1)
    noise = rng.standard_normal(tones.shape)
    return ((tones + 0.3 * noise) * swell[:, None] * level).astype(np.float32)
