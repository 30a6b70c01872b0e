"""Fixtures for the tests of Replicate's simulated service."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from support.replicate.server import ReplicateServer
from tests.support.replicate.asking import KEY, Asker

# The vendor's client rests on pydantic 1, which stops before Python 3.14.
collect_ignore = ["test_vendor_client.py"] if sys.version_info >= (3, 14) else []


@pytest.fixture
def server() -> Iterator[ReplicateServer]:
    with ReplicateServer(key=KEY) as server:
        yield server


@pytest.fixture
def asker(server: ReplicateServer) -> Asker:
    return Asker(server)
