"""Fixtures: a scheduler, and a project that has songs made there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("distributed", reason="a cluster needs songbatch[dask]")

from support.kit import Project
from tests.cluster.hosting import Hosts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.contract.server import ContractServer


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """A scheduler without workers."""
    with Hosts(tmp_path / "hosts") as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, contract_server: ContractServer) -> Project:
    """A project with a reference, and the key of the contract server."""
    made = Project(tmp_path / "project")
    made.environment = contract_server.environment
    return made.reference("specs/beat.mp3")
