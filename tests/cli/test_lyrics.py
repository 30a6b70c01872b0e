"""`songbatch lyrics`, and lyrics in files of their own, as people use them."""

from __future__ import annotations

import json

import pytest

from support.contract.audio import tone
from support.kit import Project, age

SPEC = """\
version: 1  # of the format
references: {river: {file: river.wav, purpose: song}}
defaults: {reference: river}
songs:
  # the first
  one:
    lyrics: |  # as pasted
      [Verse 1: Ann]
      C   G   Am
      la la (x2)

      Chorus:
      lo lo

      Chorus
    takes: 1  # enough
  two: {lyrics: "Verse 1:\\nla &amp; la"}
"""
TIDY = """\
version: 1  # of the format
references: {river: {file: river.wav, purpose: song}}
defaults: {reference: river}
songs:
  # the first
  one:
    lyrics: |  # as pasted
      [Verse 1]
      la la
      la la

      [Chorus]
      lo lo

      [Chorus]
      lo lo
    takes: 1  # enough
  two: {lyrics: "Verse 1:\\nla &amp; la"}
"""


def test_a_spec_keeps_all_but_the_pasted_lines(project: Project) -> None:
    project.write("specs/x.yaml", SPEC)
    shown = project.run("lyrics", "tidy", "specs/x.yaml", "--song", "one")
    assert shown.status == 0, shown
    assert "-      C   G   Am\n" in shown.stdout
    assert shown.stderr == (
        "specs/x.yaml: 6 marks (chords 1, names of sections 2, names of singers 1, repeats 1, "
        "sections without words 1); nothing is changed yet, add --write\n"
    )
    assert (project.root / "specs/x.yaml").read_text() == SPEC
    written = project.run("lyrics", "tidy", "specs/x.yaml", "--song", "one", "--write")
    assert written.stdout == shown.stdout
    assert (project.root / "specs/x.yaml").read_text() == TIDY
    again = project.run("lyrics", "tidy", "specs/x.yaml", "--song", "one", "--write")
    assert again.stdout == "specs/x.yaml: nothing to tidy\n"
    project.run("lyrics", "tidy", "specs/x.yaml", "--write")
    text = (project.root / "specs/x.yaml").read_text()
    assert text == TIDY.replace("Verse 1:\\nla &amp; la", "[Verse 1]\\nla & la")


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("lyrics: la [Am]lo\n    takes: 1", "lyrics: |\n      la lo\n    takes: 1"),
        ("lyrics: la [Am]lo  # as sung", 'lyrics: "la lo"  # as sung'),
        ("lyrics: >\n      Verse 1:\n\n      la", "lyrics: |\n      [Verse 1]\n      la"),
        ("lyrics: 'Verse 1:\n\n      la'", "lyrics: |\n      [Verse 1]\n      la"),
        ("lyrics: |2-\n        la\n      lo (x2)", "lyrics: |2-\n        la\n      lo\n      lo"),
    ],
)
def test_lyrics_are_tidied_however_they_are_written(
    project: Project, written: str, tidy: str
) -> None:
    head = "version: 1\nsongs:\n  one:\n    "
    project.write("specs/x.yaml", f"{head}{written}\n")
    assert project.run("lyrics", "tidy", "specs/x.yaml", "--write").status == 0
    assert (project.root / "specs/x.yaml").read_text() == f"{head}{tidy}\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_text_keeps_its_encoding_its_mark_and_its_line_ends(project: Project, codec: str) -> None:
    project.write("a.txt", "Verse 1:\r\nBjörn ging (x2)\r\n\nheim\r".encode(codec))
    assert project.run("lyrics", "tidy", "a.txt", "--write").status == 0
    expected = "[Verse 1]\r\nBjörn ging\r\nBjörn ging\r\n\nheim\r"
    assert (project.root / "a.txt").read_bytes() == expected.encode(codec)


def test_what_cannot_be_tidied_is_refused_with_the_next_step(project: Project) -> None:
    project.write("specs/words/a.txt", "la\n")
    project.write(
        "specs/x.yaml", "version: 1\nsongs: {a: {lyrics: {file: words/a.txt}}, b: {takes: 1}}\n"
    )
    for words, error in (
        (("specs/x.yaml", "--song", "a"), "fix: songbatch lyrics tidy specs/words/a.txt"),
        (("specs/x.yaml", "--song", "b"), "fix: name a song that has `lyrics:`"),
        (("specs/x.yaml", "--song", "c"), "fix: its songs are a, b"),
        (("specs/words/a.txt", "--song", "c"), "fix: omit --song"),
        (("nowhere.txt",), "fix: name a text file of lyrics, or a spec"),
    ):
        result = project.run("lyrics", "tidy", *words)
        assert result.status == 2, result
        assert error in result.stderr


FILES = """\
version: 1
references: {river: {file: river.wav, purpose: song}}
defaults: {reference: river}
songs:
  inline:
    lyrics: |
      Down by the river
      we go {{ "{{" }}
  plain: {lyrics: {file: words/plain.txt}}
  each:
    lyrics: {file: "words/{{ name | slug }}.txt"}
    rows: names.csv
"""


