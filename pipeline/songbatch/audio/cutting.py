"""Parts of recordings as WAV: the frames that are wanted, behind the shortest head."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from songbatch.audio.errors import AudioProblem
from songbatch.audio.lacks import tolerated
from songbatch.audio.wav import Layout, Wav, plain_head, read_wav
from songbatch.formatting import moment
from songbatch.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.model import AudioInfo

_PCM = 1
_FRAMES_AT_ONCE = 1 << 16
OWN_DECODER = "songbatch"


class SoundSource(Protocol):
    """The sound of a recording, whose head was read: `frames` in the form that `layout` says."""

    kind: str
    """The format, as people call it."""
    layout: Layout
    frames: int

    @property
    def decoder(self) -> str:
        """What decodes it, with its version."""

    def pieces(self, first: int, end: int) -> Iterator[bytes | memoryview]:
        """Yield the frames from `first` on, and before `end`; fewer if some are missing.

        Raises AudioProblem.
        """


def as_wav(sound: SoundSource, first: int, end: int) -> bytes:
    """Return the frames from `first` on, and before `end`, as a WAV file.

    Raises AudioProblem, `truncated` if more of them are missing than a file can do without.
    """
    block, pieces, size = sound.layout.block, list[bytes | memoryview](), 0
    wanted = (end - first) * block
    for piece in sound.pieces(first, end):
        pieces.append(piece)
        size += len(piece)
    missing = (wanted - size) // block
    if size == 0 or missing * block > tolerated(wanted):
        there = moment(round(1000 * (first + size // block) / sound.layout.rate))
        raise AudioProblem("truncated", f"the {sound.kind} file ends early: its sound at {there}")
    wav = Wav(sound.layout, 0, size, size, is_strict=True, is_plain=True)
    return b"".join((plain_head(wav, size), *pieces, bytes(size & 1)))


class OwnSound:
    """The sound of a WAV, whose samples stay what they are, or of an MP3, as 16 bits."""

    def __init__(self, data: bytes, info: AudioInfo) -> None:
        self._data, self._info = data, info
        self.kind = info.format.value.upper()
        self._wav = read_wav(data) if info.format is AudioFormat.WAV else None
        if self._wav is not None:
            self.layout = self._wav.layout
            self.frames = self._wav.size // self._wav.block
        else:
            self.layout = Layout(_PCM, info.channels, info.sample_rate, 2 * info.channels)
            self.frames = round(info.seconds * info.sample_rate)

    @property
    def decoder(self) -> str:
        """Name this program, which decodes alike until its version goes up."""
        return OWN_DECODER

    def pieces(self, first: int, end: int) -> Iterator[bytes | memoryview]:
        """Yield the frames from `first` on, and before `end`."""
        block = self.layout.block
        if self._wav is not None:
            start = self._wav.start
            yield memoryview(self._data)[start + first * block : start + end * block]
            return
        yield from within(self._decoded(), first * block, end * block)

    def _decoded(self) -> Iterator[bytes]:
        from songbatch.audio.decode import integer_pieces  # noqa: PLC0415  (loads the decoder)

        for piece in integer_pieces(self._data, self._info, _FRAMES_AT_ONCE):
            if sys.byteorder == "big":
                piece.byteswap()
            yield piece.tobytes()


def within(pieces: Iterator[bytes], first: int, end: int) -> Iterator[memoryview]:
    """Yield of all bytes together those from `first` on, and before `end`."""
    at = 0
    for piece in pieces:
        part = memoryview(piece)[max(0, first - at) : max(0, end - at)]
        at += len(piece)
        if part:
            yield part
        if at >= end:
            return
