"""The short form of the crash points at paid services: a few of each scene's moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.service_crashes import crash_once

CLONE_ASKED, CLONE_MADE = 51, 56
"""The request for a clone is about to leave; its id is here, and not in the ledger."""

SAMPLE = {
    "a clone at fal": (CLONE_ASKED, CLONE_MADE, "+*.mp3.part"),
    "songs at fal": ("?" * 64,),
    "songs at Replicate": ("*.wav.whole",),
    "a cover at Replicate": ("+*.wav.part",),
}


@pytest.mark.parametrize(
    ("scene", "operation"),
    [(scene, operation) for scene, operations in SAMPLE.items() for operation in operations],
)
def test_nothing_is_paid_twice_or_lost(tmp_path: Path, scene: str, operation: int | str) -> None:
    judgement = crash_once(tmp_path, scene, operation)
    assert judgement.crashed
    assert judgement.problems == []
