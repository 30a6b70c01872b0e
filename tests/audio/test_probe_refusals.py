"""Files that are neither WAV nor MP3 are named; hostile bytes cost little."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songbatch.audio.probe import AudioProblem, probe
from songbatch.model import AudioInfo
from tests.audio.making import id3, mp3, wav

FOREIGN = {
    b"OggS\0\2": "an Ogg file",
    b"fLaC\0\0\0\x22": "a FLAC file",
    b"\0\0\0\x20ftypM4A ": "an MP4 or M4A file",
    b"FORM\0\0\0\0AIFF": "an AIFF file",
    b"\xff\xf1\x50\x80\x04\x3f\xfc": "an AAC file",
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"): "a WMA or WMV file",
    b"RIFF\0\0\0\0AVI LIST": "a RIFF file, but not WAV",
    b"%PDF-1.7": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"<!DOCTYPE html>\n<p>404": "a web page",
    b'\n{"error": "gone"}': "a JSON text",
    "Grüße an alle".encode(): "a text",
    b"version https://git-lfs.github.com/spec/v1\n": "a Git LFS pointer",
    id3(b"x") + b"fLaC\0\0\0\x22": "a FLAC file",
}


@pytest.mark.parametrize(("data", "name"), FOREIGN.items(), ids=FOREIGN.values())
def test_other_files_are_named(data: bytes, name: str) -> None:
    with pytest.raises(AudioProblem) as caught:
        probe(data)
    assert caught.value.code == "not-audio"
    assert f"is {name}" in str(caught.value)
    assert caught.value.fix


def test_nothing_is_empty() -> None:
    with pytest.raises(AudioProblem, match="empty") as caught:
        probe(b"")
    assert caught.value.code == "empty"


# Headers by hand: lameenc makes Layer III only.
RELATIVES = {
    "Layer II": (bytes([0xFF, 0xFD, 0x80, 0x00]).ljust(417, b"\0") * 4, "Layer II"),
    "Layer I": (bytes([0xFF, 0xFF, 0x94, 0x00]).ljust(288, b"\0") * 4, "Layer I"),
    "free format": (bytes([0xFF, 0xFB, 0x00, 0x00]).ljust(400, b"\0") * 4, "free-format"),
}


@pytest.mark.parametrize(("data", "words"), RELATIVES.values(), ids=RELATIVES)
def test_relatives_of_mp3_are_named(data: bytes, words: str) -> None:
    with pytest.raises(AudioProblem, match=words) as caught:
        probe(data)
    assert caught.value.code == "unsupported"


MEBI = 1 << 20
HOSTILE = {
    "all ones": b"\xff" * (64 * MEBI),
    "headers that lead nowhere": b"\xff\xfb\x90\x00" * (16 * MEBI),
    "empty ID3 tags": id3() * (3 * MEBI),
    "ID3v1 tags": (b"TAG" + bytes(125)) * 200_000,
    "WAVE chunks": b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * (4 * MEBI),
    "music, then headers": mp3() + b"\xff\xfb\x90\x00" * (4 * MEBI),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_are_refused_quickly(data: bytes) -> None:
    begin = time.process_time()
    with pytest.raises(AudioProblem):
        probe(data)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_music(seed: int) -> None:
    with pytest.raises(AudioProblem, match="neither WAV nor MP3"):
        probe(b"\0" + random.Random(seed).randbytes(300_000))


def measured_or_refused(data: bytes) -> None:
    """Check that a measurement or one well-formed problem comes out; anything else flies."""
    try:
        info = probe(data)
    except AudioProblem as caught:
        problem = caught
    else:
        assert isinstance(info, AudioInfo)
        assert info.seconds > 0
        assert info.sample_rate > 0
        return
    assert problem.code in AudioProblem.FIXES
    assert "\n" not in str(problem)


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    measured_or_refused(data)


PREFIXES = [b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt ", b"ID3\4\0\0", b"\xff\xfb\x90\xc0"]


@given(st.sampled_from(PREFIXES), st.binary(max_size=200), st.sampled_from([b"", b"APETAGEX"]))
def test_promising_beginnings(prefix: bytes, data: bytes, tail: bytes) -> None:
    measured_or_refused(prefix + data + tail + data[:24])


@given(st.sampled_from(["mp3", "wav"]), st.data())
@settings(max_examples=200)
def test_mutated_files(kind: str, draw: st.DataObject) -> None:
    data = bytearray(mp3() if kind == "mp3" else wav(seconds=0.1))
    for _ in range(draw.draw(st.integers(1, 8))):
        position = draw.draw(st.integers(0, len(data) - 1) | st.integers(0, 60))
        data[position] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.integers(0, len(data)))
    measured_or_refused(bytes(data))
    measured_or_refused(bytes(data[:cut]))
    measured_or_refused(bytes(data[cut:]))
