"""The record of what files were: read as it was written, or not at all."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songbatch.files.tree import Tree
from songbatch.incremental import file_digests, file_index
from songbatch.incremental.file_digests import FileDigests
from songbatch.incremental.up_to_date import MOST_COMMANDS
from songbatch.layout import folder_id

if TYPE_CHECKING:
    from songbatch.incremental.file_digests import FileDigest
    from songbatch.incremental.up_to_date import Command

HOME = 4711
PARTS = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=20)
PATHS = st.lists(PARTS.filter(lambda part: part != ".."), min_size=1, max_size=3).map("/".join)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
FILES = st.lists(
    st.tuples(
        PATHS, st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), st.binary(min_size=32, max_size=32)
    ),
    max_size=6,
    unique_by=lambda file: file[0],
)
COMMANDS = st.lists(
    st.tuples(st.integers(0, 2**40), st.binary(max_size=20), st.lists(PARTS, max_size=4)),
    max_size=MOST_COMMANDS,
)
FILE: FileDigest = ("a", (1, 2, 3, 4), b"d" * 32)
COMMAND: Command = (0, b"texts", ["who"])


def write(folder: Path, data: bytes) -> str:
    (folder / file_index.NAME).write_bytes(data)
    return str(folder)


def whole(body: bytes) -> bytes:
    return file_index.FORMAT.seal(body)


def index(data: bytes) -> file_index.FileIndex:
    body = file_index.FORMAT.unseal(data)
    assert body is not None
    return file_index.FileIndex(body, 0, HOME)


def recorded(files: FileDigests) -> list[FileDigest]:
    return [
        (path, files.stat_at(position), files.digest_at(position))
        for position, path in enumerate(files.paths)
    ]


@given(COMMANDS, FILES, st.data())
def test_it_comes_back(
    commands: list[Command], files: list[FileDigest], data: st.DataObject
) -> None:
    bits = [data.draw(st.integers(0, 255)) for _ in files]
    written = file_index.packed(HOME, commands, list(zip(files, bits, strict=True)))
    assert written.startswith(b"songbatch-index 3\n")
    record = index(written)
    assert record.up_to_date.commands == commands
    assert recorded(record.files) == files
    for command in range(MOST_COMMANDS):
        assert list(record.up_to_date.depends_on(command)) == [byte >> command & 1 for byte in bits]


def test_bytes_that_were_changed_are_no_record(tmp_path: Path) -> None:
    written = file_index.packed(HOME, [COMMAND], [(FILE, 1)])
    assert file_index.read(Tree(write(tmp_path, written)), HOME) is not None
    for place in range(len(written)):
        data = bytearray(written)
        data[place] ^= 0x11
        assert file_index.read(Tree(write(tmp_path, bytes(data))), HOME) is None, place
    for length in range(len(written)):
        assert file_index.read(Tree(write(tmp_path, written[:length])), HOME) is None, length


def test_a_record_of_another_folder_is_none(tmp_path: Path) -> None:
    for name in ("here", "clone"):
        (tmp_path / name).mkdir()
    home = folder_id(str(tmp_path / "here"))
    state = write(tmp_path / "here", file_index.packed(home, [COMMAND], [(FILE, 1)]))
    assert file_index.read(Tree(state), home) is not None
    shutil.copy(tmp_path / "here/index", tmp_path / "clone")
    clone = str(tmp_path / "clone")
    assert file_index.read(Tree(clone), folder_id(clone)) is None


NONSENSE = (
    b"",
    b"\n",
    b"4711 0 0 0\n",
    b"4711 0 0 0 0 0\n",
    b"4711 0 0 0 1\n",
    b"4711 -5 5 0 0\n",
    b"4711 0 0 -1 65\n",
    b"4711 0 0 %d 0\n" % 2**70,
    b"4711 0 0 0 " + b"9" * 5000 + b"\n",
    b"4711 2 0 0 0\n0\0",
    b"4711 6 0 0 0\n0\x000\x000\0" * 9,
    b"4711 7 0 0 0\n-3\x000\x000\0",
    b"4711 6 0 0 0\n9\x000\x000\0",
    b"4711 6 0 0 0\n0\x000\x009\0",
    b"4711 7 0 0 0\n0\x000\x00-1\0",
    b"4711 6 0 0 0\n0\x00x\x000\0",
)


@pytest.mark.parametrize("body", NONSENSE)
def test_numbers_that_make_no_sense_are_no_record(tmp_path: Path, body: bytes) -> None:
    assert file_index.read(Tree(write(tmp_path, whole(body))), HOME) is None


PATHS_ELSEWHERE = ("/etc/passwd", "..", "../a", "a/../b", "a/..", "", "a//b", "a/", "a\0b", "/")


@pytest.mark.parametrize("path", PATHS_ELSEWHERE)
def test_paths_that_lead_elsewhere_are_no_record(tmp_path: Path, path: str) -> None:
    assert file_digests.are_plain(["a", "..b", ".c", "d/..e"])
    assert not file_digests.are_plain(["a", path])
    for files in ([path], ["b", path], [path, "b"]):
        data = file_index.packed(HOME, [], [((name, FILE[1], FILE[2]), 0) for name in files])
        assert file_index.read(Tree(write(tmp_path, data)), HOME) is None


def test_a_path_stands_once_in_a_record(tmp_path: Path) -> None:
    data = file_index.packed(HOME, [], [(FILE, 0), (FILE, 0)])
    assert file_index.read(Tree(write(tmp_path, data)), HOME) is None


def test_what_is_no_plain_file_or_too_large_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / file_index.NAME
    path.touch()
    os.truncate(path, file_index.MAX_BYTES + 1)
    assert file_index.read(Tree(tmp_path), HOME) is None
    path.unlink()
    os.mkfifo(path)
    assert file_index.read(Tree(tmp_path), HOME) is None
    path.unlink()
    path.mkdir()
    assert file_index.read(Tree(tmp_path), HOME) is None


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), st.binary(max_size=40))),
    COMMANDS,
    FILES,
)
def test_a_record_with_any_edits_is_read_at_once_or_not_at_all(
    edits: list[tuple[int, int, bytes]],
    commands: list[Command],
    files: list[FileDigest],
) -> None:
    body = file_index.packed(HOME, commands, [(file, 255) for file in files]).split(b"\n", 2)[2]
    for place, length, new in edits:
        at = place % (len(body) + 1)
        body = body[:at] + new + body[at + length :]
    start = time.perf_counter()
    try:
        record = file_index.FileIndex(body, 0, HOME)
    except ValueError:
        record = None
    assert time.perf_counter() - start < 1
    assert record is None or file_digests.are_plain(record.files.paths)


def test_only_marks_older_than_the_record_are_believed(tmp_path: Path) -> None:
    second = 1_000_000_000
    digest = b"d" * 32
    for age, believed in ((1, False), (3, True), (-5, False)):
        marks = (10, 100 * second - age * second, 5, 4)
        folder = write(tmp_path, file_index.packed(HOME, [], [(("a", marks, digest), 0)]))
        os.utime(tmp_path / file_index.NAME, ns=(0, 100 * second))
        record = file_index.read(Tree(folder), HOME)
        assert record is not None
        assert record.files.digest("a", marks) == (digest if believed else None)
        assert record.files.digest("a", (11, *marks[1:])) is None
        assert record.files.digest("b", marks) is None
