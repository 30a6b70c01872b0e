"""Fixtures of the hostile projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.kit import Project
from support.object_store.store import object_store
from tests.hostile.limited import Stranger

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["object_store"]

SECRET = "what stands outside the project"


@pytest.fixture
def stranger(tmp_path: Path) -> Stranger:
    """An empty project beside a file that is none of its business."""
    (tmp_path / "outside.txt").write_text(SECRET)
    (tmp_path / "project").mkdir()
    return Stranger(Project(tmp_path / "project"))
