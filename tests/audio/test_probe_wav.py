"""WAVE files: of the standard library, and made by hand chunk by chunk."""

import pytest

from songbatch.audio.probe import AudioProblem, examine, probe
from songbatch.model import AudioFormat, AudioInfo
from tests.audio.making import fmt, riff, wav

SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")
SECOND = bytes(32000)


def problem(data: bytes) -> tuple[str, str]:
    with pytest.raises(AudioProblem) as caught:
        probe(data)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 96000])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_files_of_the_standard_library(rate: int, channels: int, width: int) -> None:
    assert probe(wav(rate, channels, 0.5, width)) == AudioInfo(
        AudioFormat.WAV, 0.5, rate, channels, rate * channels * width * 8
    )


def extensible(encoding: int, **rest: int) -> bytes:
    mask = bytes([22, 0, 16, 0, 4, 0, 0, 0])
    return fmt(0xFFFE, tail=mask + encoding.to_bytes(2, "little") + SUBFORMAT_TAIL, **rest)


@pytest.mark.parametrize(
    ("chunk", "seconds"),
    [
        (fmt(3, bits=32), 0.5),
        (fmt(3, bits=64), 0.25),
        (fmt(6, bits=8), 2),
        (fmt(7, bits=8), 2),
        (extensible(1, bits=24, channels=2), 1 / 3),
        (extensible(3, bits=32), 0.5),
    ],
    ids=["float", "double", "A-law", "µ-law", "extensible", "extensible float"],
)
def test_encodings(chunk: bytes, seconds: float) -> None:
    info = probe(riff((b"fmt ", chunk), (b"data", SECOND)))
    assert info.seconds == pytest.approx(seconds, abs=1e-4)


def test_chunks_come_in_any_order() -> None:
    chunks = [(b"LIST", b"odd"), (b"data", SECOND), (b"junk", b""), (b"fmt ", fmt())]
    assert probe(riff(*chunks)).seconds == 1
    assert probe(riff(*reversed(chunks))).seconds == 1


@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_the_size_of_a_streamed_file_is_the_rest_of_the_file(declared: int) -> None:
    found = examine(riff((b"fmt ", fmt()), (b"data", SECOND, declared)))
    assert found.info.seconds == 1
    assert [lack.kind for lack in found.lacks] == ["sizes"]


def test_samples_that_are_not_there_are_truncation() -> None:
    code, message = problem(wav(seconds=10)[:-5000])
    assert code == "truncated"
    assert "315,000 of 320,000 bytes" in message


@pytest.mark.parametrize("missing", [1, 1000, 3999])
def test_a_short_gap_at_the_end_is_told_and_passed_over(missing: int) -> None:
    found = examine(wav(seconds=20)[:-missing])
    assert found.info.seconds == (640_000 - missing) // 2 / 16000
    (lack,) = found.lacks
    assert (lack.kind, lack.text) == (
        "end",
        f"ends early: {640_000 - missing:,} of 640,000 bytes of samples are there",
    )


@pytest.mark.parametrize(
    ("chunks", "code", "words"),
    [
        ([(b"fmt ", fmt(rate=0)), (b"data", SECOND)], "damaged", "0 Hz"),
        ([(b"fmt ", fmt(channels=0)), (b"data", SECOND)], "damaged", "0 channels"),
        ([(b"fmt ", fmt(bits=0)), (b"data", SECOND)], "damaged", "0 bits"),
        ([(b"fmt ", fmt(block=7)), (b"data", SECOND)], "damaged", "contradicts"),
        ([(b"fmt ", fmt(bits=24, block=4)), (b"data", SECOND)], "damaged", "contradicts"),
        ([(b"fmt ", fmt(rate=400_000)), (b"data", SECOND)], "unsupported", "400000 Hz"),
        ([(b"fmt ", fmt(channels=255)), (b"data", SECOND)], "unsupported", "255 channels"),
        ([(b"fmt ", fmt(bits=64)), (b"data", SECOND)], "unsupported", "64 bits"),
        ([(b"fmt ", fmt(3, bits=16)), (b"data", SECOND)], "unsupported", "16 bits"),
        ([(b"fmt ", fmt()[:10]), (b"data", SECOND)], "damaged", "too short"),
        ([(b"data", SECOND)], "damaged", "no fmt chunk"),
        ([(b"fmt ", fmt())], "no-audio", "no data chunk"),
        ([(b"fmt ", fmt()), (b"data", b"")], "no-audio", "no samples"),
        ([(b"fmt ", fmt(0x55)), (b"data", SECOND)], "unsupported", "MP3"),
        ([(b"fmt ", fmt(2)), (b"data", SECOND)], "unsupported", "ADPCM"),
        ([(b"fmt ", fmt(0x1234)), (b"data", SECOND)], "unsupported", "0x1234"),
    ],
)
def test_what_cannot_be_used_is_named(
    chunks: list[tuple[bytes, bytes]], code: str, words: str
) -> None:
    found, message = problem(riff(*chunks))
    assert found == code
    assert words in message


def test_big_endian_files_are_named() -> None:
    code, message = problem(b"RIFX" + wav()[4:])
    assert code == "unsupported"
    assert "RIFX" in message


def test_many_empty_chunks_end() -> None:
    assert problem(riff(*[(b"junk", b"")] * 20_000, (b"fmt ", fmt())))[0] == "damaged"
