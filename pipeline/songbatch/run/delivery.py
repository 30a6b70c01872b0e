"""Delivery: the output of a render, written from audio that is in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.delivery import inspect
from songbatch.digest import sha256
from songbatch.outputs import entries
from songbatch.outputs.tagged import cover_bytes, dressed
from songbatch.records import ODD_ANSWER
from songbatch.store import measured

if TYPE_CHECKING:
    from songbatch.audio.delivery import Inspected
    from songbatch.measures import Measures
    from songbatch.model import Render
    from songbatch.records import Entry, Receipt
    from songbatch.run.context import Desk


class Arrival(msgspec.Struct, frozen=True):
    """Audio of the store at hand, and what it was found to be: read, hashed and measured once.

    `remarks` say what was odd about the answer that it came in.
    """

    receipt: Receipt
    audio: bytes
    inspected: Inspected
    remarks: tuple[str, ...] = ()


def write_output(render: Render, receipt: Receipt, desk: Desk, before: Entry | None) -> Entry:
    """Write the output of a render from its audio in the store; return its entry."""
    audio = desk.blobs.read(receipt.audio_sha256)
    return deliver(
        render, Arrival(receipt, audio, inspect(audio, render.draft.audio)), desk, before
    )


def deliver(render: Render, arrival: Arrival, desk: Desk, before: Entry | None) -> Entry:
    """Write the output of a render from audio at hand; return its entry."""
    receipt, inspected = arrival.receipt, arrival.inspected
    cover = cover_bytes(render, desk.workspace)
    measures = _known_measures(receipt.audio_sha256, desk, before)
    output = dressed(arrival.audio, render, cover, measures)
    digest = sha256(*output)
    if desk.workspace.digest(render.output) != digest:
        desk.workspace.write(render.output, *output, sha256=digest)
    size = sum(map(len, output))
    warnings = (*inspected.shortfalls, *(f"{ODD_ANSWER}{one}" for one in arrival.remarks))
    written = entries.Written(digest, size, inspected.info, warnings)
    entry = entries.done(render, receipt, written, requests_for(render.key, desk), before)
    return entry.but(cover=entry.cover if cover else None, measures=measures)


def _known_measures(audio_sha256: str, desk: Desk, before: Entry | None) -> Measures | None:
    if before is not None and before.audio_sha256 == audio_sha256 and before.measures is not None:
        return before.measures
    return measured.load(desk.blobs, audio_sha256)


def requests_for(key: str, desk: Desk) -> entries.Requests:
    """Return what the ledger counts for a key."""
    state = desk.ledger.state
    return entries.Requests(state.attempts.get(key, 0), state.unknown_outcomes(key))