@pytest.fixture
def files(project: Project) -> Project:
    project.write("specs/river.wav", tone("wav", 12.0, 220.0)).write("specs/x.yaml", FILES)
    project.write("specs/names.csv", "name\nAnn\nBjörn\n")
    project.write("specs/words/plain.txt", "\ufeff\r\nDown by the river  \r\nwe go {{\r\n")
    project.write("specs/words/ann.txt", "la\n").write("specs/words/bjorn.txt", "lo\n")
    return project


def keys(project: Project) -> dict[str, str]:
    path = project.root / "outputs/x/sketch/manifest.json"
    return {one["id"]: one["key"] for one in json.loads(path.read_text())["renders"]}


def test_a_file_of_words_is_watched_and_has_the_key_of_the_words(files: Project) -> None:
    first = files.run("render")
    assert first.status == 0, first
    before = keys(files)
    assert before["x/inline/1"] == before["x/plain/1"]
    files.run("render")
    age(files.root / ".songbatch")
    assert files.run("render").stdout.startswith("Nothing to do")
    files.write("specs/words/ann.txt", "la la\n")
    again = files.run("render")
    assert again.status == 0, again
    changed = {name for name, key in keys(files).items() if key != before[name]}
    assert changed == {"x/each/ann/1"}
    (files.root / "specs/words/ann.txt").unlink()
    gone = files.run("render")
    assert gone.status == 2
    assert "lyrics.unreadable" in gone.stderr


LONG = "\n\n".join(
    f"[{name}]\nThe harbour lights are low tonight\nthe ferry turns before the rain comes in\n"
    "I count the lamps along the quay and lose the number, start again"
    for name in ("Verse", "Chorus", "Verse 2", "Chorus", "Bridge")
)


def test_the_meter_shows_what_is_too_long_and_where_to_cut(project: Project) -> None:
    project.write("specs/words/long.txt", LONG)
    project.write(
        "specs/x.yaml",
        "version: 1\nreferences: {river: {file: river.wav, purpose: song}}\n"
        "defaults: {reference: river}\nsongs:\n  long: {lyrics: {file: words/long.txt}, takes: 2}\n"
        '  short: {lyrics: "la la\\nlo", lang: en}\n  asked: {lyrics: la, duration: 30}\n',
    )
    result = project.run("lyrics", "meter")
    assert result.status == 0, result
    assert result.stdout == METER
    found = json.loads(project.run("lyrics", "meter", "long", "--json").stdout)
    [song] = found["songs"]
    assert (song["id"], song["takes"], song["syllables"]) == ("x/long", 2, 170)
    [sketch] = song["engines"]
    assert (sketch["by"], sketch["songs"], sketch["parts"]) == ("figure", None, 3)
    assert (100 < sketch["seconds"] < 102, sketch["limits"]) == (True, [])
    project.write("specs/words/long.txt", LONG[: LONG.index("[Bridge]") - 160])
    found = json.loads(project.run("lyrics", "meter", "long", "--json").stdout)
    [sketch] = found["songs"][0]["engines"]
    assert (sketch["seconds"], sketch["parts"]) == (57.0, 0)
    characters, seconds = sketch["limits"]
    assert (characters["line"], characters["is_advised"]) == (13, True)
    assert [cut["line"] for cut in characters["cuts"]] == [11]
    assert [cut["line"] for cut in seconds["cuts"]] == [11]
    assert all(cut["border"] == "section" for cut in seconds["cuts"])
    asked = project.run("lyrics", "meter", "asked", "--engine", "sketch", "--engine", "music-01")
    assert "about 30 s on sketch, as the song asks\n" in asked.stdout
    assert "on music-01, by the engine's own figure\n" in asked.stdout


METER = """\
x/long (2 takes): 15 lines, 170 syllables, 758 characters
  section    line  lines  syllables  each
  [Verse]    1     3      34         8 10 16
  [Chorus]   6     3      34         8 10 16
  [Verse 2]  11    3      34         8 10 16
  [Chorus]   16    3      34         8 10 16
  [Bridge]   21    3      34         8 10 16
  about 101 s on sketch, in 3 parts, by the engine's own figure

x/short: 2 lines, 3 syllables, 8 characters
  section   line  lines  syllables  each
  stanza 1  1     2      3          2 1
  about 9 s on sketch, by the engine's own figure

x/asked: 1 line, 1 syllable, 2 characters
  section   line  lines  syllables  each
  stanza 1  1     1      1          1
  about 30 s on sketch, as the song asks
"""


def test_a_word_that_means_no_song_is_refused(project: Project) -> None:
    project.write(
        "specs/x.yaml",
        "version: 1\nreferences: {river: {file: river.wav, purpose: song}}\n"
        "songs: {one: {lyrics: la, reference: river}}\n",
    )
    assert project.run("lyrics", "meter", "two").status == 2
    result = project.run("lyrics", "meter", "x/ona")
    assert result.status == 2
    assert "did you mean" in result.stderr
