"""Sound that libsndfile reads: FLAC, Ogg with Vorbis or Opus, AIFF, Wave64, CAF, AU, odd WAV.

The only importer of soundfile, which brings libsndfile along (LGPL, a library of its own).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from songbatch.audio.decode import decoded_frames
from songbatch.audio.envelope import frames_start
from songbatch.audio.errors import AudioProblem
from songbatch.audio.wav import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_PCM, _FLOAT = 1, 3
_FRAMES_AT_ONCE = 1 << 14
_HEADS = (b"fLaC", b"OggS", b"FORM", b"riff", b"caff", b".snd", b"dns.", b"RIFX")
_INTEGERS = {
    "PCM_24": 3, "ALAC_20": 3, "ALAC_24": 3, "DWVW_24": 3, "PCM_32": 4, "ALAC_32": 4,
}  # fmt: skip
"""Bytes of a sample that has more than 16 bits; all others that are whole numbers have no more."""
_FLOATS = {"FLOAT": ("float32", 4), "DOUBLE": ("float64", 8)}
_LOSSY = {"VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"}
"""Decoders give fractions of these, which may lie beyond full scale."""
_KINDS = {"OGG": "Ogg", "W64": "Wave64", "CAF": "Core Audio", "WAVEX": "WAV", "AU": "Sun audio"}
_SEEKABLE = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")
_ENDLESS = 1 << 48
"""Frames: libsndfile says such a number if the head says none."""


def may_read(head: bytes) -> bool:
    """Return whether the first bytes are of a format that libsndfile knows."""
    return head.startswith(_HEADS)


def opened(data: bytes) -> LibrarySound | None:
    """Read a head; None if libsndfile does not know what is inside. Raises AudioProblem."""
    try:
        with soundfile.SoundFile(ForgivingFile(io.BytesIO(data))) as file:
            sound = LibrarySound(data, file)
    except (soundfile.SoundFileError, ValueError, OSError):
        return None
    if sound.frames >= _ENDLESS:
        whole = _with_total(data)
        return None if whole is None else opened(whole)
    return sound


class ForgivingFile:
    """A file that libsndfile reads, which damaged heads send to places before the first one.

    It asks from C, where an exception would end on the terminal, as a traceback.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.tell, self.read = file.tell, file.read

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place, or stay where there is none."""
        try:
            return self._file.seek(offset, whence)
        except (ValueError, OverflowError, OSError):
            return self.tell()


class LibrarySound:
    """The sound of a file that libsndfile has opened. Samples that are whole stay what they are."""

    def __init__(self, data: bytes, file: soundfile.SoundFile) -> None:
        self._data, self._subtype = data, file.subtype
        self.kind = _KINDS.get(file.format, file.format)
        self.frames = file.frames
        self._width = _INTEGERS.get(file.subtype, 2)
        encoding = _PCM
        if file.subtype in _FLOATS:
            encoding, self._width = _FLOAT, _FLOATS[file.subtype][1]
        self.layout = Layout(encoding, file.channels, file.samplerate, self._width * file.channels)

    @property
    def decoder(self) -> str:
        """The library and its version."""
        return f"libsndfile {soundfile.__libsndfile_version__}"

    def pieces(self, first: int, end: int) -> Iterator[bytes]:
        """Yield the frames from `first` on, and before `end`; up to a place that is broken."""
        left = end - first
        try:
            with soundfile.SoundFile(ForgivingFile(io.BytesIO(self._data))) as file:
                self._go_to(file, first)
                while left > 0:
                    piece = self._read(file, min(left, _FRAMES_AT_ONCE))
                    if not piece:
                        return
                    yield piece
                    left -= len(piece) // self.layout.block
        except (soundfile.SoundFileError, ValueError, OSError):
            return  # who counts the frames sees that some are missing

    def _go_to(self, file: soundfile.SoundFile, first: int) -> None:
        if self._subtype.startswith(_SEEKABLE):
            file.seek(first)
            return
        # What goes before decides how these are decoded.
        while first > 0 and (skipped := len(file.read(min(first, _FRAMES_AT_ONCE)))):
            first -= skipped

    def _read(self, file: soundfile.SoundFile, frames: int) -> bytes:
        if self._subtype in _LOSSY:
            sound = file.read(frames, dtype="float32", always_2d=True)
            return _sixteen_bits(np.nan_to_num(sound, nan=0.0))
        if self._subtype in _FLOATS:
            sound = file.read(frames, dtype=_FLOATS[self._subtype][0], always_2d=True)
            return bytes(sound.astype(f"<f{self._width}", copy=False).tobytes())
        if self._width == 2:
            return bytes(file.read(frames, dtype="int16").astype("<i2", copy=False).tobytes())
        samples = file.read(frames, dtype="int32").astype("<i4", copy=False)
        if self._width == 4:
            return bytes(samples.tobytes())
        return bytes(samples.reshape(-1, 1).view(np.uint8)[:, 1:].tobytes())


def _sixteen_bits(sound: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bytes:
    steps = np.rint(sound * np.float32(32768))
    return bytes(np.clip(steps, -32768, 32767).astype("<i2").tobytes())


def _with_total(data: bytes) -> bytes | None:
    """Return a FLAC file whose head says how many frames there are; None if nobody can.

    Programs that write to a pipe leave the number out.
    """
    start = frames_start(data)
    if data[start : start + 4] != b"fLaC" or len(data) < start + 42:
        return None
    try:
        frames = decoded_frames(data)
    except AudioProblem:
        return None
    place = slice(start + 18, start + 26)
    rest = int.from_bytes(data[place], "big") >> 36 << 36
    return data[: place.start] + (rest | frames).to_bytes(8, "big") + data[place.stop :]
