"""Masters as files: WAV of 16 and 24 bits, FLAC of 24, MP3 of 320 kbit/s, Opus of about 192 kbit/s.

Written piece by piece to a file that is open for writing; equal sound gives equal bytes. MP3 is
LAME's (`songbatch.audio.encode`), with what players need to play it without gaps; FLAC and Opus are
libsndfile's.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from songbatch.audio.encode import encode
from songbatch.audio.resample import resampled
from songbatch.digest import sha256
from songbatch.mastering.decoding import RATE
from songbatch.mastering.gapless import with_gapless_header
from songbatch.mastering.ogg import with_serial
from songbatch.mastering.quantising import twenty_four_bits
from songbatch.model import AudioFormat, AudioSetting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

    from songbatch.mastering.whole import MasterSound

ENCODING_VERSION = 2
"""Goes up whenever equal sound gives other bytes."""

SUFFIXES = {"wav16": "wav", "wav24": "wav", "flac": "flac", "mp3": "mp3", "opus": "opus"}
LOSSY = {"mp3", "opus"}
MP3_BITRATE = 320000
OPUS_RATE = 48000
_OPUS_LEVEL = 0.64
"""libsndfile's 0 is 512 kbit/s, its 1 is 12."""
_WAV_LIMIT = 0xFFFFFFFF - 36
_FRAMES = 1 << 18


class TooLongWav(ValueError):
    """More samples than a WAV file can hold: 4 GiB."""


def write_audio(
    form: str, pieces: Iterable[MasterSound], frames: int, identity: str, file: BinaryIO
) -> None:
    """Write sound of so many frames in one of the formats of albums. Raises TooLongWav.

    `identity` is what tells it from other sound.
    """
    _WRITERS[form](pieces, frames, identity, file)


def _wav16(pieces: Iterable[MasterSound], frames: int, _identity: str, file: BinaryIO) -> None:
    file.write(_wav_head(frames, 2))
    for piece in pieces:
        file.write(piece.sixteen.astype("<i2").tobytes())


def _wav24(pieces: Iterable[MasterSound], frames: int, _identity: str, file: BinaryIO) -> None:
    file.write(_wav_head(frames, 3))
    for piece in pieces:
        for at in range(0, len(piece.sound), _FRAMES):
            whole = twenty_four_bits(piece.sound[at : at + _FRAMES]).astype("<i4")
            file.write(whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())


def _wav_head(frames: int, width: int) -> bytes:
    size, block = frames * 2 * width, 2 * width
    if size > _WAV_LIMIT:
        raise TooLongWav
    form = struct.pack("<HHIIHH", 1, 2, RATE, RATE * block, block, 8 * width)
    return b"".join(
        (b"RIFF", struct.pack("<I", 36 + size), b"WAVEfmt \x10\0\0\0", form)
    ) + struct.pack("<4sI", b"data", size)


def _flac(pieces: Iterable[MasterSound], _frames: int, _identity: str, file: BinaryIO) -> None:
    with _sound_file(file, RATE, format="FLAC", subtype="PCM_24") as writer:
        for piece in pieces:
            for at in range(0, len(piece.sound), _FRAMES):
                writer.write(twenty_four_bits(piece.sound[at : at + _FRAMES]) << 8)


def _mp3(pieces: Iterable[MasterSound], frames: int, _identity: str, file: BinaryIO) -> None:
    setting = AudioSetting(AudioFormat.MP3, RATE, MP3_BITRATE)
    samples = (piece.sixteen.astype("<i2").tobytes() for piece in pieces)
    file.write(with_gapless_header(encode(samples, setting), frames, MP3_BITRATE))


def _opus(pieces: Iterable[MasterSound], _frames: int, identity: str, file: BinaryIO) -> None:
    out = io.BytesIO()
    level = {"format": "OGG", "subtype": "OPUS", "compression_level": _OPUS_LEVEL}
    with _sound_file(out, OPUS_RATE, **level) as writer:
        for piece in resampled((piece.sound for piece in pieces), RATE, OPUS_RATE):
            writer.write(piece)
    file.write(with_serial(out.getvalue(), int(sha256(identity.encode())[:8], 16)))


def _sound_file(file: BinaryIO, rate: int, **others: Any) -> Any:
    import soundfile  # noqa: PLC0415  (loads libsndfile, which not every album needs)

    return soundfile.SoundFile(file, "w", samplerate=rate, channels=2, **others)


_WRITERS: dict[str, Callable[[Iterable[MasterSound], int, str, BinaryIO], None]] = {
    "wav16": _wav16,
    "wav24": _wav24,
    "flac": _flac,
    "mp3": _mp3,
    "opus": _opus,
}
