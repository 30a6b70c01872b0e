"""The profiles of the state machine: short by default, `--hypothesis-profile=long` for a night.

And shared stores of either kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings

from support.object_store.folder import FolderStore
from support.object_store.store import ObjectStore, object_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.object_store.contents import Contents

__all__ = ["object_store"]

LONG = "long"

settings.register_profile(
    LONG,
    max_examples=400,
    stateful_step_count=24,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.reuse, Phase.generate, Phase.shrink),
)


@pytest.fixture(params=["folder", "bucket"])
def shared_store(
    request: pytest.FixtureRequest, tmp_path: Path, whole_tables: bool
) -> Iterator[Contents]:
    """A shared store of either kind, empty; without --whole-tables, a folder."""
    if request.param == "folder":
        yield FolderStore(tmp_path / "store")
        return
    if not whole_tables:
        pytest.skip("a folder is tried; with --whole-tables, a bucket too")
    with ObjectStore() as store:
        yield store
