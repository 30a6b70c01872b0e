"""The server, and an account that asks it over HTTP."""

from __future__ import annotations

import pytest

from support.fal.server import FalServer, fal_server
from tests.support.fal.account import Account

__all__ = ["fal_server"]


@pytest.fixture
def account(fal_server: FalServer) -> Account:
    """Somebody with a key."""
    return Account(fal_server)
