"""Stores that tests of sharing use: a folder, and a real server of the S3 protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from songbatch.sharing.address import StoreAddress
from songbatch.sharing.shared_store import SharedStore
from support.object_store.contents import Contents
from support.object_store.folder import FolderStore
from support.object_store.store import ObjectStore

Opener = Callable[..., SharedStore]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    pytest.importorskip("obstore", reason="needs songbatch[store]")
    with ObjectStore() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        yield store


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> Contents:
    found: Contents = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def runs() -> Iterator[Opener]:
    """Open a store as a run of its own; what was begun is closed."""
    with ExitStack() as stack:

        def opened(
            store: Contents, *, begun: bool = True, lease: float = 60, project: str = ""
        ) -> SharedStore:
            environment = store.environment | {"SONGBATCH_LEASE": str(lease)}
            run = SharedStore.open(StoreAddress.parse(store.address), environment, project=project)
            if begun:
                run.begin()
            stack.callback(run.close)
            return run

        yield opened
