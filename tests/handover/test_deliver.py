"""`songbatch deliver`: an EP of drafts, judged by ffmpeg, flac, mutagen, coreutils and unzip."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest

from songbatch.mastering.fades import falling, rising
from support.kit import Project
from tests.audio.pictures import png
from tests.mastering.judges import ebur128, needs_ffmpeg, samples

SPEC = """\
version: 1
title: Porch EP
references:
  porch: {file: references/porch.mp3, purpose: song}
defaults:
  reference: porch
  tags: {artist: The Porch, genre: Folk, year: 2026}
album:
  label: Porch Records
  upc: "036000291452"
  cover: cover.png
  sequence:
    - harbour
    - {song: lanterns, title: "Lanterns: by night", isrc: US-ABC-26-00001, crossfade: 1.5}
    - {song: window, gap: 0.25}
    - home
  loudness: {target: -16}
  formats: [wav16, wav24, flac, mp3]
songs:
  lanterns: {lyrics: "Light the lanterns, pull a chair,\\nthere is room for everyone here."}
  harbour: {lyrics: "Down at the harbour the boats come in,\\nthe gulls and the evening begin."}
  window: {bpm: 70, lyrics: "A window is open, the rain has gone by."}
  home: {lyrics: "Old friends, new friends, all of us home."}
