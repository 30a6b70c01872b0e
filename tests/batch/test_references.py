"""References as `check` judges them and `render` follows them: one reader decides for both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.kit import Project
from tests.audio.making import fmt, mp3, riff, sine, wav, wave_file
from tests.audio.odd_files import OddFile, mp3s, wavs

SPEC = """\
version: 1
references: {tune: {file: tune.audio, purpose: song}}
songs:
  dawn: {reference: tune, lyrics: "the kettle sings"}
"""
TUNE = "specs/tune.audio"
RATE = 16000


@pytest.fixture
def songs(project: Project) -> Project:
    return project.write("specs/demo.yaml", SPEC)


FILES = (
    wavs(seconds=11)
    | mp3s(seconds=11)
    | st.builds(
        lambda file, share: OddFile(file.data[: len(file.data) * share // 100], 0, f"{share} %"),
        wavs(seconds=20) | mp3s(seconds=20),
        st.integers(0, 100),
    )
)


@given(file=FILES)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_check_passes_renders_and_what_it_refuses_does_not(
    songs: Project, file: OddFile
) -> None:
    songs.write(TUNE, file.data)
    checked, rendered = songs.run("check"), songs.run("render")
    assert checked.status in {0, 2}, checked
    assert rendered.status == checked.status, (checked, rendered)
    assert "Traceback" not in rendered.stderr


def told(project: Project, data: bytes) -> str:
    project.write(TUNE, data)
    result = project.run("check")
    return result.stdout + result.stderr


SILENT = 0 * sine(440, RATE, 16)
WARNINGS = {
    "silence": (
        wave_file(SILENT, RATE, 1, 16),
        "reference.silent",
        "nothing but digital silence (-inf dBFS)",
    ),
    "near silence": (
        wave_file(sine(90, RATE, 16, 3e-4), RATE, 1, 16),
        "reference.silent",
        "nothing louder than -73",
    ),
    "an offset": (wave_file(SILENT + 0.2, RATE, 1, 16), "reference.silent", "a constant offset"),
    "quiet music": (
        wave_file(sine(440, RATE, 16, 2e-3), RATE, 1, 16),
        "reference.quiet",
        "nothing louder than -57",
    ),
    "opposite sides": (
        wave_file(sine(440, RATE, 16) * np.array([1, -1]), RATE, 1, 16),
        "reference.cancels",
        "next to nothing when it is mixed to mono",
    ),
    "noise": (
        wave_file(np.random.default_rng(1).normal(0, 0.1, (RATE * 16, 1)), RATE, 1, 16),
        "reference.noise",
        "holds no pulse, no note and no voice",
    ),
    "one side": (
        wave_file(sine(440, RATE, 16) * np.array([1, 0]), RATE, 1, 16),
        "reference.one-sided",
        "nothing on its right side",
    ),
    "sizes": (
        riff((b"fmt ", fmt()), (b"data", wav(seconds=16)[44:], 0)),
        "reference.incomplete",
        "never completed",
    ),
    "the last frame": (mp3(seconds=16)[:-9], "reference.incomplete", "ends inside its frame"),
    "one byte": (wav(seconds=16)[:-1], "reference.incomplete", "ends early: 511,999 of 512,000"),
}


@pytest.mark.parametrize(("data", "code", "words"), WARNINGS.values(), ids=WARNINGS)
def test_what_is_missing_is_a_warning(songs: Project, data: bytes, code: str, words: str) -> None:
    printed = told(songs, data)
    assert f"specs/demo.yaml:2:27: warning[{code}]" in printed
    assert words in printed
    assert "0 errors" in printed
    assert songs.run("render").status == 0
    # What is known of its bytes is kept, and told again.
    assert code in songs.run("check").stdout


def test_drums_are_told_of_where_a_voice_is_wanted(songs: Project) -> None:
    noise = np.random.default_rng(1).normal(0, 0.3, RATE * 16)
    hats = noise * np.exp(-np.mod(np.arange(len(noise)), RATE / 4) / 400)
    data = wave_file(hats[:, None], RATE, 1, 16)
    assert "0 warnings" in told(songs, data)
    songs.write("specs/demo.yaml", SPEC.replace("purpose: song", "purpose: voice"))
    printed = told(songs, data)
    assert "warning[reference.no-voice]: no voice is heard in the reference" in printed
    assert "holds nothing that has a pitch as voices have it" in printed


def test_what_is_too_long_is_cut_by_keys_that_can_be_pasted(songs: Project) -> None:
    head = riff((b"fmt ", fmt(rate=8000)), (b"data", bytes(2 * 8000 * 601)))
    printed = told(songs, head)
    assert "error[reference.too-long]" in printed
    assert 'name the part that counts, such as from: "0:00", to: "10:00"; ' in printed
    assert "songbatch analyze specs/tune.audio --suggest proposes a chorus\n" in printed
    part = SPEC.replace("purpose: song", 'purpose: song, from: "0:00", to: "10:00"')
    songs.write("specs/demo.yaml", part)
    assert "0 errors" in songs.run("check").stdout


def test_samples_that_are_no_numbers_are_an_error_with_the_place(songs: Project) -> None:
    sound = sine(440, RATE, 16)
    sound[8 * RATE] = np.nan
    printed = told(songs, wave_file(sound, RATE, 3, 32))
    assert "error[reference.damaged]" in printed
    assert "the sample at 8.000 s is not a number" in printed


@pytest.mark.parametrize(
    ("data", "command"),
    [
        (b"#!AMR\n" + bytes(99), "ffmpeg -i specs/tune.audio -c:a pcm_s16le specs/tune.wav"),
        (riff((b"fmt ", fmt(0x161)), (b"data", bytes(32000))), "ffmpeg -i specs/tune.audio"),
        (bytes([0xFF, 0xFB, 0x00, 0x00]).ljust(400, b"\0") * 4, "mpg123 -w specs/tune.wav"),
    ],
    ids=["AMR", "WMA in WAV", "free format"],
)
def test_what_others_can_convert_comes_with_the_command(
    songs: Project, data: bytes, command: str
) -> None:
    songs.environment["PATH"] = str(songs.root)  # without ffmpeg
    assert command in told(songs, data)


def test_a_picture_has_no_such_command(songs: Project) -> None:
    assert "ffmpeg" not in told(songs, b"\x89PNG\r\n\x1a\n")


def test_a_file_name_with_blanks_can_be_pasted_and_is_not_written_over(songs: Project) -> None:
    songs.replace("specs/demo.yaml", "tune.audio", "'my tune.wav'")
    songs.write("specs/my tune.wav", b"#!AMR\n" + bytes(99))
    songs.environment["PATH"] = str(songs.root)  # without ffmpeg
    said = songs.run("check").stdout
    assert "ffmpeg -i 'specs/my tune.wav' -c:a pcm_s16le 'specs/my tune-pcm.wav'" in said


@pytest.mark.parametrize(
    ("named", "fix"),
    [
        ("Tune.AUDIO", 'did you mean "tune.audio"?'),
        ("tunes.audio", 'did you mean "tune.audio"?'),
        ("elsewhere/tune.audio", "correct the path, or add the file"),
        ("whistle.wav", "correct the path, or add the file"),
    ],
)
def test_a_file_that_is_named_alike_is_offered(songs: Project, named: str, fix: str) -> None:
    songs.write(TUNE, b"")
    songs.replace("specs/demo.yaml", "tune.audio", named)
    result = songs.run("check")
    assert result.status == 2, result
    assert f"fix: {fix}" in result.stdout + result.stderr


def test_a_path_from_the_top_is_told_with_the_one_from_the_spec(songs: Project) -> None:
    spec = songs.root / "specs/demo.yaml"
    written = TUNE.removeprefix("specs/")
    spec.write_text(spec.read_text("utf-8").replace(written, TUNE), "utf-8")
    songs.write(TUNE, wav(seconds=16))
    result = songs.run("check")
    fix = f'did you mean "{written}"? Paths are relative to the spec'
    assert fix in result.stdout + result.stderr
