"""The record of what files were: read as it was written, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline import index
from pipeline.tree import Tree

PATHS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
FILES = st.lists(
    st.tuples(
        PATHS, st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), st.binary(min_size=32, max_size=32)
    ),
    max_size=6,
    unique_by=lambda file: file[0],
)


def write(folder: Path, data: bytes) -> str:
    (folder / index.NAME).write_bytes(data)
    return str(folder)


@given(st.lists(st.lists(PATHS, max_size=4), max_size=index.MOST_SETTLED), FILES, st.data())
def test_it_comes_back(
    settled: list[list[str]], files: list[index.Sighting], data: st.DataObject
) -> None:
    bits = [data.draw(st.integers(0, 255)) for _ in files]
    whole = index.packed(settled, list(zip(files, bits, strict=True)))
    header, _, body = whole.split(b"\n", 2)
    record = index.Record(body, 0)
    assert (header + b"\n", record.settled) == (index.HEADER, settled)
    places = range(len(files))
    found = [(record.paths[at], record.marks_at(at), record.digest_at(at)) for at in places]
    assert found == files
    for command in range(index.MOST_SETTLED):
        assert list(record.rests(command)) == [byte >> command & 1 for byte in bits]


def test_bytes_that_were_changed_are_no_record(tmp_path: Path) -> None:
    whole = index.packed([["1", "who"]], [(("a", (1, 2, 3, 4), b"d" * 32), 1)])
    assert index.read(Tree(write(tmp_path, whole))) is not None
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 0x11
        assert index.read(Tree(write(tmp_path, bytes(data)))) is None, place
    for length in range(len(whole)):
        assert index.read(Tree(write(tmp_path, whole[:length]))) is None, length


def test_only_marks_older_than_the_record_are_believed(tmp_path: Path) -> None:
    second = 1_000_000_000
    digest = b"d" * 32
    for age, believed in ((1, False), (3, True), (-5, False)):
        marks = (10, 100 * second - age * second, 5, 4)
        folder = write(tmp_path, index.packed([], [(("a", marks, digest), 0)]))
        os.utime(tmp_path / index.NAME, ns=(0, 100 * second))
        record = index.read(Tree(folder))
        assert record is not None
        assert record.digest("a", marks) == (digest if believed else None)
        assert record.digest("a", (11, *marks[1:])) is None
        assert record.digest("b", marks) is None
