"""`songbatch add`: recordings come into the project, and into a spec that otherwise stays."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from support.contract.audio import tone
from support.kit import Project

SPEC = """\
# Songs for the river.
version: 1
references:
  river: {file: references/river.mp3, purpose: song}   # at home

songs:
  first: {reference: river, lyrics: Down by the river we sing}
"""
EVERYTHING = "specs/demo.yaml"


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside the project with recordings."""
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "Håfen Take 3 (final).MP3").write_bytes(tone("mp3", hz=330, seconds=16))
    (folder / "river.mp3").write_bytes(tone("mp3", hz=440, seconds=16))
    (folder / "notes.wav").write_text("not a recording")
    return folder


@pytest.fixture
def demo(project: Project) -> Project:
    return project.write("specs/demo.yaml", SPEC).reference("specs/references/river.mp3")


def test_a_recording_is_copied_and_listed(demo: Project, outside: Path) -> None:
    file = outside / "Håfen Take 3 (final).MP3"
    result = demo.run("add", str(file), "--rights-holder", "Ann", "--consent", "by letter")
    assert (result.status, result.stdout) == (
        0,
        "  copied  specs/references/hafen-take-3-final.mp3 (0:16)\n"
        "  listed  hafen-take-3-final in specs/demo.yaml:5, purpose song\n"
        "A song gives a voice and a band; --purpose voice, or instrumental, says otherwise.\n"
        "Next: let a song of specs/demo.yaml follow it, `reference: hafen-take-3-final`, "
        "then songbatch plan\n",
    ), result
    line = (
        "  hafen-take-3-final: {file: references/hafen-take-3-final.mp3, purpose: song, "
        'rights: {holder: Ann, consent: "by letter"}}\n'
    )
    kept, below = SPEC.split("\n\n")
    assert (demo.root / "specs/demo.yaml").read_text("utf-8") == f"{kept}\n{line}\n{below}"
    copy = demo.root / "specs/references/hafen-take-3-final.mp3"
    assert copy.read_bytes() == file.read_bytes()
    assert demo.run("check").status == 0
    before = demo.files()
    again = demo.run("add", str(file))
    assert "hafen-take-3-final in specs/demo.yaml already" in again.stdout, again
    assert demo.files() == before


def test_equal_bytes_are_used_where_they_are_and_others_get_another_name(
    demo: Project, outside: Path
) -> None:
    same = outside / "the same.mp3"
    same.write_bytes((demo.root / "specs/references/river.mp3").read_bytes())
    own = demo.root / "takes" / "voice, alone.mp3"
    own.parent.mkdir()
    own.write_bytes(tone("mp3", hz=550, seconds=16))
    files = [str(same), str(outside / "river.mp3"), str(own)]
    told = json.loads(demo.run("add", *files, "--purpose", "voice", "--json").stdout)
    named = [(one["name"], one["file"], one["done"], one["line"]) for one in told["references"]]
    assert named == [
        ("the-same", "specs/references/river.mp3", "kept", 5),
        ("river-2", "specs/references/river-2.mp3", "copied", 6),
        ("voice-alone", "takes/voice, alone.mp3", "kept", 7),
    ]
    text = (demo.root / "specs/demo.yaml").read_text("utf-8")
    assert '  voice-alone: {file: "../takes/voice, alone.mp3", purpose: voice}\n' in text
    assert demo.run("check").status == 0


def test_all_or_nothing(demo: Project, outside: Path) -> None:
    before = demo.files()
    result = demo.run("add", str(outside / "river.mp3"), str(outside / "notes.wav"))
    assert result.status == 2
    assert "error[reference.not-audio]" in result.stderr
    assert "nothing was added" in result.stderr
    assert demo.files() == before


def test_a_spec_that_is_not_edited_gets_lines_to_paste(demo: Project, outside: Path) -> None:
    text = SPEC.replace("references:\n", "references: &all\n") + "vars: *all\n"
    demo.write("specs/demo.yaml", text)
    before = demo.files()
    result = demo.run("add", str(outside / "river.mp3"))
    assert (result.status, result.stdout) == (
        2, "  river-2: {file: references/river-2.mp3, purpose: song}\n"
    ), result  # fmt: skip
    assert "is not edited: something else would change" in result.stderr
    assert demo.files() == before
    command = result.stderr.partition("first: ")[2].strip()
    assert os.system(command) == 0
    assert (demo.root / "specs/references/river-2.mp3").is_file()


