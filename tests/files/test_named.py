"""Files that a user names: read and written, or refused with the path, a reason and a fix."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from songbatch.diagnostics import UsageError
from songbatch.files.named import UnusableFile, read_if_there, read_named, write_named

PACKAGE = Path(__file__).parents[2] / "pipeline" / "songbatch"


def test_a_file_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_named(path, b"bytes", fix="")
    assert read_named(path, fix="") == b"bytes"
    assert read_if_there(path, fix="") == b"bytes"
    assert read_named(path, fix="", limit=5) == b"bytes"


def test_a_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "none" / "below"):
        assert read_if_there(path, fix="") is None
        with pytest.raises(UsageError) as refused:
            read_named(path, fix="name a file")
        assert str(refused.value) == f"{path}: no such file or directory"
        assert refused.value.fix == "name a file"


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        for read in (read_named, read_if_there):
            with pytest.raises(UnusableFile) as refused:
                read(path, fix="name a file")
            assert str(refused.value) == f"{path}: {refused.value.reason}"
            assert refused.value.reason in {"it is not a plain file", "is a directory"}


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(6))
    with pytest.raises(UnusableFile, match="it has more than 5 bytes"):
        read_named(path, fix="", limit=5)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnusableFile) as refused:
        write_named(tmp_path / "file" / "below", b"", fix="write elsewhere")
    assert (refused.value.exit_code, refused.value.fix) == (2, "write elsewhere")


def test_only_one_place_words_what_the_system_says_of_a_file() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "strerror"
        and ast.unparse(node.value) != "os"
    }
    # The other is DiskTrouble: the disk under a run, not a file that somebody named.
    assert found == {"files/named.py", "diagnostics.py"}
