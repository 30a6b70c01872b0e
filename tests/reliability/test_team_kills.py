"""The short form of the kills of a team's members."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.team_kills import kill_members

pytest.importorskip("obstore", reason="needs songbatch[store]")


def test_who_dies_takes_no_song_along(tmp_path: Path) -> None:
    tally = kill_members(tmp_path, kills=3, seed=3, songs=16)
    assert tally.kills == 3
    assert tally.bought_again <= tally.unknown
    assert tally.problems == []
