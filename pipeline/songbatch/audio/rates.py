"""Sample rates between which sound is converted here."""

from __future__ import annotations

from songbatch.audio.errors import AudioProblem

RATES = (
    8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000,
)  # fmt: skip
"""Hz. Their ratios are of small numbers; those of others can mean a hundred thousand phases."""
ODD_RATES = range(4000, 384_001)
"""Hz, of recordings that can be resampled, by a ratio that is nearly theirs."""


def unusual_rate(sample_rate: int) -> AudioProblem:
    """Return what is wrong with audio at another rate (Hz)."""
    return AudioProblem(
        "unsupported",
        f"the audio has {sample_rate} samples a second, which is unusual",
        fix="convert the file to 44100 or 48000 Hz",
        converter="ffmpeg -i {file} -ar 48000 -c:a pcm_s16le {wav}",
    )
