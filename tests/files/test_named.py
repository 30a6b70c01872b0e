"""Files that a user names: read and written, or refused with the path, a reason and a fix."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from songbatch.diagnostics import UsageError
from songbatch.files.named import UnusableFile, read_if_there, read_named, write_named, write_page

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


def test_a_page_replaces_pages_alone(tmp_path: Path) -> None:
    for before in (b"", b"<!doctype html>old"):
        (tmp_path / "page").write_bytes(before)
        write_page(tmp_path / "page", b"<new", fix="")
        assert (tmp_path / "page").read_bytes() == b"<new"
    for other in (b"version: 1\n", b"ID3\x04", b"{}"):
        (tmp_path / "page").write_bytes(other)
        with pytest.raises(UsageError, match="is no page") as refusal:
            write_page(tmp_path / "page", b"<new", fix="name another")
        assert refusal.value.fix == "name another"
        assert (tmp_path / "page").read_bytes() == other


@pytest.mark.skipif(not os.path.lexists("/proc/self/fd"), reason="there is no /proc")
def test_what_is_the_systems_is_written_to_and_never_replaced() -> None:
    reader, writer = os.pipe()
    for path in (f"/dev/fd/{writer}", f"/proc/self/fd/{writer}"):
        write_page(Path(path), b"<page>", fix="")
        assert os.read(reader, 100) == b"<page>"
    os.close(reader)
    with pytest.raises(UnusableFile, match="broken pipe"):
        write_named(Path(f"/dev/fd/{writer}"), b"bytes", fix="")
    os.close(writer)
    write_named(Path(os.devnull), b"bytes", fix="")
    assert Path(os.devnull).is_char_device()


def test_a_link_in_a_project_leads_nowhere(tmp_path: Path) -> None:
    for target in ("file", os.devnull):
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to(target)
        write_named(tmp_path / "link", b"bytes", fix="")
        assert not (tmp_path / "link").is_symlink()
    assert not (tmp_path / "file").exists()
