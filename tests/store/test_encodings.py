"""Own encodings: remembered, read back, and never more than that."""

from __future__ import annotations

from pathlib import Path

from songbatch.digest import sha256
from songbatch.files.tree import Tree
from songbatch.store.blobs import Blobs
from songbatch.store.encodings import NAME, OwnEncodings

RECORDED, OWN, NEWER = "a" * 64, "b" * 64, "c" * 64


def test_the_last_line_counts_and_odd_ones_do_not(tmp_path: Path) -> None:
    encodings = OwnEncodings(Tree(tmp_path))
    assert not encodings.known()
    encodings.remember(OWN, OWN)
    assert not (tmp_path / NAME).exists()
    encodings.remember(RECORDED, OWN)
    size = (tmp_path / NAME).stat().st_size
    encodings.remember(RECORDED, OWN)
    assert (tmp_path / NAME).stat().st_size == size
    with (tmp_path / NAME).open("ab") as file:
        file.write(f"{RECORDED} {NEWER[:-1]}".encode())  # cut off
    assert OwnEncodings(Tree(tmp_path)).known() == {RECORDED: OWN}
    OwnEncodings(Tree(tmp_path)).remember(RECORDED, NEWER)
    again = OwnEncodings(Tree(tmp_path))
    assert again.known() == {RECORDED: NEWER}
    assert [again.wrote(one, RECORDED) for one in (RECORDED, NEWER, OWN, None)] == [
        True, True, False, False,
    ]  # fmt: skip


def test_the_store_has_under_a_recorded_name_what_this_machine_made(tmp_path: Path) -> None:
    blobs = Blobs(Tree(tmp_path))
    own = blobs.keep(b"song")
    assert not blobs.has(RECORDED)
    blobs.own_encodings.remember(RECORDED, own.sha256)
    assert blobs.has(RECORDED)
    assert blobs.has(RECORDED, 1)  # the size is that of the recorded bytes
    assert blobs.read(RECORDED) == b"song"
    assert blobs.name(RECORDED) == blobs.name(own.sha256)
    # The very bytes come before.
    recorded = blobs.keep(b"as recorded")
    blobs.own_encodings.remember(recorded.sha256, own.sha256)
    assert blobs.read(recorded.sha256) == b"as recorded"
    assert sha256(blobs.read(own.sha256)) == own.sha256
    blobs.drop(own.sha256)
    assert not blobs.has(RECORDED)
