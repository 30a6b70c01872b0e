"""Videos made by ffmpeg, and looked at with ffprobe."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from songbatch.diagnostics import UsageError
from songbatch.handover.chapters import ffmetadata
from songbatch.handover.video import INSTALL, VideoFailed, VideoJob, make_video
from songbatch.handover.video_file import video_pieces
from tests.audio.pictures import png
from tests.handover.making import ALBUM, FIRST, SECOND, needs, wav_16


def job(folder: Path, name: str, *, cover: bool) -> VideoJob:
    (folder / "- ü.wav").write_bytes(wav_16())
    (folder / "chapters").write_text(ffmetadata(ALBUM), "utf-8")
    (folder / "%03d.png").write_bytes(png(300, 200))
    return VideoJob(
        audio=str(folder / "- ü.wav"),
        chapters=str(folder / "chapters"),
        cover=str(folder / "%03d.png") if cover else None,
        to=str(folder / name),
        seconds=2.0,
    )


def probe(path: Path) -> Any:
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-show_chapters"]
    said = subprocess.run(
        [*command, "-of", "json", str(path)], check=True, capture_output=True, timeout=60
    )
    return json.loads(said.stdout)


@needs("ffmpeg", "ffprobe")
@pytest.mark.parametrize("cover", [True, False])
def test_a_video_is_as_its_site_wants_it(tmp_path: Path, cover: bool) -> None:
    make_video(job(tmp_path, "a.mp4", cover=cover), shutil.which)
    told = probe(tmp_path / "a.mp4")
    video = next(one for one in told["streams"] if one["codec_type"] == "video")
    sound = next(one for one in told["streams"] if one["codec_type"] == "audio")
    assert (video["codec_name"], video["profile"], video["pix_fmt"]) == ("h264", "High", "yuv420p")
    assert (video["width"], video["height"], video["has_b_frames"]) == (1920, 1080, 0)
    assert (sound["codec_name"], sound["sample_rate"], sound["channels"]) == ("aac", "48000", 2)
    assert float(told["format"]["duration"]) == pytest.approx(2.0, abs=0.1)
    assert float(video["duration"]) == pytest.approx(2.0, abs=0.1)
    assert told["format"]["tags"]["title"] == "Harbour"
    titles = [one["tags"]["title"] for one in told["chapters"]]
    assert titles[0] == 'Harbour "Light" ✨'
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"elst" not in data
    if cover:
        make_video(job(tmp_path, "b.mp4", cover=cover), shutil.which)
        assert data == (tmp_path / "b.mp4").read_bytes()


@needs("ffmpeg", "ffprobe")
def test_a_video_of_a_whole_album_comes_in_pieces(tmp_path: Path) -> None:
    sound = wav_16()
    halves = (sound[:1000], sound[1000:])
    tracks = (FIRST, replace(SECOND, start_seconds=1.0, seconds=1.0))
    album = replace(ALBUM, tracks=tracks)
    (tmp_path / "a.mp4").write_bytes(b"".join(video_pieces(album, halves, shutil.which)))
    told = probe(tmp_path / "a.mp4")
    assert {one["codec_name"] for one in told["streams"]} >= {"h264", "aac"}
    assert [float(one["start_time"]) for one in told["chapters"]] == [0, 1]


def test_without_ffmpeg_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        make_video(job(tmp_path, "a.mp4", cover=True), lambda _: None)
    assert caught.value.fix == INSTALL


@needs("ffmpeg")
def test_what_ffmpeg_refuses_is_told(tmp_path: Path) -> None:
    broken = job(tmp_path, "a.mp4", cover=True)
    (tmp_path / "- ü.wav").write_bytes(b"no audio")
    with pytest.raises(VideoFailed, match="ffmpeg made no video: "):
        make_video(broken, shutil.which)


def test_an_ffmpeg_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(VideoFailed, match="ffmpeg cannot be run: "):
        make_video(job(tmp_path, "a.mp4", cover=True), lambda _: str(tmp_path / "none"))
