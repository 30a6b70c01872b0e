"""Decoding everything agrees with the walk over headers, and notices what the walk cannot."""

import random
import tracemalloc

import pytest

from songbatch.audio.decode import decoded_seconds
from songbatch.audio.probe import AudioProblem, probe
from songbatch.model import AudioFormat, AudioInfo
from tests.audio.making import fmt, mp3, riff, wav


@pytest.mark.parametrize("rate", [16000, 24000, 32000, 44100])
@pytest.mark.parametrize("channels", [1, 2])
def test_mp3(rate: int, channels: int) -> None:
    data = mp3(rate, 64, channels)
    info = probe(data)
    assert decoded_seconds(data, info) == pytest.approx(info.seconds)


@pytest.mark.parametrize("data", [wav(width=1), wav(width=3), wav(44100, 2)])
def test_wav(data: bytes) -> None:
    info = probe(data)
    assert decoded_seconds(data, info) == pytest.approx(info.seconds)


def test_pcm_is_counted() -> None:
    info = AudioInfo(AudioFormat.PCM, 1.0, 24000, 2, 24000 * 32)
    assert decoded_seconds(bytes(24000 * 4), info) == 1.0


def test_a_long_song_is_never_held_decoded() -> None:
    data = mp3(seconds=60)
    info = probe(data)
    tracemalloc.start()
    decoded_seconds(data, info)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000  # decoded at once, it would be 5 MB


def test_frames_with_rubbish_inside_decode_to_less() -> None:
    """Headers alone are right here: only a decoder notices."""
    data = mp3(48000, 64)
    rubbish = random.Random(7)
    halfway = len(data) // 384 * 192
    frames = range(halfway, len(data), 192)
    broken = data[:halfway] + b"".join(
        data[start : start + 4] + rubbish.randbytes(188) for start in frames
    )
    info = probe(broken)
    assert info.seconds == probe(data).seconds
    assert decoded_seconds(broken, info) < info.seconds - 0.1


def test_what_no_decoder_reads_is_damaged() -> None:
    info = AudioInfo(AudioFormat.WAV, 1.0, 16000, 1, 256000)
    with pytest.raises(AudioProblem, match="no decoder") as caught:
        decoded_seconds(riff((b"fmt ", fmt()[:8]), (b"data", b"")), info)
    assert caught.value.code == "damaged"
