"""Whatever lies where the program reads or writes: nothing outside changes, nothing leaks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.hostile.forking import Forks
from tests.hostile.places import COMMANDS, PLACES, THINGS, Ground, attack, make_ground


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    with Forks() as running:
        yield running


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return make_ground(tmp_path_factory.mktemp("places") / "ground")


@pytest.mark.parametrize("place", PLACES)
def test_a_hostile_thing(place: str, ground: Ground, forks: Forks, tmp_path: Path) -> None:
    turn = count(PLACES.index(place))
    for thing in THINGS:
        copy = ground.copied(tmp_path / "copy")
        # Rendering does most; the others take turns.
        other = COMMANDS[1 + next(turn) % (len(COMMANDS) - 1)]
        for result in attack(forks, copy, place, thing, iter((other, COMMANDS[0]))):
            assert result.status >= 0
        shutil.rmtree(copy.top)
