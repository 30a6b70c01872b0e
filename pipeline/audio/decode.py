"""Decode audio completely and throw the samples away: proof that a file plays to its end.

The only importer of miniaudio besides the sketch engine's codec.
"""

from __future__ import annotations

import miniaudio

from pipeline.audio.problem import AudioProblem
from pipeline.model import AudioFormat, AudioInfo

_SAMPLES_AT_ONCE = 65536


def decoded_seconds(data: bytes, info: AudioInfo) -> float:
    """Return how many seconds `data`, measured as `info`, decodes to.

    Holds the compressed bytes and one piece of sound, never the whole. PCM has no container:
    its samples are only counted. Raises AudioProblem (`damaged`) if nothing can be decoded.
    """
    if info.format is AudioFormat.PCM:
        return len(data) // (2 * info.channels) / info.sample_rate
    try:
        pieces = miniaudio.stream_memory(
            data,
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=info.channels,
            sample_rate=info.sample_rate,
            frames_to_read=_SAMPLES_AT_ONCE,
        )
        values = sum(len(piece) for piece in pieces)
    except miniaudio.MiniaudioError as error:
        raise AudioProblem("damaged", "no decoder can read the audio") from error
    return values / info.channels / info.sample_rate
