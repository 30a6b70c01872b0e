"""Delivery: the output of a render, written from audio that is in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.credentials import credential
from songbatch.audio.delivery import inspect, inspect_master, length_shortfall
from songbatch.digest import sha256
from songbatch.model import AudioFormat, Purpose
from songbatch.outputs import entries
from songbatch.outputs.tagged import cover_bytes, with_tag
from songbatch.records import ODD_ANSWER, is_same_song
from songbatch.store import measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.audio.delivery import Inspected
    from songbatch.measures import Measures
    from songbatch.model import Render
    from songbatch.records import Entry, Receipt
    from songbatch.run.context import RunContext


class StoredAudio(msgspec.Struct, frozen=True):
    """Audio of the store at hand, and what it was found to be: read, hashed and measured once.

    `remarks` say what was odd about the answer that it came in.
    """

    receipt: Receipt
    audio: bytes
    inspected: Inspected
    remarks: tuple[str, ...] = ()


def write_output(
    render: Render, receipt: Receipt, context: RunContext, before: Entry | None
) -> Entry:
    """Write the output of a render from its audio in the store; return its entry."""
    return deliver(render, stored_audio(render, receipt, context), context, before)


def stored_audio(render: Render, receipt: Receipt, context: RunContext) -> StoredAudio:
    """Return the audio of a render that is in the store, inspected."""
    audio = context.blobs.read(receipt.audio_sha256)
    asked = render.inputs.audio
    inspected = (
        inspect_master(audio, AudioFormat(render.inputs.engine.master))
        if asked is None
        else inspect(audio, asked)
    )
    return StoredAudio(receipt, audio, inspected)


def deliver(
    render: Render, stored: StoredAudio, context: RunContext, before: Entry | None
) -> Entry:
    """Write the output of a render from audio at hand; return its entry."""
    receipt, (audio, inspected) = stored.receipt, _as_asked(stored, render)
    cover = cover_bytes(render, context.workspace)
    measures = _known_measures(receipt, context, before)
    output = with_tag(audio, render, cover, measures)
    digest = sha256(*output)
    if context.workspace.digest(render.output) != digest:
        context.workspace.write(render.output, *output, sha256=digest)
    size = sum(map(len, output))
    warnings = (
        *_length(render, receipt),
        *inspected.shortfalls,
        *(f"{ODD_ANSWER}{one}" for one in stored.remarks),
    )
    written = entries.WrittenOutput(digest, size, inspected.info, warnings)
    entry = entries.done(render, receipt, written, before)
    entry = entry.but(
        cover=entry.cover if cover else None,
        measures=measures,
        credential=credential(stored.audio),
    )
    return _recorded(entry, before, receipt.audio_sha256, digest, context)


def _recorded(
    entry: Entry, before: Entry | None, audio: str, output: str, context: RunContext
) -> Entry:
    """Return the entry as the manifest has it; what this machine has otherwise is remembered.

    `audio` and `output` are the digests of this machine's files.
    """
    entry = entries.as_recorded(entry, before)
    for recorded, own in ((entry.audio_sha256, audio), (entry.sha256, output)):
        if recorded is not None:
            context.blobs.own_encodings.remember(recorded, own)
    return entry


def _as_asked(stored: StoredAudio, render: Render) -> tuple[bytes, Inspected]:
    """Return the audio of an output, made of the master if the engine delivers in one form."""
    setting = render.unresolved.audio
    if render.inputs.audio is not None:
        return stored.audio, stored.inspected
    from songbatch.audio.convert import convert  # noqa: PLC0415  (loads numpy)

    audio = convert(stored.audio, setting)
    return audio, inspect(audio, setting)


def _length(render: Render, receipt: Receipt) -> Iterator[str]:
    """Yield how the length of a song differs from what was asked for, where that decides it."""
    inputs, facts = render.inputs, receipt.facts
    backing = inputs.instrumental
    # A cover is as long as its original, and a voice over a backing as long as that.
    is_given = inputs.follow == "song" or (
        backing is not None and backing.purpose is Purpose.INSTRUMENTAL
    )
    if is_given or facts.is_cap or facts.seconds_asked is None or receipt.seconds is None:
        return
    if shortfall := length_shortfall(facts.seconds_asked, receipt.seconds):
        yield shortfall


def _known_measures(receipt: Receipt, context: RunContext, before: Entry | None) -> Measures | None:
    if before is not None and before.measures is not None and is_same_song(before, receipt):
        return before.measures
    return measured.load(context.blobs, receipt.audio_sha256)


def attempt_counts(key: str, context: RunContext) -> entries.AttemptCounts:
    """Return what the ledger counts for a key."""
    state = context.ledger.state
    return entries.AttemptCounts(state.attempts.get(key, 0), state.unknown_outcomes(key))