def test_links_share_the_bytes(demo: Project, outside: Path) -> None:
    file = outside / "river.mp3"
    result = demo.run("add", str(file), "--link", "--name", "By_the_river")
    assert "  linked  specs/references/river-2.mp3" in result.stdout, result
    assert (demo.root / "specs/references/river-2.mp3").samefile(file)
    assert "By_the_river: {file: references/river-2.mp3" in (
        demo.root / "specs/demo.yaml"
    ).read_text("utf-8")


def test_what_lies_behind_a_link_that_leads_out_is_copied(demo: Project, outside: Path) -> None:
    (demo.root / "specs/elsewhere.mp3").symlink_to(outside / "river.mp3")
    result = demo.run("add", str(demo.root / "specs/elsewhere.mp3"))
    assert "copied  specs/references/elsewhere.mp3" in result.stdout, result
    assert not (demo.root / "specs/references/elsewhere.mp3").is_symlink()


def test_bytes_of_the_text_stay(demo: Project, outside: Path) -> None:
    marked = b"\xef\xbb\xbf" + SPEC.replace("\n", "\r\n").encode()
    demo.write("specs/demo.yaml", marked)
    assert demo.run("add", str(outside / "river.mp3")).status == 0
    now = (demo.root / "specs/demo.yaml").read_bytes()
    line = b"  river-2: {file: references/river-2.mp3, purpose: song}\r\n"
    assert now.replace(line, b"") == marked
    assert now.count(line) == 1


def test_the_first_spec_is_made(project: Project, outside: Path) -> None:
    (project.root / "specs").mkdir()
    result = project.run("add", str(outside / "river.mp3"))
    assert "  made    specs/river.yaml, with a first song\n" in result.stdout, result
    assert project.run("check").status == 0
    assert project.run("plan").stdout.startswith("river on sketch\n")


def test_which_spec(demo: Project, outside: Path) -> None:
    file = str(outside / "river.mp3")
    assert demo.run("add", file, "--to", "second").status == 0
    assert (demo.root / "specs/second.yaml").is_file()
    unclear = demo.run("add", file)
    assert (unclear.status, "name one with --to: demo, second" in unclear.stderr) == (2, True)
    slip = demo.run("add", file, "--to", "secnd")
    assert (slip.status, 'did you mean "second"?' in slip.stderr) == (2, True)
    assert demo.run("add", file, "--to", "specs/demo.yaml").status == 0


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--name", "by the river"], "cannot be the name of a reference"),
        (["--name", "river"], "there is a reference 'river' already"),
        (["--licence", "x" * 201], "error[schema.too-long]"),
    ],
)
def test_what_cannot_be_written(
    demo: Project, outside: Path, options: list[str], problem: str
) -> None:
    before = demo.files()
    result = demo.run("add", str(outside / "river.mp3"), *options)
    assert (result.status, problem in result.stderr) == (2, True), result
    assert demo.files() == before


def test_rights_of_what_is_listed_are_not_lost(demo: Project, outside: Path) -> None:
    listed = str(demo.root / "specs/references/river.mp3")
    result = demo.run("add", listed, "--rights-holder", "Ann")
    assert result.status == 2
    assert "fix: write there: rights: {holder: Ann}" in result.stderr


def test_a_part_of_a_long_recording(demo: Project, outside: Path) -> None:
    long = outside / "jam.wav"
    long.write_bytes(tone("wav", hz=330, seconds=610))
    refused = demo.run("add", str(long))
    assert refused.status == 2
    assert f"a part is added by songbatch add {long} --part FROM-TO" in refused.stderr
    result = demo.run("add", str(long), "--part", "0:42-1:10.5")
    assert result.status == 0, result
    line = '  jam: {file: references/jam.wav, purpose: song, from: "0:42", to: "1:10.5"}\n'
    assert line in (demo.root / "specs/demo.yaml").read_text("utf-8")
    assert "(0:28)" in result.stdout
    again = demo.run("add", str(long), "--part", "0:42-1:10.5")
    assert "is      jam in specs/demo.yaml already" in again.stdout
    assert "listed  jam-2" in demo.run("add", str(long), "--part", "5:00-").stdout
    assert demo.run("check").status == 0


@pytest.mark.parametrize("part", ["", "-", "0:42", "1:10-0:42", "a-b", "0:10-0:20-0:30"])
def test_what_is_no_part(demo: Project, outside: Path, part: str) -> None:
    result = demo.run("add", str(outside / "river.mp3"), "--part", part)
    assert (result.status, "--part" in result.stderr) == (2, True)


def test_a_part_is_of_one_file(demo: Project, outside: Path) -> None:
    files = map(str, outside.glob("*.[mM]*3"))
    assert "--part is of one FILE" in demo.run("add", *files, "--part", "0:01-").stderr
