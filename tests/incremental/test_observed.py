"""What a run looked at, as the next one may believe it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from songbatch.files.tree import Tree
from songbatch.incremental import file_index
from songbatch.incremental.observed import MOST_LOOKED_AT_AGAIN, ObservedFiles
from songbatch.incremental.up_to_date import MOST_COMMANDS
from songbatch.layout import folder_id
from support.kit import age

if TYPE_CHECKING:
    from songbatch.incremental.up_to_date import Command


def look(root: Path, path: str) -> ObservedFiles:
    seen = ObservedFiles(Tree(root))
    seen.observe(path)
    return seen


def command(*who: str) -> Command:
    return 0, b"texts", [*who]


def read(root: Path) -> file_index.FileIndex:
    record = file_index.read(Tree(root), folder_id(str(root)))
    assert record is not None
    return record


def remembered(root: Path) -> list[Command]:
    return read(root).up_to_date.commands


def later(root: Path, *paths: str) -> ObservedFiles:
    """Return what the next run looks at."""
    seen = ObservedFiles(Tree(root))
    seen.remember(Tree(root))
    for path in paths:
        seen.observe(path)
    return seen


def test_a_file_that_changes_after_it_was_read_keeps_no_command(tmp_path: Path) -> None:
    file = tmp_path / "spec"
    file.write_text("hill")
    seen = look(tmp_path, "spec")
    seen.keep(Tree(tmp_path), command("who"))
    assert remembered(tmp_path) == [command("who")]
    file.write_text("wall")
    seen.keep(Tree(tmp_path), command("who"))
    assert remembered(tmp_path) == []


def test_what_was_not_looked_at_is_remembered(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    look(tmp_path, "one").keep(Tree(tmp_path), command("who"))
    age(tmp_path)
    later(tmp_path, "two", "three").keep(Tree(tmp_path), None)
    record = read(tmp_path).files
    assert sorted(record.paths) == ["one", "two"]
    digest = hashlib.sha256(b"one").digest()
    assert dict(zip(record.paths, map(record.digest_at, range(2)), strict=True))["one"] == digest


def test_what_was_not_sure_then_is_looked_at_again(tmp_path: Path) -> None:
    first, second = command("first"), command("second")
    for changed in (False, True):
        for name in ("one", "two"):
            (tmp_path / name).write_text(name)
        look(tmp_path, "one").keep(Tree(tmp_path), first)
        if changed:
            (tmp_path / "one").write_text("eno")
        later(tmp_path, "two").keep(Tree(tmp_path), second)
        assert remembered(tmp_path) == ([second] if changed else [second, first])
        # It does not depend on what others do.
        (tmp_path / "one").write_text("other")
        later(tmp_path, "one").keep(Tree(tmp_path), None)
        assert remembered(tmp_path) == [second]


def test_what_takes_long_to_look_at_again_is_not_sure(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).touch()
    os.truncate(tmp_path / "one", MOST_LOOKED_AT_AGAIN + 1)
    look(tmp_path, "one").keep(Tree(tmp_path), command("first"))
    later(tmp_path, "two").keep(Tree(tmp_path), command("second"))
    assert (remembered(tmp_path), read(tmp_path).files.paths) == ([command("second")], ["two"])


def test_commands_stay_while_what_they_depend_on_stays(tmp_path: Path) -> None:
    for name in ("one", "two", "both"):
        (tmp_path / name).write_text(name)
    look(tmp_path, "both").keep(Tree(tmp_path), None)
    first, second = command("first"), command("second")
    for who, paths, there in (
        (first, ("one", "both", "none"), [first]),
        (second, ("two", "both"), [second, first]),
        (first, ("one", "both", "none"), [first, second]),
        (None, ("both",), [first, second]),
    ):
        later(tmp_path, *paths).keep(Tree(tmp_path), who)
        age(tmp_path)
        assert remembered(tmp_path) == there
    (tmp_path / "none").touch()
    later(tmp_path, "none").keep(Tree(tmp_path), None)
    age(tmp_path)
    assert remembered(tmp_path) == [second]
    (tmp_path / "both").write_text("changed")
    later(tmp_path, "both").keep(Tree(tmp_path), None)
    assert remembered(tmp_path) == []


def test_only_so_many_commands_are_remembered(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    for number in range(2 * MOST_COMMANDS):
        later(tmp_path, "one").keep(Tree(tmp_path), command("who", str(number)))
        age(tmp_path)
    numbers = [int(who[1]) for _, _, who in remembered(tmp_path)]
    assert numbers == [*range(2 * MOST_COMMANDS - 1, MOST_COMMANDS - 1, -1)]


def test_paths_that_lead_elsewhere_are_not_written_down(tmp_path: Path) -> None:
    # A manifest may name any; a record that named them would count as none.
    for path in ("../one", "a/../../b", "/one", "a//b", "a/", "a\0b"):
        (tmp_path / "two").write_text("two")
        seen = look(tmp_path, "two")
        seen.record_absent(path)
        seen.keep(Tree(tmp_path), command("who"))
        assert (remembered(tmp_path), read(tmp_path).files.paths) == ([], ["two"])
