"""Files are on the disk, every byte of them, before they have their name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from songbatch.files.named import write_atomically


@pytest.mark.parametrize(
    "sizes", [(1,), (65_535,), (65_537,), (300_001,), (5, 20_000, 70_000, 5), ()]
)
def test_all_is_synced_before_it_is_renamed(
    sizes: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    synced: list[tuple[int, bool]] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_size, path.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    write_atomically(path, *(bytes(size) for size in sizes))
    assert synced[0] == (sum(sizes), False)
    assert synced[1][1], "the name is synced after the file has it"
    assert path.read_bytes() == bytes(sum(sizes))
    assert os.listdir(tmp_path) == ["file"]
