"""The files that `songbatch init` makes, and how git's files get the lines that they lack."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from songbatch.documents.schema_copies import COPIES, copy_of
from songbatch.extras import VOICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.resources.abc import Traversable

ATTRIBUTES = ".gitattributes"
LINED = (ATTRIBUTES, ".gitignore")
"""Files that get the lines that they lack."""
_EDITOR = (".vscode/extensions.json", ".vscode/settings.json", ".vscode/tasks.json")
SONGS = ("specs/first-song.yaml", "specs/references/porch.mp3", "templates/greeting.j2")
"""Files that need each other."""
WORKFLOWS = (".github/workflows/songs.yml",)
_DOT_PREFIX = "dot-"
"""Files that begin with a dot are packaged under another name: packagers like to drop them."""


def songs() -> dict[str, bytes]:
    """Return the first songs and what says how to go on, by path.

    They are for the best singer that is there.
    """
    files = {path: data for path, data in _starter("project") if path not in {*LINED, *_EDITOR}}
    if VOICE.folder() is not None:
        comment, line = (f"  {mark}options: {{sketch: {{singer:".encode() for mark in ("# ", ""))
        files[SONGS[0]] = files[SONGS[0]].replace(comment, line)
    return files


def hints() -> dict[str, bytes]:
    """Return what editors and git go by, by path."""
    starter = dict(_starter("project"))
    hints = {path: starter[path] for path in (*LINED, *_EDITOR)}
    return {path: copy_of(kind) for path, kind in COPIES.items()} | hints


def workflows() -> dict[str, bytes]:
    """Return the workflow for GitHub, by path."""
    return dict(_starter("github"))


def missing_lines(existing: bytes, wanted: bytes) -> list[bytes]:
    """Return the lines that a file lacks; comments only if it has no other line of them."""
    there = {line.strip() for line in existing.splitlines()}
    lines = [line for line in wanted.splitlines() if line.strip()]
    rules = [line for line in lines if not line.startswith(b"#")]
    if there.isdisjoint(rules):
        return [line for line in lines if line not in there]
    return [rule for rule in rules if rule not in there]


def with_lines(existing: bytes, lines: Sequence[bytes]) -> bytes:
    """Return a file with lines at its end, which end as its own do."""
    end = b"\r\n" if b"\r\n" in existing else b"\n"
    gap = b"" if not existing else end if existing.endswith(b"\n") else end * 2
    return existing + gap + b"".join(line + end for line in lines)


def _starter(part: str) -> Iterator[tuple[str, bytes]]:
    root = resources.files("songbatch").joinpath(f"starter/{part}")
    return _files(root, "")


def _files(folder: Traversable, below: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        name = item.name
        if name.startswith(_DOT_PREFIX):
            name = "." + name.removeprefix(_DOT_PREFIX)
        if item.is_dir():
            yield from _files(item, f"{below}{name}/")
        else:
            yield f"{below}{name}", item.read_bytes()
