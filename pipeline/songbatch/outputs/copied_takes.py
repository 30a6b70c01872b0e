"""Copies of chosen takes as all that tells of them: where store or ledger did not come along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.tags import untagged
from songbatch.digest import sha256
from songbatch.outputs.entries import described
from songbatch.outputs.provenance import NotOurs, Origin, origin
from songbatch.outputs.selects_list import folder_of, list_of, recorded_copies
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from songbatch.model import Render
    from songbatch.outputs.selects_list import RecordedCopy
    from songbatch.records import Entry
    from songbatch.store.blobs import Blobs
    from songbatch.store.ledger import LedgerState
    from songbatch.workspace import Workspace


class CopiedTake(msgspec.Struct, frozen=True):
    """A copy as it was recorded, of whose audio the store or the ledger does not know.

    `origin` is what its tag says, None if it has none, or none that fits.
    """

    path: str
    sha256: str
    audio: bytes
    audio_sha256: str
    origin: Origin | None


def copied_takes(
    specs: Iterable[str], workspace: Workspace, blobs: Blobs, ledger: LedgerState
) -> Iterator[CopiedTake]:
    """Yield the copies of specs whose audio is not in the store, or not in the ledger."""
    received = {receipt.audio_sha256 for receipt in ledger.receipts.values()}
    own = blobs.own_encodings.known()
    received |= {recorded for recorded, file in own.items() if file in received}
    for spec in specs:
        for name, copy in recorded_copies(list_of(spec), workspace).items():
            is_known = copy.audio_sha256 in received and blobs.has(copy.audio_sha256)
            if copy.audio_sha256 and not is_known:
                take = _read(f"{folder_of(spec)}/{name}", copy, workspace)
                if take is not None:
                    yield take


def _read(path: str, copy: RecordedCopy, workspace: Workspace) -> CopiedTake | None:
    if workspace.digest(path) != copy.sha256:
        return None
    try:
        data = workspace.read_bytes(path)
    except Unreadable:
        return None
    audio = untagged(data)
    if sha256(audio) != copy.audio_sha256:  # made of a master, or changed meanwhile
        return None
    try:
        found = origin(data)
    except NotOurs:
        return CopiedTake(path, copy.sha256, audio, copy.audio_sha256, None)
    return CopiedTake(path, copy.sha256, audio, copy.audio_sha256, found if found.intact else None)


def as_entries(
    takes: Iterable[CopiedTake], renders: Mapping[str, Render]
) -> Iterator[tuple[str, Entry]]:
    """Yield the copies that renders, by key, want, as entries whose output is the copy."""
    for take in takes:
        key = take.origin.key if take.origin is not None else ""
        if key in renders:
            yield (
                key,
                described(renders[key], "done").but(
                    output=take.path,
                    sha256=take.sha256,
                    audio_sha256=take.audio_sha256,
                ),
            )
