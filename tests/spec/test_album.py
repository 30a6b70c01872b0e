"""Albums in specs and in files of their own: what they say, and what is wrong with them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.album import Loudness
from songbatch.documents.schema import schema_text
from songbatch.handover.file_names import safe_name, track_name
from songbatch.sources import Source
from songbatch.spec.album_numbers import check_digit, isrc, upc
from songbatch.spec.album_sheet import load_album
from songbatch.spec.output_names import wrong_name
from support.kit import Project
from tests.audio.pictures import jpeg, png

SONGS = """\
version: 1
references: {porch: {file: porch.mp3, purpose: song}}
songs:
  lanterns: {reference: porch, lyrics: "Light the lanterns."}
  greeting: {reference: porch, matrix: {name: [ann, bob]}, lyrics: "Hello {{ name }}."}
"""


def check(project: Project, album: str) -> list[str]:
    """Return what `check` says of an album in a spec, without the lines that it quotes."""
    project.reference("specs/porch.mp3").write("specs/ep.yaml", f"{SONGS}album:\n{album}")
    result = project.run("check", "ep")
    lines = (result.stdout + result.stderr).splitlines()
    return [line for line in lines if line.startswith(("specs/", "  fix:"))]


def test_what_is_said_is_read_and_the_rest_is_usual() -> None:
    text = """\
version: 1
sequence: [a, {song: b, isrc: us-abc-26-00001, crossfade: 1.5}, {song: c/2, gap: 0}]
title: Best
year: 2026
upc: 5901234123457
loudness: {target: -16, mode: track}
fades: {out: 0.5}
gap: 1
formats: [opus]
"""
    result = load_album(Source("specs/albums/best.yaml", text), "best")
    assert not result.diagnostics
    sheet = result.sheet
    assert sheet is not None
    assert [item.song for item in sheet.sequence] == ["a", "b", "c/2"]
    assert sheet.sequence[1].isrc == "USABC2600001"
    assert (sheet.sequence[1].crossfade, sheet.sequence[2].gap) == (1.5, 0.0)
    assert sheet.loudness == Loudness(target_lufs=-16.0, mode="track")
    assert (sheet.fade_in, sheet.fade_out, sheet.gap) == (0.0, 0.5, 1.0)
    assert (sheet.formats, sheet.whole) == (("opus",), ("wav16",))
    assert (sheet.title, sheet.upc, sheet.tags) == ("Best", "5901234123457", {"year": "2026"})


def test_every_mistake_is_told_at_once_with_its_place(project: Project) -> None:
    album = """\
  upc: "036000291453"
  cover: ../cover.png
  sequence:
    - lantern
    - greeting
    - {song: lanterns, isrc: US-1}
    - {song: lanterns/1, gap: 1, crossfade: 2}
    - {song: greeting/ann, isrc: USABC2600001}
    - {song: greeting/bob, isrc: USABC2600001, crossfade: 1}
"""
    assert check(project, album) == [
        'specs/ep.yaml:7:8: error[album.upc]: not the number of a bar code: "036000291453"',
        "  fix: a digit is wrong: behind 03600029145 comes 2, not 3; "
        "compare it with your distributor's",
        'specs/ep.yaml:12:30: error[album.isrc]: not a recording code: "US-1"',
        "  fix: write two letters, three letters or digits, and seven digits: US-ABC-26-00001; "
        "the agency of your country gives them out",
        "specs/ep.yaml:13:14: error[album.together]: gap and crossfade exclude each other: "
        '"lanterns/1"',
        "  fix: leave one of them out: where songs overlap, there is no silence",
        "specs/ep.yaml:15:14: error[album.last]: nothing comes behind the last song: "
        '"greeting/bob"',
        "  fix: leave out its crossfade, or write fade_out",
        "specs/ep.yaml:15:14: error[album.twice]: the same recording code twice: "
        'USABC2600001, also of "greeting/ann"',
        "  fix: every recording has a code of its own",
    ]


def test_songs_that_are_none_are_told_with_those_that_are(project: Project) -> None:
    found = check(project, "  sequence: [lantern, greeting, lanterns/2]\n")
    assert found == [
        'specs/ep.yaml:7:14: error[album.song]: unknown song: "lantern"',
        '  fix: did you mean "lanterns"?',
        'specs/ep.yaml:7:23: error[album.several]: a song with several variants: "greeting" has 2',
        "  fix: write one of ep/greeting/ann, ep/greeting/bob",
        'specs/ep.yaml:7:33: error[album.song]: unknown song: "lanterns/2"',
        '  fix: did you mean "lanterns"?',
    ]


def test_keys_and_figures_are_held_to_the_schema(project: Project) -> None:
    found = check(project, "  loudnes: 3\n  loudness: {target: 3}\n  formats: [ogg]\n")
    assert [line.split("[")[1].split("]")[0] for line in found if "error[" in line] == [
        "schema.unknown-key", "schema.range", "schema.enum",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (png(1500, 1500), ""),
        (png(1500, 1400), "warning[album.small-cover]"),
        (png(300, 300), "warning[album.small-cover]"),
        (jpeg(3000, 3000, 3), ""),
        (jpeg(3000, 3000, 4), "error[album.cover]"),
        (jpeg(3000, 3000, 1), "warning[album.small-cover]"),
        (b"GIF89a", "error[album.cover]"),
        (png(1500, 1500)[:-20], "error[album.cover]"),
    ],
    ids=["good", "oblong", "small", "jpeg", "cmyk", "grey", "gif", "cut"],
)
def test_covers_are_judged_by_their_heads(project: Project, picture: bytes, told: str) -> None:
    project.write("specs/cover.png", picture)
    found = check(project, "  cover: cover.png\n")
    assert told in "".join(found)
    assert bool(found) == bool(told)


def test_files_of_albums_are_checked_and_are_no_strays(project: Project) -> None:
    project.reference("specs/porch.mp3").write("specs/ep.yaml", SONGS)
    project.write("specs/albums/best.yaml", "version: 1\nsequence: [lanterns, ep/greeting/bob]\n")
    assert project.run("check").status == 0
    project.write("specs/albums/best.yaml", "version: 1\nsequence: [kites]\n")
    result = project.run("check")
    assert result.status == 2
    assert (
        'specs/albums/best.yaml:2:12: error[album.song]: unknown song: "kites"'
        in result.stderr + result.stdout
    )
    assert "spec.place" not in result.stderr + result.stdout


def test_both_schemas_say_the_same_of_albums() -> None:
    spec, album = json.loads(schema_text("spec")), json.loads(schema_text("album"))
    assert spec["$defs"]["album_song"] == album["$defs"]["album_song"]
    own = {name: what for name, what in album["properties"].items() if name != "version"}
    assert spec["$defs"]["album"]["properties"] == own


@pytest.mark.parametrize("code", ["USABC2600001", "us-abc-26-00001", "ISRC GB-ZZZ-99-12345"])
def test_recording_codes_are_read_as_people_write_them(code: str) -> None:
    assert isrc(code) is not None
    assert isrc(code[:-1]) is None


@given(st.text("0123456789", min_size=11, max_size=12))
def test_a_bar_code_checks_its_last_digit(digits: str) -> None:
    whole = digits + check_digit(digits)
    assert upc(whole) == whole
    assert upc(digits + str((int(whole[-1]) + 1) % 10)) is None


@given(st.text(max_size=300))
def test_any_title_names_a_file_that_every_system_takes(title: str) -> None:
    name = safe_name(title, "Album")
    assert wrong_name(name) is None, name
    assert wrong_name(f"{track_name(1, 4, title)}.flac") is None
    assert len(name.encode()) <= 130
