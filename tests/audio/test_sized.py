"""WAVE files from pipes and with lying headers: true sizes in the output, and back to the byte."""

from __future__ import annotations

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.audio.decode import decoded_seconds
from songbatch.audio.delivery import inspect
from songbatch.audio.probe import AudioProblem, probe
from songbatch.audio.sized import sized, unsized
from songbatch.model import AudioFormat, AudioInfo, AudioSetting
from tests.audio.making import fmt, riff, wav
from tests.audio.test_probe_wav import extensible

STREAMED = [0, 0x7FFFFFFF, 0x7FFFF000, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFF - 8]
ASKED = AudioSetting(AudioFormat.WAV, 16000, 256000)
LIST = (b"LIST", b"INFOISFT\x05\0\0\0Lavf\0\0")


def streamed(data: bytes, file_size: int, samples: int) -> bytes:
    """Return a WAVE file whose header says something else; its samples come last."""
    at = data.index(b"data") + 4
    sizes = file_size.to_bytes(4, "little"), samples.to_bytes(4, "little")
    return b"RIFF" + sizes[0] + data[8:at] + sizes[1] + data[at + 4 :]


def walked(data: bytes) -> dict[bytes, bytes]:
    """Read a RIFF file as the strictest would: every chunk is whole, and so is the file."""
    assert data[:4] == b"RIFF"
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    found, position = {}, 12
    while position < len(data):
        name, size = (
            data[position : position + 4],
            int.from_bytes(data[position + 4 :][:4], "little"),
        )
        found[name] = data[position + 8 : position + 8 + size]
        assert len(found[name]) == size
        position += 8 + size + size % 2
    assert position == len(data)
    return found


@pytest.mark.parametrize("samples", STREAMED)
@pytest.mark.parametrize("file_size", [*STREAMED, 36])
def test_sizes_of_streams_become_true(file_size: int, samples: int) -> None:
    whole = wav(16000, 2, 1.5)
    received = streamed(whole, file_size, samples)
    output = b"".join(sized(received))
    assert walked(output)[b"data"] == walked(whole)[b"data"]
    with wave.open(io.BytesIO(output)) as file:
        assert file.getnframes() == 24000
    info = probe(output)
    assert info == probe(whole)
    assert decoded_seconds(output, info) == 1.5
    assert decoded_seconds(received, info) == 1.5
    assert unsized(output) == received


@pytest.mark.parametrize(
    "received",
    [
        wav(),
        wav(8000, 1, 1.0001, 1),
        riff((b"fmt ", fmt()), LIST, (b"data", bytes(32000)), LIST),
        riff((b"data", bytes(32000)), (b"fmt ", fmt())),
        riff((b"fmt ", fmt()), (b"data", bytes(32000))) + b"behind it",
        riff((b"fmt ", extensible(1, channels=2)), (b"data", bytes(64000))),
    ],
    ids=["plain", "odd", "chunks", "the other way round", "something behind", "extensible"],
)
def test_a_right_header_is_left_alone(received: bytes) -> None:
    assert b"".join(sized(received)) == received
    assert unsized(received) == received


def test_an_odd_number_of_bytes_is_padded() -> None:
    whole = riff((b"fmt ", fmt(bits=8)), LIST, (b"data", bytes(range(1, 256)) * 101))
    received = streamed(whole, 0xFFFFFFFF, 0xFFFFFFFF)[:-1]
    output = b"".join(sized(received))
    assert len(walked(output)[b"data"]) == 255 * 101
    assert unsized(output) == received


def test_half_a_sample_at_the_end_is_kept_aside() -> None:
    received = streamed(wav(16000, 2, 1.0), 0, 0) + b"abc"
    output = b"".join(sized(received))
    assert len(walked(output)[b"data"]) == 64000
    assert unsized(output) == received


def test_a_wrong_size_of_the_file_alone_is_mended_around_what_follows_the_samples() -> None:
    right = riff((b"fmt ", fmt()), (b"data", bytes(32000)), LIST)
    received = b"RIFF" + b"\xff" * 4 + right[8:] + b"junk\xff\xff\xff\x7fcut"
    output = b"".join(sized(received))
    assert walked(output).keys() == {b"fmt ", b"data", b"LIST", b"sgbh"}
    assert unsized(output) == received


