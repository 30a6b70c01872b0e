"""The short form of the crash points: a few of each scene's moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.crash_points import SCENES, crash_once

READY, RECEIVED, FILED = "+*.wav.part", "*.wav.whole", "?" * 64
"""A song is about to be fetched, is on the disk, gets its place in the store."""

SAMPLE = {
    "first render": (40, 47, ".gitignore", "demo", "index"),
    "first render, two jobs": (52,),
    "another tag": (20,),
    "a song less, store deleted": (31,),
    "another take chosen": ("demo.m3u8",),
    "jobs": (READY, RECEIVED, FILED, "first.mp3", 50),
    "jobs, two at once": (RECEIVED, 60),
    "jobs of a run that died": (READY, RECEIVED, FILED),
    "jobs, another bitrate": ("first.mp3",),
    "gc": (7,),
}


@pytest.mark.parametrize(
    ("scene", "operation"),
    [(scene, operation) for scene, operations in SAMPLE.items() for operation in operations],
)
def test_the_next_run_recovers(tmp_path: Path, scene: str, operation: int | str) -> None:
    judgement = crash_once(tmp_path, SCENES[scene], operation)
    assert judgement.crashed
    assert judgement.problems == []
