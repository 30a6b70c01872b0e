"""Decoding: a song as it was received to a master's sound, and files of a package to measure them.

The only importer of soundfile here besides `encoding`: libsndfile (LGPL) reads and writes FLAC and
Opus.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio.errors import AudioProblem
from songbatch.audio.stereo import unbounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from songbatch.audio.resample import Sound
    from songbatch.model import AudioInfo

RATE = 44100
"""Hz of every master."""
_FRAMES = 1 << 18


def decoded(data: bytes, info: AudioInfo) -> Sound:
    """Return a song, which was probed as `info`, at RATE: frames × 2. Raises AudioProblem."""
    pieces = list(unbounded(data, info, RATE))
    if not pieces:
        raise AudioProblem("no-audio", "the file holds no samples that can be decoded")
    return np.concatenate(pieces)


class OpenedSound:
    """A WAV, FLAC, MP3 or Ogg file that is read piece by piece. Raises AudioProblem (`damaged`)."""

    def __init__(self, file: BinaryIO | bytes) -> None:
        import soundfile  # noqa: PLC0415  (loads libsndfile, which few commands need)

        from songbatch.audio.library import ForgivingFile  # noqa: PLC0415  (the same)

        self._wrong = soundfile.LibsndfileError
        opened = io.BytesIO(file) if isinstance(file, bytes) else file
        try:
            self._file = soundfile.SoundFile(ForgivingFile(opened))
        except (self._wrong, ValueError) as error:
            raise AudioProblem("damaged", "no decoder can read the audio") from error
        self.sample_rate: int = self._file.samplerate
        self.channels: int = self._file.channels

    def pieces(self, most_frames: int) -> Iterator[Sound]:
        """Yield the sound, but no more frames than these and one more."""
        left = most_frames + 1
        while left > 0:
            try:
                piece = self._file.read(min(_FRAMES, left), dtype="float32", always_2d=True)
            except (self._wrong, ValueError) as error:
                raise AudioProblem("damaged", "its audio ends in the middle") from error
            if not len(piece):
                return
            left -= len(piece)
            yield piece
