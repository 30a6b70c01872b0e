"""`songbatch deliver --for SHOP`: what a shop asks for comes before anything is written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from support.kit import Project
from tests.audio.pictures import png
from tests.handover.making import needs
from tests.run.specs import SONG

ALBUM = """
album:
  artist: The Porch
  genre: Folk
  cover: front.png
  formats: [wav16, mp3]
  whole: []
"""
CORNER = """\
version: 1
title: Corner shop
address: https://corner.example/
rules:
- {check: cover.side, min: 1600, source: https://corner.example/, read: 2026-01, sure: documented}
- check: album.label
  present: true
  level: advised
  source: https://corner.example/
  read: 2026-01
  sure: reported
"""


@pytest.fixture
def album(hosted: Project) -> Project:
    hosted.write("specs/demo.yaml", SONG + ALBUM).write("specs/front.png", png(1500, 1500))
    hosted.reference("specs/references/river.mp3")
    assert hosted.run("render").status == 0
    return hosted.write("shops/corner.yaml", CORNER)


def test_what_a_shop_requires_comes_first(album: Project) -> None:
    refused = album.run("deliver", "demo", "--for", "corner")
    assert refused.status == 2
    assert refused.stdout.partition("\n\n")[2] == (
        "required  cover  shorter side of the cover is 1,500 pixels, at least 1,600 pixels  "
        "album: cover\n"
        "            export the picture again, as a square JPEG in RGB of 3000 × 3000 pixels\n"
        "advised   album  label is missing                                                  "
        "album: label\n"
        "            write `album: label`\n"
        "\n"
        "Corner shop would refuse this: 1 thing that it requires.\n"
    )
    assert refused.stderr == (
        "  measure  First\n"
        "  measure  Second\n"
        "error: nothing was written\n"
        "  fix: mend what is required, or write it all the same: --anyway\n"
    )
    assert not (album.root / "delivered").exists()
    assert album.run("deliver", "demo", "--for", "corner", "--check").status == 2
    assert album.run("deliver", "demo", "--for", "corner", "--anyway").status == 0
    assert (album.root / "delivered/demo/SHA256SUMS").exists()


def test_a_shop_that_has_everything_gets_it(album: Project) -> None:
    album.write("specs/front.png", png(1600, 1600))
    done = album.run("deliver", "demo", "--for", "corner", "-o", "corner.zip")
    assert (done.status, "error" in done.stderr) == (0, False)
    assert "Corner shop would take this, by the rules known here.\n" in done.stdout
    assert album.run("verify", "corner.zip").status == 0


def test_bandcamp_is_told_that_it_takes_no_ai(album: Project) -> None:
    refused = album.run("deliver", "demo", "--for", "bandcamp")
    assert refused.status == 2
    assert "made by AI" in refused.stdout
    assert "Bandcamp would refuse this: 1 thing that it requires.\n" in refused.stdout


def test_what_makes_no_sense_is_told(album: Project) -> None:
    album.write("sign.pem", "no key")
    for arguments, said in (
        (("--for", "bandcmp"), 'did you mean "bandcamp"?'),
        (("--for", "../x"), "there are bandcamp, corner, distrokid and youtube"),
        (("--anyway",), "--anyway goes with --for"),
        (("--sign", "sign.pem"), "needs a chain of certificates and one private key"),
        (("--sign", "gone.pem"), "gone.pem: no such file or directory"),
    ):
        refused = album.run("deliver", "demo", *arguments)
        assert refused.status == 2
        assert said in refused.stderr
    assert not (album.root / "delivered").exists()


def test_mistakes_in_a_shops_file_have_their_lines(album: Project) -> None:
    album.write("shops/corner.yaml", CORNER.replace("cover.side", "cover.size"))
    refused = album.run("deliver", "demo", "--for", "corner")
    assert refused.status == 2
    assert "shops/corner.yaml:5:11: error[schema." in refused.stderr


@needs("ffmpeg", "ffprobe")
def test_youtube_gets_a_video(album: Project) -> None:
    done = album.run("deliver", "demo", "--for", "youtube")
    assert done.status == 0
    (video,) = (album.root / "delivered/demo/video").iterdir()
    chapters = probed(video)["chapters"]
    assert [one["tags"]["title"] for one in chapters] == ["First", "Second"]
    assert album.run("verify", "delivered/demo").status == 0


def test_without_ffmpeg_a_video_is_what_is_missing(album: Project) -> None:
    (album.root / "empty").mkdir()
    refused = album.run("deliver", "demo", "--for", "youtube", env={"PATH": "empty"}, fresh=True)
    assert refused.status == 2
    assert "install ffmpeg" in refused.stdout


def probed(video: Path) -> dict[str, list[dict[str, dict[str, str]]]]:
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(video)]
    said = subprocess.run(command, check=True, capture_output=True, timeout=60)
    found: dict[str, list[dict[str, dict[str, str]]]] = json.loads(said.stdout)
    return found
