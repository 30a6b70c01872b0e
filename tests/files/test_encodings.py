"""Text files in other encodings: told with a command that converts them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.files.encodings import as_source, encoding_of
from songbatch.sources import Unreadable
from support.kit import Project

SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs:
  one: {reference: river, template: "one é.txt"}
"""
ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]


@pytest.mark.skipif(shutil.which("iconv") is None, reason="needs iconv")
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["specs/one.yaml", "templates/one é.txt"])
def test_the_command_that_is_offered_makes_the_file_readable(
    project: Project, encoding: str, name: str
) -> None:
    texts = {"specs/one.yaml": SPEC, "templates/one é.txt": "la in Málaga, ¡olé!\n"}
    project.reference("specs/river.mp3")
    for path, text in texts.items():
        project.write(path, text.encode(encoding if path == name else "utf-8"))
    refused = project.run("check")
    assert refused.status == 2, refused
    (fix,) = [line for line in refused.stdout.splitlines() if line.startswith("  fix: ")]
    command = fix.partition("convert it: ")[2]
    subprocess.run(["sh", "-c", command], cwd=project.root, check=True)
    assert (project.root / name).read_bytes() == texts[name].encode()
    assert project.run("check").status == 0


TEXTS = st.text(st.characters(codec="cp1252", min_codepoint=9), min_size=1)


@given(TEXTS, st.sampled_from(["utf-8", *ENCODINGS]))
def test_a_text_in_another_encoding_is_never_read_as_other_words(text: str, encoding: str) -> None:
    data = ("a" + text).encode(encoding)
    if encoding == "cp1252" and encoding_of(data) is None:
        return  # such as é in UTF-8, two letters here
    try:
        assert as_source("x", data).text == "a" + text
    except Unreadable:
        named = encoding_of(data)
        assert not named or data.decode(named) == "a" + text


def test_a_mixture_of_encodings_has_no_command() -> None:
    data = "José\n".encode() + "Málaga\n".encode("cp1252")
    with pytest.raises(Unreadable) as refused:
        as_source("x", data)
    assert refused.value.reason == "it is not UTF-8 text: line 2 has the byte 0xe1"
    assert refused.value.fix == "save the file with the encoding UTF-8"


def test_the_word_shows_whether_the_encoding_is_right() -> None:
    with pytest.raises(Unreadable) as refused:
        as_source("x", "la\nin Málaga\n".encode("cp1252"))
    assert refused.value.reason == (
        'it is not UTF-8 text: line 2 has the byte 0xe1, and Windows-1252 gives "Málaga"'
    )
