"""What a run looked at, as the next one may believe it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline import index
from pipeline.sightings import Sightings
from pipeline.tree import Tree
from tests.kit import age


def look(root: Path, path: str) -> Sightings:
    sightings = Sightings(Tree(root))
    sightings.look(path)
    return sightings


def settled(state: Path) -> list[list[str]]:
    record = index.read(Tree(state))
    assert record is not None
    return record.settled


def later(root: Path, *paths: str) -> Sightings:
    """Return what the next run looks at."""
    sightings = Sightings(Tree(root))
    sightings.remember(Tree(root))
    for path in paths:
        sightings.look(path)
    return sightings


def test_a_file_that_changes_after_it_was_read_settles_nothing(tmp_path: Path) -> None:
    file = tmp_path / "spec"
    file.write_text("hill")
    sightings = look(tmp_path, "spec")
    sightings.keep(Tree(tmp_path), ["1", "who"])
    assert settled(tmp_path) == [["1", "who"]]
    file.write_text("wall")
    sightings.keep(Tree(tmp_path), ["1", "who"])
    assert settled(tmp_path) == []


def test_what_was_not_looked_at_is_remembered(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    look(tmp_path, "one").keep(Tree(tmp_path), ["1", "who"])
    age(tmp_path)
    later(tmp_path, "two", "three").keep(Tree(tmp_path), ())
    record = index.read(Tree(tmp_path))
    assert record is not None
    assert sorted(record.paths) == ["one", "two"]
    digest = hashlib.sha256(b"one").digest()
    assert dict(zip(record.paths, map(record.digest_at, range(2)), strict=True))["one"] == digest


def test_what_was_not_sure_then_is_not_taken_for_sure_now(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    look(tmp_path, "one").keep(Tree(tmp_path), ["1", "first"])
    later(tmp_path, "two").keep(Tree(tmp_path), ["1", "second"])
    record = index.read(Tree(tmp_path))
    assert record is not None
    assert (record.settled, record.paths) == ([["1", "second"]], ["two"])


def test_commands_stay_settled_while_what_they_rest_on_stays(tmp_path: Path) -> None:
    for name in ("one", "two", "both"):
        (tmp_path / name).write_text(name)
    look(tmp_path, "both").keep(Tree(tmp_path), ())
    first, second = ["1", "first"], ["2", "second"]
    for command, paths, there in (
        (first, ("one", "both", "none"), [first]),
        (second, ("two", "both"), [second, first]),
        (first, ("one", "both", "none"), [first, second]),
        ((), ("both",), [first, second]),
    ):
        later(tmp_path, *paths).keep(Tree(tmp_path), command)
        age(tmp_path)
        assert settled(tmp_path) == there
    (tmp_path / "none").touch()
    later(tmp_path, "none").keep(Tree(tmp_path), ())
    age(tmp_path)
    assert settled(tmp_path) == [second]
    (tmp_path / "both").write_text("changed")
    later(tmp_path, "both").keep(Tree(tmp_path), ())
    assert settled(tmp_path) == []


def test_only_so_many_commands_are_remembered(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    for number in range(2 * index.MOST_SETTLED):
        later(tmp_path, "one").keep(Tree(tmp_path), [str(number), "who", str(number)])
        age(tmp_path)
    numbers = [int(command[0]) for command in settled(tmp_path)]
    assert numbers == [*range(2 * index.MOST_SETTLED - 1, index.MOST_SETTLED - 1, -1)]
