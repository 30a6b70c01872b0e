"""Peak memory and CPU of analysing one file, reported by a process that does nothing else."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import lameenc
import numpy as np

from support.truth.sounds import RATE, Sound


def long_stereo_mp3(minute: Sound) -> bytes:
    """Return ten times a minute of sound as stereo MP3 at 44.1 kHz."""
    twice = np.repeat(np.clip(minute, -1, 1), 44100 // RATE)
    stereo = (np.stack([twice, np.roll(twice, 300)], axis=1) * 32000).astype("<i2").tobytes()
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(2)
    encoder.set_in_sample_rate(44100)
    encoder.set_bit_rate(192)
    encoder.set_quality(7)
    return b"".join([bytes(encoder.encode(stereo)) for _ in range(10)]) + bytes(encoder.flush())


def peak_mib() -> float:
    """Return the most memory this process ever held.

    Linux tells it since the program began; the figure of getrusage begins before, with the parent.
    """
    try:
        told = Path("/proc/self/status").read_text("utf-8")
        return int(told.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(path: Path) -> None:
    """Listen to the file as to a song and print what it took."""
    from songbatch.engines.sketch.analysis import features  # noqa: PLC0415
    from songbatch.model import Purpose  # noqa: PLC0415

    before = peak_mib()
    start = time.process_time()
    features.extract(path.read_bytes(), Purpose.SONG)
    taken = time.process_time() - start
    print(f"as song: {taken:.2f} s CPU, peak {peak_mib():.0f} MiB (imports {before:.0f})")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
