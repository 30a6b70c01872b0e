"""What a run looked at, as the next one may believe it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline import index
from pipeline.sightings import Sightings


def look(root: Path, path: str) -> Sightings:
    sightings = Sightings(root)
    sightings.look(path)
    return sightings


def settled(state: Path) -> list[str]:
    record = index.read(str(state))
    assert record is not None
    return record.settled


def test_a_file_that_changes_after_it_was_read_settles_nothing(tmp_path: Path) -> None:
    file = tmp_path / "spec"
    file.write_text("hill")
    sightings = look(tmp_path, "spec")
    sightings.keep(tmp_path, ["who"])
    assert settled(tmp_path) == ["who"]
    file.write_text("wall")
    sightings.keep(tmp_path, ["who"])
    assert settled(tmp_path) == []


def test_what_was_not_looked_at_is_remembered(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    look(tmp_path, "one").keep(tmp_path, ["who"])
    later = Sightings(tmp_path)
    later.remember(tmp_path)
    later.look("two")
    later.look("three")
    later.keep(tmp_path, ())
    record = index.read(str(tmp_path))
    assert record is not None
    assert (record.settled, sorted(record.paths)) == ([], ["one", "two"])
    digest = hashlib.sha256(b"one").digest()
    assert dict(zip(record.paths, map(record.digest_at, range(2)), strict=True))["one"] == digest
