"""Inspection of received audio: its format, and where it falls short of what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.probe import AudioProblem, examine
from songbatch.limits import ENCODER_PADDING_SECONDS, MIN_SONG_SECONDS, PCM_BYTES_PER_FRAME
from songbatch.model import AudioFormat, AudioInfo, AudioSetting

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL_BITS, USUAL_CHANNELS = 16, 2
"""Nobody can ask for these, and every service of the contract sends them."""
LENGTH_TOLERANCE_SECONDS = 1.0
"""Frames and latents have lengths of their own, and encoders add some silence."""


class Inspected(msgspec.Struct, frozen=True):
    """Received audio as probed, and where it falls short of what was asked for."""

    info: AudioInfo
    shortfalls: tuple[str, ...]


def inspect(data: bytes, asked: AudioSetting, longest: float | None = None) -> Inspected:
    """Measure received audio. Raises AudioProblem for anything but a song in that format.

    `longest` in seconds: a song that lasts longer is remarked on. Audio whose end is missing is
    taken: it is paid for, and another request would cost again.
    """
    inspected = _inspect(data, asked, longest)
    if inspected.info.seconds < MIN_SONG_SECONDS:
        raise AudioProblem("no-audio", f"it lasts {inspected.info.seconds:.2f} s only")
    return inspected


def inspect_master(data: bytes, container: AudioFormat) -> Inspected:
    """Measure audio that came in the one form of its engine: only the container counts."""
    info = _probed(data, container)[0]
    if info.seconds < MIN_SONG_SECONDS:
        raise AudioProblem("no-audio", f"it lasts {info.seconds:.2f} s only")
    return Inspected(info, ())


def length_shortfall(asked: float, delivered: float) -> str:
    """Return how the seconds of a song differ from those that were asked for, "" if they do not."""
    if abs(delivered - asked) <= LENGTH_TOLERANCE_SECONDS:
        return ""
    text = f"{asked:.4g} s asked for, {delivered:.4g} s delivered"
    if delivered < asked:
        text += ": the server may have shortened it for lack of memory"
    return text


def _inspect(data: bytes, asked: AudioSetting, longest: float | None) -> Inspected:
    if asked.format is AudioFormat.PCM:
        return Inspected(_inspect_pcm(data, asked), ())
    info, missing_end = _probed(data, asked.format)
    return Inspected(info, tuple(filter(None, (*_shortfalls(info, asked, longest), missing_end))))


def _probed(data: bytes, container: AudioFormat) -> tuple[AudioInfo, str]:
    """Return what audio is, and what is missing at its end."""
    try:
        examined = examine(data)
        info = examined.info
        ends = (lack.text for lack in examined.lacks if lack.kind == "end")
        missing_end = "; ".join(f"the {info.format.upper()} file {text}" for text in ends)
    except AudioProblem as problem:
        if problem.info is None:
            raise
        info, missing_end = problem.info, str(problem)
    if info.format is not container:
        raise AudioProblem("unsupported", f"it is {info.format} where {container} was asked for")
    return info, missing_end


def _inspect_pcm(data: bytes, asked: AudioSetting) -> AudioInfo:
    if not data or len(data) % PCM_BYTES_PER_FRAME:
        raise AudioProblem("not-audio", "it is not 16-bit stereo PCM")
    byte_rate = asked.sample_rate * PCM_BYTES_PER_FRAME
    return AudioInfo(AudioFormat.PCM, len(data) / byte_rate, asked.sample_rate, 2, byte_rate * 8)


def _shortfalls(info: AudioInfo, asked: AudioSetting, longest: float | None) -> Iterator[str]:
    if info.sample_rate != asked.sample_rate:
        yield f"{asked.sample_rate} Hz asked for, {info.sample_rate} Hz delivered"
    if asked.format is AudioFormat.MP3 and abs(info.bitrate - asked.bitrate) > asked.bitrate / 10:
        yield _bitrate_shortfall(info, asked)
    bits = info.bitrate // (info.sample_rate * info.channels)
    if asked.format is AudioFormat.WAV and bits < USUAL_BITS:
        yield f"samples of {USUAL_BITS} bits are usual, {bits} bits delivered"
    if info.channels < USUAL_CHANNELS:
        yield "stereo is usual, mono delivered"
    if longest is not None and info.seconds > longest + ENCODER_PADDING_SECONDS:
        yield f"at most {longest:.0f} s expected, {info.seconds:.1f} s delivered"


def _bitrate_shortfall(info: AudioInfo, asked: AudioSetting) -> str:
    text = f"{asked.bitrate} bit/s asked for, {info.bitrate} bit/s delivered"
    if asked.reachable_bitrate != asked.bitrate:
        text += f": MPEG ends at {asked.reachable_bitrate} bit/s for {asked.sample_rate} Hz"
    return text
