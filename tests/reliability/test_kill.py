"""The short form of the kill test."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.kill import kill_runs


def test_kills_lose_nothing_and_tear_nothing(tmp_path: Path) -> None:
    tally = kill_runs(tmp_path, kills=5, seed=7, songs=24)
    assert tally.kills == 5
    assert tally.asked_again <= tally.unknown
    assert tally.problems == []
