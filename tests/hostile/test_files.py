"""Files that are not what they seem: links, pipes, devices, names, audio that lies."""

from __future__ import annotations

import json
import os
import re

import pytest

from tests.audio.making import fmt, id3, riff, wav
from tests.hostile.conftest import SECRET
from tests.hostile.limited import BIDI, Stranger
from tests.hostile.test_specs import EVIL, HEAD

SONG = HEAD + "songs: {one: {lyrics: la}}\n"
AUDIO = {
    "web page": b"<!DOCTYPE html>\n<script>alert(1)</script>",
    "archive": b"PK\x03\x04" + bytes(10_000),
    "compressed": b"\x1f\x8b\x08" + bytes(10_000),
    "tag of 256 MB": id3(b"APIC", declared=2**28 - 1),
    "data of 4 GB": riff((b"fmt ", fmt()), (b"data", bytes(100), 2**32 - 1)),
    "data of 2 GB": riff((b"fmt ", fmt()), (b"data", bytes(100), 2**31 - 100_000)),
    "chunk that wraps around": riff(
        (b"fmt ", fmt()), (b"junk", b"", 2**32 - 8), (b"data", b"1234")
    ),
    "huge rate": riff((b"fmt ", fmt(rate=2**31 - 1)), (b"data", bytes(1000))),
    "many channels": riff((b"fmt ", fmt(channels=4096)), (b"data", bytes(8192))),
    "programs": b"\x7fELF" + EVIL.encode(),
    "commands": EVIL.encode() * 100,
    "one byte": b"\xff",
    "long": wav(8000, seconds=3600.0),
}


def said(stranger: Stranger, *arguments: str, status: int = 2) -> str:
    result = stranger.run(*(arguments or ("check",)))
    assert result.status == status, result
    text = result.stdout + result.stderr
    assert SECRET not in text
    return text


def test_audio_that_is_none(stranger: Stranger) -> None:
    for number, data in enumerate(AUDIO.values()):
        spec = SONG.replace("r.mp3", f"r{number}.mp3")
        stranger.project.write(f"specs/s{number}.yaml", spec)
        stranger.project.write(f"specs/r{number}.mp3", data)
    text = said(stranger)
    for number, name in enumerate(AUDIO):
        assert f"r{number}.mp3" in text, name


def make(stranger: Stranger, kind: str, path: str) -> None:
    """Put a thing that is no plain file of the project where one belongs."""
    target = stranger.project.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    outside = stranger.project.root.parent / "outside.txt"
    match kind:
        case "FIFO":
            os.mkfifo(target)
        case "folder":
            target.mkdir()
        case "link in circles":
            target.symlink_to(target)
        case _:
            target.symlink_to(
                {"link": str(outside), "relative link": "../../outside.txt"}.get(kind, kind)
            )


@pytest.mark.parametrize(
    "kind",
    [
        "FIFO",
        "link",
        "relative link",
        "/dev/zero",
        "/dev/tty",
        "folder",
        "link in circles",
    ],
)
def test_what_is_no_file_of_the_project(stranger: Stranger, kind: str) -> None:
    songs = "songs: {a: {template: t.j2}, b: {lyrics: la, rows: x.csv}, c: {lyrics: la}}\n"
    stranger.project.write("specs/x.yaml", HEAD + songs)
    for path in ("specs/r.mp3", "specs/x.csv", "templates/t.j2"):
        make(stranger, kind, path)
    text = said(stranger)
    for name in ("r.mp3", "x.csv", "t.j2"):
        assert name in text, text


@pytest.mark.parametrize("own", [".songbatch/ledger.jsonl", ".git/config"])
def test_what_programs_keep_for_themselves_is_no_input(stranger: Stranger, own: str) -> None:
    stranger.project.reference("specs/r.mp3").write(own, "name\nAnn\n")
    song = "{lyrics: la, rows: ROWS}".replace("ROWS", f"../{own}")
    linked = "{template: t.j2, rows: x.csv}"
    stranger.project.write("specs/x.yaml", HEAD + f"songs: {{a: {song}, b: {linked}}}\n")
    pictured = "songs: {a: {lyrics: la, tags: {cover: x.png}}}\n"
    stranger.project.write("specs/y.yaml", HEAD + pictured)
    (stranger.project.root / "templates").mkdir()
    for path in ("specs/x.csv", "specs/x.png", "templates/t.j2"):
        (stranger.project.root / path).symlink_to(f"../{own}")
    text = said(stranger)
    for name in (own, "x.csv", "x.png", "t.j2"):
        assert f"{name}: it is one of" in text or f'{name}": it is one of' in text, text


