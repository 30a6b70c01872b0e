"""What a worker keeps on its disk: references by digest, within bounds."""

from __future__ import annotations

import os
from pathlib import Path

from songbatch.cluster.kept import WorkerCache, usual_folder
from songbatch.cluster.makeup import own_makeup
from songbatch.digest import sha256
from songbatch.files.tree import Tree


def test_a_reference_is_known_by_its_digest_and_only_whole(tmp_path: Path) -> None:
    kept = WorkerCache(Tree(tmp_path))
    kept.keep(b"reference")
    digest = sha256(b"reference")
    assert kept.get(digest) == b"reference"
    assert kept.get(sha256(b"another")) is None
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(b"reference?")
    assert kept.get(digest) is None


def test_the_oldest_goes_first_and_nothing_else_is_touched(tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask/lock").write_bytes(b"x" * 100)
    engine = tmp_path / "engines/sketch"
    engine.mkdir(parents=True)
    for age, name in enumerate(("new", "older", "oldest")):
        (engine / name).write_bytes(b"x" * 10)
        os.utime(engine / name, (1e9 - age, 1e9 - age))
    WorkerCache(Tree(tmp_path), most=25).trim()
    assert sorted(path.name for path in engine.iterdir()) == ["new", "older"]
    assert (tmp_path / "dask/lock").exists()


def test_a_disk_that_takes_nothing_stops_no_worker(tmp_path: Path) -> None:
    kept = WorkerCache(Tree(tmp_path / "nowhere"))
    kept.keep(b"reference")
    assert kept.get(sha256(b"reference")) is None


def test_folders_of_caches_are_the_systems(tmp_path: Path) -> None:
    assert usual_folder().endswith("songbatch/worker")


def test_copies_that_differ_are_told_apart() -> None:
    own = own_makeup()
    assert own == own_makeup()
    assert own.why_unlike(own) == ""
    other = type(own)(own.version, "0" * 64, own.python)
    assert own.why_unlike(other) == (f"has other sources of songbatch {own.version} than this run")
    assert own.why_unlike(type(own)("0.0.1", own.sources, own.python)) == (
        f"has songbatch 0.0.1, this run {own.version}"
    )
