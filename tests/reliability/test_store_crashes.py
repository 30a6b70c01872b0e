"""The short form of the crash points of runs that share their songs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.store_crashes import SCENES, crash_once

pytest.importorskip("obstore", reason="needs songbatch[store]")

RECEIVED, FILED = "*.mp3.whole", "?" * 64
"""A song is on the disk, gets its place in the store of this machine."""

SAMPLE = {
    "writes not done": (24,),
    "writes done": (25,),
    "writes done, back": (23,),
    "file operations": (RECEIVED,),
    "file operations, back": (FILED,),
}


@pytest.mark.parametrize(
    ("scene", "operation"),
    [(scene, operation) for scene, operations in SAMPLE.items() for operation in operations],
)
def test_others_go_on(tmp_path: Path, scene: str, operation: int | str) -> None:
    judgement = crash_once(tmp_path, SCENES[scene], operation)
    assert judgement.crashed
    assert judgement.problems == []
