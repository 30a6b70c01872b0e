"""Every key with every empty value: the printed fix, applied as it stands, does away with it."""

from __future__ import annotations

import re

import pytest

from songbatch.diagnostics import Diagnostic, Severity
from songbatch.documents.yaml_reader import read
from songbatch.engines.catalog import Engines
from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

EMPTY = ("", '""', "[]", "{}", "0")
SPEC: dict[str, str] = {
    "version": "version: 1",
    "references": "references:\n  r:\n    file: r.mp3\n    purpose: song",
    "defaults": "defaults:\n  reference: r",
    "songs": "songs:\n  a:\n    lyrics: la la la",
}


def errors(text: str) -> list[Diagnostic]:
    result = load(Source("specs/x.yaml", text), "x", Memory(), engines=Engines().lookup(None))
    return [one for one in result.diagnostics if one.severity is Severity.ERROR]


def at_root(key: str, value: str) -> str:
    spec = SPEC | {key: f"{key}: {value}"}
    return "\n".join(spec.values()) + "\n"


def in_song(key: str, value: str) -> str:
    song = {"lyrics": "la la la", key: value}
    if key == "template":
        del song["lyrics"]
    lines = [f"    {name}: {written}" for name, written in song.items()]
    return at_root("title", "T").replace("    lyrics: la la la", "\n".join(lines))


def in_reference(key: str, value: str) -> str:
    return re.sub(rf"    {key}: .*", f"    {key}: {value}", at_root("title", "T"))


ROOT = ("version", "title", "engine", "vars", "references", "defaults", "songs")
SONG = (
    *("lyrics", "template", "reference", "voice", "instrumental", "takes", "matrix", "rows"),
    *("vars", "audio", "lang", "output", "tags", "style", "duration", "seed", "bpm", "scale"),
    *("meter", "vocals", "follow", "strength", "options", "lrc"),
)
REFERENCE = ("file", "purpose")
CASES = [
    *((key, value, at_root(key, value)) for key in ROOT for value in EMPTY),
    *((key, value, in_song(key, value)) for key in SONG for value in EMPTY),
    *((key, value, in_reference(key, value)) for key in REFERENCE for value in EMPTY),
    ("a", "", in_song("lyrics", "la").replace("  a:\n    lyrics: la\n", "  a:\n")),
    ("mood", "", in_song("matrix", "\n      mood:")),
    ("mood", "[]", in_song("matrix", "\n      mood: []")),
    ("exclude", "", in_song("matrix", "\n      mood: [calm, wild]\n      exclude:")),
]


def mended(text: str, key: str, error: Diagnostic) -> list[str]:
    """Return what becomes of a spec by each fix in a sentence that can be done as it stands."""
    fix, number = error.fix, error.span.line
    lines = text.split("\n")
    done: list[str] = []

    def replace(*written: str) -> None:
        indent = lines[number - 1][: -len(lines[number - 1].lstrip())]
        new = [f"{indent}{line}" for line in written]
        done.append("\n".join([*lines[: number - 1], *new, *lines[number:]]))

    for snippet in re.findall(r"`([^`]+: [^`]+)`", fix):
        if snippet.startswith(f"{key}: "):
            replace(snippet)
        elif f"below `{key}:`" in fix:
            replace(f"{key}:", f"  {snippet}")
    if f"write text after `{key}:`" in fix:
        replace(f"{key}: words")
    if numbers := re.fullmatch(r"write a number from (\S+) to (\S+)", fix):
        replace(f"{key}: {numbers[1]}")
        replace(f"{key}: {numbers[2]}")
    if "remove the key" in fix:
        replace()
    return done


@pytest.mark.parametrize(
    ("key", "value", "text"), CASES, ids=[f"{key}: {value}" for key, value, _ in CASES]
)
def test_a_fix_that_is_done_as_printed_does_away_with_the_error(
    key: str, value: str, text: str
) -> None:
    for error in errors(text):
        assert error.fix
        for after in mended(text, key, error):
            assert after != text, error
            again = [(one.code, one.detail) for one in errors(after)]
            assert (error.code, error.detail) not in again, (error, after)
            # Nor is another empty shape what follows.
            assert not {"schema.empty", "schema.type", "schema.range"} & {c for c, _ in again}, (
                error,
                after,
                again,
            )


def test_most_fixes_can_be_done_as_printed() -> None:
    """Or the test above tries nothing."""
    wrong = [(key, text, error) for key, _, text in CASES for error in errors(text)]
    tried = [mended(text, key, error) for key, text, error in wrong]
    assert sum(map(bool, tried)) > len(wrong) // 2


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "{}\n", "version: 1\n"])
def test_what_an_empty_file_is_told_to_hold_is_a_spec(text: str) -> None:
    fixes = " ".join(error.fix for error in errors(text))
    songs = re.search(r"`(songs: .*\})`", fixes)
    if songs is not None:
        codes = [error.code for error in errors(f"version: 1\n{songs[1]}\n")]
        assert codes == ["reference.missing"]
    assert songs is not None or "`version: 1` as the first line" in fixes


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        ("songbatch.yaml", "write `version: 1`, or remove the file"),
        (
            "specs/selects.yaml",
            "write `version: 1`, and below it `listeners: {}`, or remove the file",
        ),
    ],
)
def test_other_empty_files_are_not_told_to_be_specs(path: str, fix: str) -> None:
    _, diagnostics = read(Source(path, ""))
    assert [one.fix for one in diagnostics] == [fix]
