"""Recordings of every kind against independent decoders: ffmpeg, sox and flac, where installed."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from songbatch.audio.errors import AudioProblem
from songbatch.audio.probe import probe
from songbatch.audio.recordings import MOST_SECONDS, recognise, taken
from songbatch.model import RecordingCut
from tests.audio.making import fmt, mp3, riff, wave_file

RATE = 22050
SECONDS = 3.0
TIMES = np.arange(int(RATE * SECONDS)) / RATE
STEREO = np.stack([np.sin(2 * np.pi * 220 * TIMES), np.sin(2 * np.pi * 331 * TIMES)], axis=1) * 0.4
CUT = RecordingCut(501, 2240)

LIBRARY = {
    "FLAC, 16 bits": ("FLAC", "PCM_16"),
    "FLAC, 24 bits": ("FLAC", "PCM_24"),
    "AIFF": ("AIFF", "PCM_24"),
    "AIFF, floats": ("AIFF", "FLOAT"),
    "Wave64": ("W64", "PCM_16"),
    "CAF": ("CAF", "PCM_32"),
    "CAF, ALAC": ("CAF", "ALAC_16"),
    "AU": ("AU", "PCM_16"),
    "AU, µ-law": ("AU", "ULAW"),
    "WAV, IMA ADPCM": ("WAV", "IMA_ADPCM"),
    "WAV, GSM": ("WAV", "GSM610"),
    "Ogg Vorbis": ("OGG", "VORBIS"),
}


def made(kind: str, subtype: str, sound: NDArray[np.float64] = STEREO, rate: int = RATE) -> bytes:
    out = io.BytesIO()
    sound = sound[:, :1] if subtype == "GSM610" else sound
    soundfile.write(out, sound, rate, format=kind, subtype=subtype)
    return out.getvalue()


def samples(data: bytes, dtype: str = "float64") -> NDArray[np.float64]:
    """Return samples as libsndfile reads them, which judges what the own head says."""
    sound: NDArray[np.float64] = soundfile.read(io.BytesIO(data), dtype=dtype, always_2d=True)[0]
    return sound


@pytest.mark.parametrize("kind", LIBRARY)
def test_what_the_library_reads_becomes_a_wav_of_the_same_samples(kind: str) -> None:
    data = made(*LIBRARY[kind])
    recording, wav = recognise(data), taken(data)
    assert probe(wav).seconds == pytest.approx(recording.info.seconds, abs=0.02)
    step = 1 / 32768 if "Vorbis" in kind else 0
    np.testing.assert_allclose(samples(wav), samples(data)[: len(samples(wav))], atol=step)
    first, end = round(0.501 * RATE), round(2.24 * RATE)
    np.testing.assert_allclose(samples(taken(data, CUT)), samples(data)[first:end], atol=step)
    assert taken(data) == wav


def test_big_endian_wav_is_taken() -> None:
    with wave.open(io.BytesIO(wave_file(STEREO, RATE, 1, 16))) as file:
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    out = io.BytesIO()
    soundfile.write(out, values.reshape(-1, 2), RATE, format="WAV", subtype="PCM_16", endian="BIG")
    assert out.getvalue()[:4] == b"RIFX"
    np.testing.assert_array_equal(samples(taken(out.getvalue()), "int16").ravel(), values)


def test_wav_and_mp3_that_are_taken_stay_as_they_are() -> None:
    for data in (wave_file(STEREO, RATE, 1, 16), wave_file(STEREO, RATE, 3, 32), mp3(seconds=2)):
        assert taken(data) is data


@pytest.mark.parametrize(("encoding", "bits"), [(1, 16), (1, 24), (3, 32)])
def test_a_part_of_a_wav_is_cut_to_the_sample(encoding: int, bits: int) -> None:
    data = wave_file(STEREO, RATE, encoding, bits)
    part = taken(data, CUT)
    expected = samples(data)[round(0.501 * RATE) : round(2.24 * RATE)]
    np.testing.assert_array_equal(samples(part), expected)
    assert taken(data, RecordingCut(1000)) == taken(data, RecordingCut(1000, 3000))


def test_a_part_of_an_mp3_becomes_a_wav() -> None:
    data = mp3(44100, 128, 1, 3.0)
    part, whole = taken(data, RecordingCut(1000, 2000)), taken(data, RecordingCut(0, 3000))
    assert probe(part).seconds == 1.0
    expected = samples(whole, "int16")[44100:88200]
    np.testing.assert_array_equal(samples(part, "int16"), expected)


def test_a_flac_of_a_pipe_says_nothing_of_its_length() -> None:
    data = bytearray(made("FLAC", "PCM_16"))
    data[18:26] = (int.from_bytes(data[18:26], "big") >> 36 << 36).to_bytes(8, "big")
    assert recognise(bytes(data)).info.seconds == pytest.approx(SECONDS)
    np.testing.assert_array_equal(samples(taken(bytes(data))), samples(made("FLAC", "PCM_16")))


def silent_flac(seconds: int) -> bytes:
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", 1000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(seconds // 600):
            file.write(np.zeros(600_000, np.int16))
    return out.getvalue()


HOSTILE = {
    "ten hours": lambda: silent_flac(36000),
    "64 channels": lambda: made("CAF", "PCM_16", np.zeros((RATE, 64))),
    "no frames": lambda: made("AIFF", "PCM_16", np.zeros((0, 1))),
    "a FLAC that is cut off": lambda: made("FLAC", "PCM_16")[:20000],
    "a head alone": lambda: made("FLAC", "PCM_16")[:60],
    "an Ogg of nothing": lambda: b"OggS" + bytes(100),
    "an MP4 of nothing": lambda: b"\0\0\0\x20ftypM4A " + bytes(100),
    "a WAV of another codec": lambda: riff((b"fmt ", fmt(0x7777)), (b"data", bytes(9000))),
}
SAID = {
    "ten hours": "lasts 10 h 0 min; at most 6 h 0 min are taken",
    "64 channels": "has 64 channels; at most 8 are taken",
    "no frames": "holds no samples",
    "a FLAC that is cut off": "ends early",
    "a head alone": "cannot read it",
    "an Ogg of nothing": "ffmpeg",
    "an MP4 of nothing": "ffmpeg",
    "a WAV of another codec": "plain samples are needed",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_cannot_be_used_is_refused_in_words(what: str) -> None:
    data = HOSTILE[what]()
    with pytest.raises(AudioProblem, match=SAID[what]) as caught:
        taken(data)
    assert caught.value.fix


def test_what_is_long_is_taken_in_parts() -> None:
    data = silent_flac(5 * 3600)
    assert recognise(data).info.seconds == 5 * 3600 < MOST_SECONDS
    assert probe(taken(data, RecordingCut(4 * 3_600_000, 4 * 3_600_000 + 20_000))).seconds == 20


def test_what_would_be_too_large_is_not_begun() -> None:
    data = bytearray(made("FLAC", "PCM_16"))
    frames = int.from_bytes(data[18:26], "big") >> 36 << 36 | 5 * 3600 * RATE
    data[18:26] = frames.to_bytes(8, "big")
    with pytest.raises(AudioProblem, match="more than 256 MiB"):
        taken(bytes(data))


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (RecordingCut(3000), "from 0:03 is behind its end: it lasts 0:03"),
        (RecordingCut(0, 3100), "to 0:03.1 is behind its end"),
    ],
)
def test_a_part_is_inside_the_recording(cut: RecordingCut, words: str) -> None:
    for data in (made("FLAC", "PCM_16"), wave_file(STEREO, RATE, 1, 16)):
        with pytest.raises(AudioProblem, match=words) as caught:
            taken(data, cut)
        assert caught.value.code == "cut"


def needs(*tools: str) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


def ran(*arguments: str) -> bytes:
    return subprocess.run(arguments, check=True, capture_output=True, timeout=60).stdout


WITH_FFMPEG = {
    "m4a": (), "alac.m4a": ("-c:a", "alac"), "aac": (), "wma": (), "webm": (), "mka": (),
    "mp4": ("-f", "lavfi", "-i", "color=c=blue:s=64x64", "-shortest"), "wv": (), "avi": (),
}  # fmt: skip


@needs("ffmpeg", "ffprobe")
@pytest.mark.parametrize("ending", WITH_FFMPEG)
def test_what_ffmpeg_reads_is_what_ffmpeg_says(tmp_path: Path, ending: str) -> None:
    source, target = tmp_path / "a.wav", tmp_path / f"-a.{ending}"
    source.write_bytes(wave_file(STEREO, RATE, 1, 16))
    options = WITH_FFMPEG[ending]
    before, after = (options, ()) if options[:1] == ("-f",) else ((), options)
    ran("ffmpeg", "-v", "error", "-i", str(source), *before, *after, str(target))
    data = target.read_bytes()
    raw = ("-map", "0:a:0", "-f", "s16le", "-c:a", "pcm_s16le", "-")
    judged = np.frombuffer(ran("ffmpeg", "-v", "error", "-i", str(target), *raw), "<i2")
    judged = judged.reshape(-1, probe(taken(data)).channels)
    made_of_it = samples(taken(data), "int16")
    assert abs(len(made_of_it) - len(judged)) < 0.1 * RATE
    count = min(len(made_of_it), len(judged))
    np.testing.assert_array_equal(made_of_it[:count], judged[:count])
    rate = probe(taken(data)).sample_rate
    first = (CUT.from_ms * rate + 500) // 1000
    part = samples(taken(data, CUT), "int16")
    np.testing.assert_array_equal(part, judged[first : first + len(part)])
    assert probe(taken(data, CUT)).seconds == pytest.approx(1.739, abs=0.001)


@needs("ffmpeg", "ffprobe")
def test_a_video_without_sound_is_told(tmp_path: Path) -> None:
    target = tmp_path / "v.mp4"
    ran("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=blue:s=64x64:d=1", str(target))
    with pytest.raises(AudioProblem, match="without sound"):
        recognise(target.read_bytes())


def test_without_ffmpeg_there_is_a_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AudioProblem, match="ffmpeg is not installed") as caught:
        recognise(b"\0\0\0\x20ftypM4A " + bytes(100))
    assert caught.value.installs
    assert "install ffmpeg" in caught.value.fix
    assert caught.value.converter == "ffmpeg -i {file} -c:a pcm_s16le {wav}"


@needs("flac")
def test_flac_says_the_same(tmp_path: Path) -> None:
    target = tmp_path / "a.flac"
    target.write_bytes(made("FLAC", "PCM_24"))
    judged = ran("flac", "-s", "-d", "-c", str(target))
    np.testing.assert_array_equal(samples(taken(target.read_bytes())), samples(judged))


@needs("sox")
def test_sox_says_the_same_of_aifc_and_cuts_it_alike(tmp_path: Path) -> None:
    source, target = tmp_path / "a.wav", tmp_path / "a.aifc"
    source.write_bytes(wave_file(STEREO, RATE, 1, 16))
    ran("sox", str(source), str(target))
    part = tmp_path / "part.wav"
    ran("sox", str(target), str(part), "trim", f"{round(0.501 * RATE)}s", f"={round(2.24 * RATE)}s")
    np.testing.assert_array_equal(
        samples(taken(target.read_bytes(), CUT)), samples(part.read_bytes())
    )


def test_no_damaged_head_speaks_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """The library asks for places in a file from C, where exceptions are printed."""
    lies = (b"\xff" * 8, b"\x80" + bytes(7), bytes(7) + b"\x80", bytes(8))
    for name in ("AIFF", "Wave64", "CAF"):
        data = made(*LIBRARY[name], STEREO[:2000])
        for place in range(8, 56, 8):
            for lie in lies:
                with contextlib.suppress(AudioProblem):
                    recognise(data[:place] + lie + data[place + 8 :])
    assert capfd.readouterr() == ("", "")