def test_samples_that_are_missing_are_a_shortfall_and_not_in_the_output() -> None:
    received = wav(16000, 2, 2.0)[:-20_002]
    inspected = inspect(received, ASKED)
    assert inspected.info.seconds == pytest.approx(1.687, abs=0.001)
    assert inspected.shortfalls == (
        "the WAV file ends early: 107,998 of 128,000 bytes of samples are there",
    )
    output = b"".join(sized(received))
    assert len(walked(output)[b"data"]) == 107_996
    assert inspect(output, ASKED).shortfalls == ()
    assert unsized(output) == received


def test_an_output_that_comes_back_as_an_answer_is_taken_as_any_other() -> None:
    once = b"".join(sized(streamed(wav(), 0, 0)))
    again = streamed(once, 0xFFFFFFFF, 32000)
    assert unsized(b"".join(sized(again))) == again


def test_a_chunk_of_ours_that_is_damaged_changes_nothing() -> None:
    output = b"".join(sized(streamed(wav(), 0, 0)))
    for damaged in (output[:-1], output + b"x", output.replace(b"songbatch", b"somebody!")):
        assert unsized(damaged) == damaged


SIZE = st.one_of(st.sampled_from(STREAMED), st.integers(0, 2**32 - 1), st.integers(0, 9000))
NAME = st.sampled_from([b"LIST", b"junk", b"data", b"fact", b"sgbh"])
CHUNK = st.tuples(NAME, st.binary(max_size=40), SIZE) | st.tuples(NAME, st.binary(max_size=40))


@given(
    layout=st.sampled_from(
        [fmt(), fmt(bits=8), fmt(bits=24, channels=2), fmt(3, bits=64), extensible(1, channels=6)]
    ),
    samples=st.binary(min_size=48, max_size=4000),
    before=st.lists(CHUNK.filter(lambda chunk: chunk[0] != b"data"), max_size=3),
    after=st.lists(CHUNK, max_size=3),
    declared=st.none() | SIZE,
    file_size=st.none() | SIZE,
    behind=st.binary(max_size=20),
)
def test_any_answer_can_be_had_back_and_its_output_tells_the_truth(
    layout: bytes,
    samples: bytes,
    before: list[tuple[bytes, bytes]],
    after: list[tuple[bytes, bytes]],
    declared: int | None,
    file_size: int | None,
    behind: bytes,
) -> None:
    data = (b"data", samples) if declared is None else (b"data", samples, declared)
    received = riff((b"fmt ", layout), *before, data, *after) + behind
    if file_size is not None:
        received = b"RIFF" + file_size.to_bytes(4, "little") + received[8:]
    try:
        info = found(received)
    except AudioProblem:
        return
    output = b"".join(sized(received))
    assert found(output) == info
    if output != received:
        walked(output)
        assert unsized(output) == received


def found(data: bytes) -> AudioInfo:
    """Return what bytes are, also where their end is missing."""
    try:
        return probe(data)
    except AudioProblem as problem:
        if problem.info is None or not problem.info.seconds:
            raise
        return problem.info


@pytest.mark.parametrize("file_size", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize("last", [LIST, (b"fact", bytes(4)), (b"odd ", b"three")])
def test_what_stands_behind_a_chunk_without_its_padding_can_be_had_back(
    file_size: int, last: tuple[bytes, bytes]
) -> None:
    unpadded = b"bext" + (603).to_bytes(4, "little") + b"B" * 603
    plain = riff((b"fmt ", fmt(1, 1, 16000, 8)), (b"data", bytes([128]) * 16000))
    behind = riff(last)[12:]
    received = plain[:4] + file_size.to_bytes(4, "little") + plain[8:] + unpadded + behind
    output = b"".join(sized(received))
    assert list(walked(output)) == [b"fmt ", b"data", b"bext", b"sgbh"]
    assert unsized(output) == received
    assert probe(output) == probe(received)
