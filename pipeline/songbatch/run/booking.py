"""Answers that are on the disk: recognised as audio, written down, filed; also after a death."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.audio.delivery import inspect, inspect_master
from songbatch.audio.probe import AudioProblem
from songbatch.engines.base import EngineError, Verdict
from songbatch.limits import PCM_BYTES_PER_FRAME
from songbatch.model import AudioFormat
from songbatch.records import ServiceFacts
from songbatch.run.delivery import StoredAudio
from songbatch.store import ledger_records as records
from songbatch.store.blobs import MAX_BLOB_BYTES, Received

if TYPE_CHECKING:
    from songbatch.model import AudioSetting
    from songbatch.store.blobs import Blobs
    from songbatch.store.ledger import Ledger
    from songbatch.traits import Traits
    from songbatch.workspace import Workspace


def room(setting: AudioSetting, seconds: float, traits: Traits) -> int:
    """Return how many bytes a song of so many seconds has in this setting, and a little more.

    No more than the store takes: a project may be a stranger's, and say what it likes of lengths.
    """
    rate = setting.sample_rate if traits.master is None else traits.master_rate
    is_mp3 = setting.format is AudioFormat.MP3
    byte_rate = setting.bitrate // 8 if is_mp3 else rate * PCM_BYTES_PER_FRAME
    return min(round(byte_rate * seconds * 1.1), MAX_BLOB_BYTES)


def book(
    received: Received,
    blobs: Blobs,
    ledger: Ledger,
    usd_per_render: float | None = None,
    longest: float | None = None,
) -> StoredAudio:
    """Write down an answer that is on the disk, and file it.

    `usd_per_render` is what it cost if the answer does not say; a song that lasts longer than
    `longest` seconds is remarked on.
    Raises EngineError for one that is not the audio asked for; its bytes are kept all the same,
    for they may be paid.
    """
    try:
        data = blobs.answer(received.path)
        inspected = (
            inspect_master(data, received.audio.format)
            if received.is_master
            else inspect(data, received.audio, longest)
        )
    except AudioProblem as problem:
        raise _unusable(received, problem, blobs, ledger) from problem
    ledger.append(
        records.AnsweredRecord(
            key=received.key,
            attempt=received.attempt,
            audio_sha256=received.blob.sha256,
            bytes=received.blob.bytes,
            seconds=round(inspected.info.seconds, 3),
            trace_id=received.trace_id,
            cost_usd=usd_per_render if received.cost_usd is None else received.cost_usd,
            facts=received.facts or msgspec.UNSET,
            song_sha256=received.song_sha256 or msgspec.UNSET,
        )
    )
    blobs.file(received.path, received.blob)
    return StoredAudio(ledger.state.receipts[received.key], data, inspected, received.remarks)


def _unusable(
    received: Received, problem: AudioProblem, blobs: Blobs, ledger: Ledger
) -> EngineError:
    """Write down and file an answer that is not the audio asked for; return its error."""
    message = f"unusable audio: {problem}; it is kept in the store as {received.blob.sha256}"
    ledger.append(
        records.UnknownRecord(
            key=received.key,
            attempt=received.attempt,
            message=message,
            cost_usd=received.cost_usd,
        )
    )
    blobs.file(received.path, received.blob)
    return EngineError(
        message,
        Verdict.UNKNOWN,
        trace_id=received.trace_id,
        cost_usd=received.cost_usd,
        has_song=True,
    )


def recover(workspace: Workspace, blobs: Blobs, ledger: Ledger) -> None:
    """File the whole answers of a run that was cut off, and clear away the cut ones.

    Only for the lock's holder.
    """
    for received in map(partial(_with_job, ledger), blobs.unfiled()):
        if ledger.state.has_outcome(received.key, received.attempt):
            blobs.file(received.path, received.blob)
            continue
        with contextlib.suppress(EngineError):
            book(received, blobs, ledger)
    blobs.remove_leftovers()
    workspace.remove_leftovers()


def _with_job(ledger: Ledger, received: Received) -> Received:
    """Return an answer that a run was cut off with, and what the ledger has of its job."""
    record = ledger.state.jobs.get(received.key, {}).get(received.attempt)
    if record is None:
        return received
    facts = ServiceFacts(
        job=record.job,
        seed_asked=record.seed,
        seconds_asked=record.seconds,
        cost_kind="planned" if record.usd else None,
    )
    return replace(received, facts=facts, cost_usd=record.usd or None)
