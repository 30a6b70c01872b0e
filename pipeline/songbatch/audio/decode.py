"""Decoding of whole songs, piece by piece: to measure or convert them, or to prove that they play
to the end.

The only importer of miniaudio besides the sketch engine's codec.
"""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

import miniaudio
from msgspec.structs import replace

from songbatch.audio.errors import AudioProblem
from songbatch.audio.playable import playable
from songbatch.model import AudioFormat, AudioInfo

if TYPE_CHECKING:
    import array
    from collections.abc import Iterator

_SAMPLES_AT_ONCE = 65536


def decoded_seconds(data: bytes, info: AudioInfo) -> float:
    """Return how many seconds `data`, measured as `info`, decodes to.

    Holds the compressed bytes and one piece of sound, never the whole. PCM has no container:
    its samples are only counted. Raises AudioProblem (`damaged`) if nothing can be decoded.
    """
    if info.format is AudioFormat.PCM:
        return len(data) // (2 * info.channels) / info.sample_rate
    values = sum(len(piece) for piece in _pieces(data, info, miniaudio.SampleFormat.SIGNED16))
    return values / info.channels / info.sample_rate


def decoded_frames(data: bytes) -> int:
    """Return how many frames a FLAC file decodes to, whatever its head says.

    Raises AudioProblem (`damaged`) if nothing can be decoded.
    """
    try:
        rate = miniaudio.flac_get_info(data).sample_rate
        stream = miniaudio.stream_memory(data, nchannels=1, sample_rate=rate)
        return sum(len(piece) for piece in stream)
    except miniaudio.MiniaudioError as error:
        raise AudioProblem("damaged", "no decoder can read the audio") from error


def float_pieces(data: bytes, info: AudioInfo, frames: int) -> Iterator[bytes]:
    """Yield the samples of `data`, measured as `info`: native floats, channels in turn, ±1.

    Every piece but the last has `frames` of them for each channel. Raises AudioProblem (`damaged`).
    """
    wanted, waiting = 4 * frames * info.channels, bytearray()
    if info.format is AudioFormat.PCM:
        data, info = _in_a_container(data, info), replace(info, format=AudioFormat.WAV)
    for piece in _pieces(data, info, miniaudio.SampleFormat.FLOAT32):
        waiting += memoryview(piece).cast("B")
        while len(waiting) >= wanted:
            yield bytes(waiting[:wanted])
            del waiting[:wanted]
    if waiting:
        yield bytes(waiting)


def integer_pieces(data: bytes, info: AudioInfo, frames: int) -> Iterator[array.array[int]]:
    """Yield the samples of a WAV or MP3, measured as `info`, in 16 bits, channels in turn.

    Every piece but the last has `frames` of them. Raises AudioProblem (`damaged`).
    """
    return _pieces(data, info, miniaudio.SampleFormat.SIGNED16, frames)


def _pieces(
    data: bytes,
    info: AudioInfo,
    sample_format: miniaudio.SampleFormat,
    frames: int = _SAMPLES_AT_ONCE,
) -> Iterator[array.array[Any]]:
    try:
        yield from miniaudio.stream_memory(
            playable(data),
            output_format=sample_format,
            nchannels=info.channels,
            sample_rate=info.sample_rate,
            frames_to_read=frames,
        )
    except miniaudio.MiniaudioError as error:
        raise AudioProblem("damaged", "no decoder can read the audio") from error


def _in_a_container(samples: bytes, info: AudioInfo) -> bytes:
    """Return raw 16-bit PCM as a WAV file, so that one decoder reads everything."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(info.channels)
        file.setsampwidth(2)
        file.setframerate(info.sample_rate)
        file.writeframes(samples)
    return out.getvalue()
