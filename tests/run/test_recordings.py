"""Recordings of every kind as references: what a plan says, what a run does, and does once."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from support.contract.audio import tone
from support.kit import Project

if TYPE_CHECKING:
    from support.contract.server import ContractServer

SPEC = """\
version: 1
references:
  take: {file: take.flac, purpose: song}
songs:
  dawn: {reference: take, lyrics: "the kettle sings"}
"""
CUT = SPEC.replace("purpose: song", "purpose: song, from: 0:02.5, to: 0:18.75")


def flac(seconds: float = 20.0) -> bytes:
    times = np.arange(int(seconds * 16000)) / 16000
    beats = np.exp(-np.mod(times, 0.5) * 8)
    out = io.BytesIO()
    sound = 0.4 * np.sin(2 * np.pi * 220 * times) * beats
    soundfile.write(out, sound, 16000, format="FLAC", subtype="PCM_16")
    return out.getvalue()


@pytest.fixture
def songs(project: Project) -> Project:
    return project.write("specs/take.flac", flac()).write("specs/demo.yaml", SPEC)


def kept(project: Project) -> list[Path]:
    return sorted((project.root / ".songbatch" / "converted").glob("*.wav"))


def test_a_flac_is_converted_once(songs: Project) -> None:
    planned = songs.run("plan").stdout
    assert "  convert  specs/take.flac: WAV for upload\n" in planned
    assert "1 to convert, 1 to upload, 1 to render" in planned
    rendered = songs.run("render")
    assert rendered.status == 0, rendered
    assert "  convert  specs/take.flac\n" in rendered.stdout
    wav, _ = soundfile.read(kept(songs)[0], dtype="int16")
    flac_, _ = soundfile.read(songs.root / "specs/take.flac", dtype="int16")
    np.testing.assert_array_equal(wav, flac_)
    assert songs.run("render").stdout == "Nothing to do: 1 up to date.\n"
    shutil.rmtree(songs.root / ".songbatch" / "converted")
    (songs.root / ".songbatch" / "index").unlink()
    assert "Nothing to do" in songs.run("render").stdout
    songs.replace("specs/demo.yaml", "kettle", "river")
    again = songs.run("plan").stdout
    assert "convert" not in again
    assert "upload " not in again


def test_equal_samples_are_the_same_song_under_another_key(songs: Project) -> None:
    sound, rate = soundfile.read(songs.root / "specs/take.flac", dtype="int16")
    soundfile.write(songs.root / "specs/take.wav", sound, rate, subtype="PCM_16")
    songs.run("render")
    of_flac = songs.manifest("demo", "sketch")["renders"][0]
    songs.replace("specs/demo.yaml", "take.flac", "take.wav")
    assert "convert" not in songs.run("render").stdout
    of_wav = songs.manifest("demo", "sketch")["renders"][0]
    assert of_wav["key"] != of_flac["key"]
    assert of_wav["song_sha256"] == of_flac["song_sha256"]
    assert of_wav["audio_sha256"] == of_flac["audio_sha256"]


def test_a_part_is_in_key_manifest_and_explanation(songs: Project) -> None:
    songs.run("render")
    whole = songs.manifest("demo", "sketch")["renders"][0]
    assert set(whole["voice"]) == {"reference", "sha256", "purpose"}
    songs.write("specs/demo.yaml", CUT)
    planned = songs.run("plan").stdout
    assert "convert  specs/take.flac: WAV for upload, from 0:02.5 to 0:18.75\n" in planned
    assert "render   demo/dawn/1: voice and instrumental changed\n" in planned
    assert songs.run("render").status == 0
    part = songs.manifest("demo", "sketch")["renders"][0]
    assert part["voice"]["from_ms"], part["voice"]["to_ms"] == (2500, 18750)
    assert part["key"] != whole["key"]
    assert "from_ms 2500, to_ms 18750" in songs.run("plan", "--explain", "demo/dawn/1").stdout
    assert [soundfile.info(file).duration for file in kept(songs)].count(16.25) == 1
    assert songs.run("verify").status == 0
    # Back to the whole is free.
    songs.write("specs/demo.yaml", SPEC)
    assert "1 to restore; nothing to pay." in songs.run("plan").stdout


def test_two_parts_are_two_uploads(songs: Project) -> None:
    songs.write(
        "specs/demo.yaml",
        "version: 1\nreferences:\n"
        "  a: {file: take.flac, purpose: song, to: 16}\n"
        "  b: {file: take.flac, purpose: song, from: 4.1}\n"
        "songs:\n  one: {reference: a, lyrics: la}\n  two: {reference: b, lyrics: la}\n",
    )
    plan = json.loads(songs.run("plan", "--json").stdout)["engines"][0]
    assert [(step["from_ms"], step["to_ms"]) for step in plan["conversions"]] == [
        (0, 16000),
        (4100, None),
    ]
    assert len(plan["uploads"]) == 2
    assert songs.run("render").status == 0
    one, two = songs.manifest("demo", "sketch")["renders"]
    assert one["song_sha256"] != two["song_sha256"]


def test_gc_drops_what_no_spec_names(songs: Project) -> None:
    songs.run("render")
    songs.write("specs/demo.yaml", CUT)
    songs.run("render")
    assert len(kept(songs)) == 2
    assert "WAV made of recordings that no spec names: 640.1 kB" in songs.run("gc").stdout
    assert len(kept(songs)) == 1


WRONG = {
    "from: 0:75": 'error[schema.pattern]: not allowed here as written: `from` is "0:75"',
    "from: 0:10, to: 0:05": "error[reference.cut]: the cut is not inside the recording: "
    "from 0:10 to 0:05",
    "to: 0:30": "specs/take.flac: to 0:30 is behind its end: it lasts 0:20",
    "from: 20": "specs/take.flac: from 0:20 is behind its end: it lasts 0:20",
    "to: 5": "specs/take.flac from 0:00 to 0:05 lasts 5.00 s",
    "to: '6:00:01'": "to is 6:00:01",
    "from: -1": "error[schema.range]: out of range: `from` is -1",
}


@pytest.mark.parametrize("keys", WRONG)
def test_a_part_that_cannot_be_is_told_with_its_place(songs: Project, keys: str) -> None:
    songs.replace("specs/demo.yaml", "purpose: song", f"purpose: song, {keys}")
    checked = songs.run("check")
    assert checked.status == 2
    assert WRONG[keys] in checked.stdout
    assert "specs/demo.yaml:3:" in checked.stdout
    assert "  fix: " in checked.stdout


def test_a_part_of_silence_is_told_of(songs: Project) -> None:
    times = np.arange(40 * 16000) / 16000
    sound = np.where(times < 20, np.sin(2 * np.pi * 220 * times) * 0.3, 0.0)
    soundfile.write(songs.root / "specs/take.flac", sound, 16000)
    assert "reference.silent" not in songs.run("check").stdout
    songs.replace("specs/demo.yaml", "purpose: song", "purpose: song, from: 21")
    assert "warning[reference.silent]" in songs.run("check").stdout


def test_an_mp3_is_taken_as_it_is(project: Project) -> None:
    project.write("specs/take.mp3", tone("mp3", 16, 220, 32000, 64000))
    project.write("specs/demo.yaml", SPEC.replace("take.flac", "take.mp3"))
    assert "convert" not in project.run("plan").stdout
    project.replace("specs/demo.yaml", "purpose: song", "purpose: song, from: 1")
    assert "convert  specs/take.mp3: WAV for upload, from 0:01 to the end" in (
        project.run("plan").stdout
    )


def test_conversions_have_a_column_where_engines_are_compared(songs: Project) -> None:
    compared = songs.run("plan", "--engine", "sketch", "--engine", "music-01")
    heads, *rows = compared.stdout.splitlines()[:3]
    assert heads.split()[-2:] == ["to", "convert"], compared
    assert [row.split()[-1] for row in rows] == ["1", "1"]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes it")
def test_what_ffmpeg_made_is_sent_where_there_is_none(
    hosted: Project, contract_server: ContractServer
) -> None:
    source = hosted.write("specs/take.flac", flac()).root / "specs/take.flac"
    command = ["ffmpeg", "-v", "error", "-i", str(source), str(source.with_suffix(".m4a"))]
    subprocess.run(command, check=True, timeout=60)
    text = SPEC.replace("take.flac", "take.m4a").replace(
        "version: 1", "version: 1\nengine: music-01"
    )
    hosted.write("specs/demo.yaml", text)
    assert hosted.run("render", "--no-measure").status == 0
    hosted.replace("specs/demo.yaml", "kettle", "copper kettle")
    contract_server.forget_uploads()
    run = hosted.run("render", "--no-measure", env={"PATH": str(hosted.root)})
    assert run.status == 0, run
    assert len({upload.sha256 for upload in contract_server.uploads}) == 1
    assert len(contract_server.uploads) == 2
