"""Adoption of copies of chosen takes: before any is removed, the store has its audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.errors import AudioProblem
from songbatch.audio.probe import probe
from songbatch.outputs.copied_takes import copied_takes
from songbatch.store.ledger_records import AdoptedRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.run.context import RunContext


def adopt_copies(specs: Iterable[str], context: RunContext) -> None:
    """Keep the audio of copies that is nowhere else; where a tag says whose it is, write it down.

    For the lock's holder.
    """
    state = context.ledger.state
    for take in copied_takes(specs, context.workspace, context.blobs, state):
        blob = context.blobs.keep(take.audio)
        if take.origin is None or take.origin.key in state.receipts:
            continue
        context.ledger.append(
            AdoptedRecord(
                key=take.origin.key,
                audio_sha256=blob.sha256,
                bytes=blob.bytes,
                seconds=_seconds(take.audio),
                id=take.origin.id,
                engine=take.origin.engine,
            )
        )


def _seconds(audio: bytes) -> float | None:
    try:
        return round(probe(audio).seconds, 3)
    except AudioProblem:
        return None
