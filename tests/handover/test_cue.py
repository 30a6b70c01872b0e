"""Cue sheets as libcue reads them, which shares no code with us."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from songbatch.album import Album
from songbatch.handover.cue import cue_sheet, media_catalogue_number
from songbatch.outputs.cue import cue_time
from tests.handover.making import ALBUM, FIRST, SECOND

THIRD = replace(
    SECOND, number=3, title="Faded in", seconds=10.0, start_seconds=7.0, isrc="QZ-K6P-25-00003"
)
LONG = replace(ALBUM, tracks=(FIRST, SECOND, THIRD))


def read(sheet: str) -> Any:
    return pytest.importorskip("pylibcue").parse_str(sheet)


def sheet_of(album: Album, *names: str) -> str:
    return cue_sheet(album, dict(enumerate(names, 1)))


def test_one_file_has_gaps_between_its_tracks() -> None:
    disc = read(sheet_of(LONG, "a.flac", "a.flac", "a.flac"))
    tracks = list(disc)
    assert disc.catalog == "0036000291452"
    assert (disc.cdtext.title, disc.cdtext.performer) == ("Harbour", "The Specs")
    assert [track.cdtext.title for track in tracks] == ["Harbour 'Light' ✨", "Rain", "Faded in"]
    assert [track.isrc for track in tracks] == ["QZK6P2500001", None, "QZK6P2500003"]
    assert {track.filename for track in tracks} == {"a.flac"}
    sheet = sheet_of(LONG, "a.flac", "a.flac", "a.flac").splitlines()
    places = [line.strip() for line in sheet if "INDEX" in line]
    # A gap from 2 to 4 s; the third track begins half a second before the second ends.
    assert places == [
        "INDEX 01 00:00:00", "INDEX 00 00:02:00", "INDEX 01 00:04:00", "INDEX 01 00:07:00",
    ]  # fmt: skip
    assert [track.start for track in tracks] == [(0, 0, 0), (0, 4, 0), (0, 7, 0)]


def test_a_file_for_each_track_is_preceded_by_silence() -> None:
    disc = read(sheet_of(LONG, "01 - a.wav", "02 - b.wav", "03 - c.mp3"))
    assert [track.filename for track in disc] == ["01 - a.wav", "02 - b.wav", "03 - c.mp3"]
    assert [track.start for track in disc] == [(0, 0, 0)] * 3
    sheet = sheet_of(LONG, "01 - a.wav", "02 - b.wav", "03 - c.mp3")
    assert sheet.count("PREGAP") == 1
    assert "    PREGAP 00:02:00\n" in sheet
    assert 'FILE "03 - c.mp3" MP3\n' in sheet


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "00:00:00"),
        (0.0066, "00:00:00"),
        (0.0067, "00:00:01"),
        (59.999, "01:00:00"),
        (61.04, "01:01:03"),
        (6000.0, "100:00:00"),
        (-1.0, "00:00:00"),
    ],
)
def test_frames_are_rounded_to_the_nearest(seconds: float, written: str) -> None:
    assert cue_time(seconds) == written


def test_a_hostile_title_stays_in_its_line() -> None:
    evil = 'x"\nFILE "/etc/passwd" WAVE\r\n  TRACK 99 AUDIO\0'
    album = replace(ALBUM, title=evil, tracks=(replace(FIRST, title=evil, isrc="no code"),))
    sheet = sheet_of(album, "a.wav")
    disc = read(sheet)
    assert len(disc) == 1
    assert sheet.count("\nFILE ") == 1
    assert "ISRC" not in sheet


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("036000291452", "0036000291452"),
        ("4-006381-333931", "4006381333931"),
        ("036000291453", ""),  # its check digit is wrong
        ("", ""),
        ("harbour", ""),
    ],
)
def test_a_disc_has_thirteen_digits(written: str, number: str) -> None:
    assert media_catalogue_number(written) == number