@pytest.mark.parametrize("kind", ["FIFO", "link", "/dev/zero"])
def test_a_spec_that_is_no_file(stranger: Stranger, kind: str) -> None:
    make(stranger, kind, "specs/x.yaml")
    assert "x.yaml" in said(stranger)


NAMES = [
    ("Song", "song"),
    ("é", "e\u0301"),
    ("CON", "x"),
    ("com¹", "x"),
    ("ConIn$", "x"),
    ("nul.mp3", "x"),
    ("a" * 300, "x"),
    ("..", "x"),
    ("../../outside.txt", "x"),
    ("/tmp/x", "x"),
    ("-rf", "-rf"),
    ("a\\\\..\\\\b", "a\\\\..\\\\b"),
    ("a:b", "x"),
    (r"\e]0;owned\a", "x"),
    (r"a\u202eb", "x"),
    ("a.", "a"),
    (".hidden", "x"),
]


def test_names_of_outputs(stranger: Stranger) -> None:
    stranger.project.reference("specs/r.mp3")
    for number, (one, two) in enumerate(NAMES):
        songs = f'songs: {{a: {{lyrics: la, output: "{one}"}}, b: {{lyrics: lo, output: "{two}"}}}}'
        stranger.project.write(f"specs/s{number}.yaml", HEAD + songs + "\n")
    text = said(stranger, "plan")
    for number, names in enumerate(NAMES):
        assert re.search(rf"specs/s{number}\.yaml:4:\d+: error\[output\.", text), names
    assert not (stranger.project.root / "outputs").exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *(
            (name, "Windows reserves this name")
            for name in ("con", "AUX", "nul.x", "Com1", "lpt9.a.b")
        ),
        *((name, "begins or ends with") for name in ("end.", "end..", "-rf")),
        *((name, "") for name in ("end ", " begin", "a b", "com¹", "a:b", "a" * 65)),
    ],
)
def test_names_of_specs_that_cannot_be_folders(stranger: Stranger, name: str, why: str) -> None:
    stranger.project.reference("specs/r.mp3").write("specs/fine.yaml", SONG)
    stranger.project.write(f"specs/{name}.yaml", SONG)
    for command in ("check", "plan", "render"):
        text = said(stranger, command)
        assert "cannot give its outputs a folder" in text
        assert why in text
        assert not (stranger.project.root / "outputs").exists()


def test_all_wrong_names_of_specs_are_told_at_once(stranger: Stranger) -> None:
    stranger.project.reference("specs/r.mp3").write("specs/fine.yaml", SONG)
    for name in ("con", "aux", "end."):
        stranger.project.write(f"specs/{name}.yaml", SONG)
    found = json.loads(said(stranger, "check", "--format", "json"))
    assert [(one["file"], one["code"]) for one in found] == [
        ("specs/aux.yaml", "spec.name"),
        ("specs/con.yaml", "spec.name"),
        ("specs/end..yaml", "spec.name"),
    ]
    assert said(stranger, "check", "--format", "github").count("::error file=specs/") == 3
    said(stranger, "check", "fine", status=0)


@pytest.mark.parametrize("name", ["console", "con-1", "com10", "a.con", "nullify", "_x", "x.y"])
def test_names_of_specs_that_only_look_so(stranger: Stranger, name: str) -> None:
    stranger.project.reference("specs/r.mp3").write(f"specs/{name}.yaml", SONG)
    assert "1 spec, 1 render" in said(stranger, status=0)


def test_names_of_files_that_speak_to_the_terminal(stranger: Stranger) -> None:
    name = EVIL.replace("/", "") + BIDI
    stranger.project.write("specs/x.yaml", SONG).write(f"specs/{name}.yaml", SONG)
    stranger.project.reference("specs/r.mp3")
    said(stranger)


@pytest.mark.parametrize(
    "inside",
    ["outputs", "outputs/x", "outputs/x/sketch", ".songbatch"],
)
def test_links_where_outputs_go(stranger: Stranger, inside: str) -> None:
    stranger.project.write("specs/x.yaml", SONG).reference("specs/r.mp3")
    elsewhere = stranger.project.root.parent / "elsewhere"
    elsewhere.mkdir()
    link = stranger.project.root / inside
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    result = stranger.run("render")
    assert result.status != 0, result
    assert not list(elsewhere.iterdir())
