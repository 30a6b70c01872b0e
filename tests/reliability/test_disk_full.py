"""The short form of the full disks: a few amounts of free room."""

from __future__ import annotations

import pytest

from tests.reliability.disk_full import PAGE, ROOM, fill_disks, why_not

SAMPLE = {
    "first render": [3 * PAGE, ROOM + 20 * PAGE],
    "edited lines": [4 * ROOM + 4 * PAGE],
    "outputs deleted": [8 * PAGE],
}


@pytest.mark.parametrize("scene", SAMPLE)
def test_a_full_disk_tears_and_loses_nothing(scene: str) -> None:
    if reason := why_not():
        pytest.skip(f"no small disk can be made here: {reason}")
    for judgement in fill_disks(scene, SAMPLE[scene]):
        assert judgement.status == 1, judgement
        assert judgement.problems == [], judgement
        assert judgement.lost == 0, judgement
