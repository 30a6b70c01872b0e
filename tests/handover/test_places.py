"""Places that packages may have: named with `-o`, and refused before anything is mastered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from songbatch.diagnostics import UsageError
from songbatch.handover.package_files import demand_own

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/", "no package can be called /"),
        ("x" * 201, "no package can be called x"),
        ("words.txt/album", "words.txt is a file"),
        ("words.txt/deeper/album.zip", "words.txt is a file"),
        (".songbatch/album", ".songbatch is not a place for packages"),
        ("songs/.git/hooks/album.zip", ".git is not a place for packages"),
    ],
)
def test_a_place_that_no_package_can_have(tmp_path: Path, place: str, told: str) -> None:
    (tmp_path / "words.txt").write_text("la")
    with pytest.raises(UsageError) as refused:
        demand_own(tmp_path / place)
    assert told in str(refused.value)
    assert refused.value.fix == "write elsewhere with -o"


@pytest.mark.parametrize("place", ["album", "album.zip", "deeper/and/deeper", "x" * 200])
def test_a_place_where_nothing_is(tmp_path: Path, place: str) -> None:
    demand_own(tmp_path / place)