"""
SEQUENCE = SPEC[SPEC.index("  sequence:") : SPEC.index("  loudness:")]
SHORT = SPEC.replace(SEQUENCE, "  sequence: [lanterns, home]\n").replace(
    "[wav16, wav24, flac, mp3]", "[wav24]\n  whole: []"
)
"""Two songs in one format: quick to master."""
ORDER = ["01 - Harbour", "02 - Lanterns- by night", "03 - Window", "04 - Home"]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("rendered"))
    porch = Path("pipeline/songbatch/starter/project/specs/references/porch.mp3").read_bytes()
    project.write("specs/references/porch.mp3", porch).write("specs/ep.yaml", SPEC)
    project.write("specs/cover.png", png(1500, 1500))
    assert project.run("render").status == 0
    return project.root


@pytest.fixture(scope="module")
def delivered(rendered: Path) -> Path:
    result = Project(rendered).run("deliver")
    assert result.status == 0, result
    assert "check it anywhere: songbatch verify delivered/ep\n" in result.stdout
    return rendered / "delivered/ep"


@pytest.fixture
def own(rendered: Path, delivered: Path, tmp_path: Path) -> Project:
    """A copy of the project that a test may change; without what was mastered."""
    ignore = shutil.ignore_patterns("delivered", "mastering")
    shutil.copytree(rendered, tmp_path / "own", ignore=ignore)
    return Project(tmp_path / "own")


def record(package: Path) -> dict[str, Any]:
    found = json.loads((package / "package.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_songs_are_in_their_order_under_names_that_every_system_takes(delivered: Path) -> None:
    for form, ending in (("wav16", "wav"), ("wav24", "wav"), ("flac", "flac"), ("mp3", "mp3")):
        names = sorted(path.name for path in (delivered / form).iterdir())
        assert names == [f"{name}.{ending}" for name in ORDER]
    assert (delivered / "whole/Porch EP.wav").exists()


@needs_ffmpeg
def test_ffmpeg_measures_what_the_package_records(delivered: Path) -> None:
    told = record(delivered)
    assert told["levels"]["loudness_lufs"] == pytest.approx(-16, abs=0.05)
    for file in told["files"]:
        if file.get("format"):
            loud, peak = ebur128(delivered / file["path"])
            assert loud == pytest.approx(file["loudness_lufs"], abs=0.1), file
            assert peak == pytest.approx(file["true_peak_dbtp"], abs=0.2), file
            assert peak <= -1 + 0.1
    assert ebur128(delivered / "whole/Porch EP.wav")[0] == pytest.approx(-16, abs=0.15)
    assert len({track["gain_db"] for track in told["tracks"]}) == 1


@pytest.mark.skipif(shutil.which("flac") is None, reason="needs flac")
def test_flac_tests_its_files_and_has_the_samples_of_the_wav(delivered: Path) -> None:
    for path in sorted((delivered / "flac").iterdir()):
        subprocess.run(["flac", "-s", "-t", path], check=True)
        raw = ["flac", "-s", "-d", "-c", "--force-raw-format", "--endian=little", "--sign=signed"]
        data = subprocess.run([*raw, path], capture_output=True, check=True).stdout
        wav = samples(delivered / "wav24" / f"{path.stem}.wav")
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3)
        assert np.array_equal(parts[:, 0], (wav.reshape(-1) & 255).astype(np.uint8))
        assert len(parts) == wav.size


def test_the_whole_is_the_sum_of_the_masters_to_the_sample(delivered: Path) -> None:
    whole, told = samples(delivered / "whole/Porch EP.wav"), record(delivered)["tracks"]
    sixteen = [samples(delivered / f"wav16/{name}.wav") for name in ORDER]
    masters = [samples(delivered / f"wav24/{name}.wav") / 256 for name in ORDER]
    joins = [(2.0, 0), (0, 1.5), (0.25, 0), (0, 0)]
    start = before = 0
    ending = masters[0][:0]
    for track, own, master, (gap, overlap) in zip(told, sixteen, masters, joins, strict=True):
        assert round(track["start_seconds"] * 44100) == start
        cross = round(overlap * 44100)
        end = start + len(own)
        alone = slice(start + before, end - cross)
        assert np.array_equal(whole[alone], own[before : len(own) - cross])
        silent = whole[end : end + round(gap * 44100)]
        assert len(silent) == round(gap * 44100)
        assert not silent.any()
        if before:
            mixed = ending * falling(before) + master[:before] * rising(before)
            assert np.abs(whole[start : start + before] - mixed).max() <= 1.6
        ending, before = master[len(master) - cross :], cross
        start = end + len(silent) - cross
    assert len(whole) == end


def test_files_say_what_they_are(delivered: Path) -> None:
    for form, ending in (("flac", "flac"), ("mp3", "mp3")):
        tags = mutagen.File(delivered / form / f"{ORDER[1]}.{ending}", easy=True)
        assert tags["title"] == ["Lanterns: by night"]
        assert tags["artist"] == ["The Porch"]
        assert tags["album"] == ["Porch EP"]
        assert tags["tracknumber"][0].split("/")[0] == "2"
        assert tags["isrc"] == ["USABC2600001"]
    picture = mutagen.File(delivered / f"mp3/{ORDER[0]}.mp3").tags.getall("APIC")[0]
    assert picture.data == png(1500, 1500) == (delivered / "cover.png").read_bytes()
    cue = (delivered / "whole/Porch EP.cue").read_text("utf-8")
    assert 'FILE "Porch EP.wav" WAVE' in cue
    assert "CATALOG 0036000291452" in cue
    assert "REM DATE 2026" in cue
    timed = (delivered / f"lyrics/{ORDER[3]}.lrc").read_text("utf-8")
    assert ">friends, <" in timed


def test_checksums_are_those_of_coreutils(delivered: Path) -> None:
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=delivered, check=True)
    listed = {line[66:] for line in (delivered / "SHA256SUMS").read_text("utf-8").splitlines()}
    there = {p.relative_to(delivered).as_posix() for p in delivered.rglob("*") if p.is_file()}
    assert there - listed == {"SHA256SUMS"}


def test_equal_albums_are_equal_bytes_also_on_a_machine_that_has_mastered_nothing(
    own: Project, delivered: Path
) -> None:
    made = own.run("deliver", "ep", "-o", "../ep.zip")
    assert made.status == 0, made
    first = (own.root / "../ep.zip").read_bytes()
    assert own.run("deliver", "ep", "-o", "../ep.zip").status == 0
    assert (own.root / "../ep.zip").read_bytes() == first
    with zipfile.ZipFile(own.root / "../ep.zip") as archive:
        assert archive.testzip() is None
        for info in archive.infolist():
            assert archive.read(info) == (delivered / info.filename).read_bytes(), info.filename
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
    verified = own.run("verify", "ep.zip", cwd=own.root.parent)
    assert verified == type(verified)(
        0, "ep.zip: Porch EP, 4 tracks, 41 files: all as recorded.\n", ""
    )


def test_another_title_masters_nothing_again(rendered: Path, tmp_path: Path) -> None:
    project = Project(rendered)
    mastering = {p: p.stat().st_ino for p in (rendered / ".songbatch/mastering").iterdir()}
    try:
        project.replace("specs/ep.yaml", "Lanterns: by night", "Lanterns, later")
        result = project.run("deliver", "-o", str(tmp_path / "again"))
        assert result.status == 0, result
    finally:
        project.write("specs/ep.yaml", SPEC)
    after = {p: p.stat().st_ino for p in (rendered / ".songbatch/mastering").iterdir()}
    assert after == mastering
    tags = mutagen.File(tmp_path / "again/mp3/02 - Lanterns, later.mp3", easy=True)
    assert tags["title"] == ["Lanterns, later"]
    one, other = (rendered / "delivered/ep", tmp_path / "again")
    assert np.array_equal(
        samples(one / f"wav16/{ORDER[1]}.wav"), samples(other / "wav16/02 - Lanterns, later.wav")
    )


def test_a_folder_with_other_files_stays_and_a_package_is_replaced(own: Project) -> None:
    own.write("specs/ep.yaml", SHORT)
    own.write("mine/diary.txt", "dear diary")
    refused = own.run("deliver", "-o", "mine")
    assert refused.status == 2
    assert "has files that are not of a package: diary.txt" in refused.stderr
    assert own.run("deliver").status == 0
    own.write("delivered/ep/wav24/.DS_Store", "")
    own.write("specs/ep.yaml", SHORT.replace("[lanterns, home]", "[home]"))
    assert own.run("deliver").status == 0
    assert [p.name for p in (own.root / "delivered/ep/wav24").iterdir()] == ["01 - Home.wav"]
    own.write("delivered/ep/mine.txt", "")
    assert own.run("deliver").status == 2
    own.write("notes.zip", "no zip")
    assert "is no package of songbatch" in own.run("deliver", "-o", "notes.zip").stderr
    assert sorted(p.name for p in own.root.iterdir() if p.name.endswith((".part", ".old"))) == []


def test_what_takes_a_while_is_told_and_what_was_killed_is_tidied_up(own: Project) -> None:
    own.write("specs/ep.yaml", SHORT)
    told = own.run("deliver").stderr
    for line in ("measure  Lanterns\n", "encode   Home: wav24\n", "write    delivered/ep\n"):
        assert f"  {line}" in told
    again = own.run("deliver")
    assert again.stderr == "  write    delivered/ep\n"
    folder = own.root / "delivered"
    left, works = folder / ".ep.0123abcd.part", folder / ".ep.4567abcd.part"
    for part in (left, works):
        shutil.copytree(folder / "ep", part)
    for path in (left, *left.rglob("*")):
        os.utime(path, (0, 0))
    (folder / "ep").rename(folder / ".ep.89abcdef.part.old")  # killed between two renames
    assert own.run("deliver").status == 0
    assert sorted(p.name for p in folder.iterdir()) == [works.name, "ep"]


def test_what_is_in_the_way_is_told_all_at_once_with_commands(own: Project) -> None:
    text = SPEC.replace("Old friends", "Dear friends").replace("window: {", "window: {takes: 2, ")
    own.write("specs/ep.yaml", text.replace("    - home\n", "    - home\n    - extra\n"))
    own.write(
        "specs/ep.yaml",
        (own.root / "specs/ep.yaml").read_text("utf-8") + "  extra: {lyrics: la la la}\n",
    )
    result = own.run("deliver", "ep")
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr == (
        "error: ep/window has 2 takes, and none is picked\n"
        "  fix: pick one: songbatch report --serve; or write it into the sequence: window/1\n"
        "error: ep/home/1 was rendered before its lyrics changed\n"
        "  fix: songbatch render ep/home/1; "
        "or pick the take that there is: songbatch report --serve\n"
        "error: ep/extra/1 is not rendered yet on sketch\n"
        "  fix: songbatch render ep/extra/1\n"
    )


def test_a_pick_decides_also_against_the_spec(own: Project) -> None:
    entry = own.entries("ep", "sketch")["ep/home/1"]
    own.write(
        "specs/ep.yaml",
        SPEC.replace("Old friends", "Dear friends").replace("window: {", "window: {takes: 2, "),
    )
    opinions = [
        {"render": name, "engine": "sketch", "audio_sha256": audio, "pick": True}
        for name, audio in (
            ("ep/home/1", entry["audio_sha256"]),
            ("ep/window/1", own.entries("ep", "sketch")["ep/window/1"]["audio_sha256"]),
        )
    ]
    own.write("specs/selects.yaml", json.dumps({"version": 1, "listeners": {"ann": opinions}}))
    result = own.run("deliver", "--check")
    assert result.status == 0, result
    assert not (own.root / "delivered").exists()
    assert "4  Home " in result.stdout


def test_an_album_of_several_specs_is_a_file_of_its_own(own: Project) -> None:
    own.write(
        "specs/albums/best.yaml",
        "version: 1\nsequence: [ep/home, ep/window]\nformats: [flac]\nwhole: []\n",
    )
    assert own.run("check").status == 0
    assert own.run("deliver").status == 2  # which?
    result = own.run("deliver", "best")
    assert result.status == 0, result
    assert sorted(p.name for p in (own.root / "delivered/best/flac").iterdir()) == [
        "01 - Home.flac",
        "02 - Window.flac",
    ]
    assert record(own.root / "delivered/best")["title"] == "best"


def test_an_album_that_cannot_be_as_loud_says_so_and_a_limiter_helps(own: Project) -> None:
    own.write(
        "specs/ep.yaml",
        SHORT.replace("target: -16", "target: -9"),
    )
    short = own.run("deliver")
    assert (
        "LU below the target of -9 LUFS: peaks reach the bound of -1 dBTP; use --limiter"
        in short.stdout
    )
    limited = own.run("deliver", "--limiter")
    assert limited.status == 0, limited
    assert "limited" in limited.stdout
    assert "below the target" not in limited.stdout
    told = record(own.root / "delivered/ep")
    assert told["levels"]["loudness_lufs"] == pytest.approx(-9, abs=0.05)
    assert told["levels"]["true_peak_dbtp"] <= -0.95
    if shutil.which("ffmpeg"):
        for file in (own.root / "delivered/ep/wav24").iterdir():
            assert ebur128(file)[1] <= -0.9
