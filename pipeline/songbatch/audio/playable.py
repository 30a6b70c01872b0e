"""Audio as decoders take it: every file that probing passes, also where its header is unusual.

One way for all who decode, and for what is sent to services: analysis, measures, conversion.
"""

from __future__ import annotations

from songbatch.audio.errors import AudioProblem
from songbatch.audio.mp3 import without_false_promise
from songbatch.audio.riff import wave_start
from songbatch.audio.wav import plain_head, read_wav


def playable(data: bytes) -> bytes:
    """Return a WAV or MP3 file whose header any decoder believes; the samples are not touched.

    It is `data` itself if there is nothing to mend, and where nobody can say how.
    """
    try:
        if wave_start(data) is None:
            return without_false_promise(data)
        wav = read_wav(data)
    except AudioProblem:
        return data
    if wav.is_plain:
        return data
    size = wav.size // wav.block * wav.block
    samples = memoryview(data)[wav.start : wav.start + size]
    return b"".join((plain_head(wav, size), samples, bytes(size & 1)))
