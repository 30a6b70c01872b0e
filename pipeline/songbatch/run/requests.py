"""One request, done in the order that the money rule demands. Runs in the worker threads.

The ledger has `asked` before a generate request leaves; its answer is whole on the disk and
recognised as audio before the ledger has `answered`; only then may anything be made of it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.delivery import inspect
from songbatch.audio.probe import AudioProblem, probe
from songbatch.diagnostics import DiskTrouble
from songbatch.digest import sha256
from songbatch.engines.base import EngineError, Generation, Verdict
from songbatch.engines.request_id import request_id
from songbatch.limits import MAX_SONG_SECONDS, PCM_BYTES_PER_FRAME
from songbatch.model import AudioFormat, AudioSetting
from songbatch.run.delivery import StoredAudio
from songbatch.store import ledger_records as records
from songbatch.store.blobs import Received

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.engines.base import Engine
    from songbatch.model import Reference, Render, Uploaded
    from songbatch.plan import UploadStep
    from songbatch.store.blobs import Blob, Blobs, Incoming
    from songbatch.store.ledger import Ledger
    from songbatch.workspace import Workspace


class Requests(msgspec.Struct, frozen=True):
    """Sends single requests through an engine and books them."""

    engine: Engine
    blobs: Blobs
    ledger: Ledger
    read_reference: Callable[[Reference], bytes]
    usd_per_render: float

    def upload(self, step: UploadStep, times: int) -> Uploaded:
        """Upload a reference, for the `times`-th time in this run (from 1). Raises EngineError."""
        account, digest, purpose = step.key
        data = self.read_reference(step.reference)
        if sha256(data) != digest:
            raise EngineError(
                f"{step.reference.source} changed while this run used it",
                Verdict.REJECTED,
                fix="run again",
            )
        sent_as = request_id(digest, 1, times)
        ids = self.engine.upload(data, probe(data).format, purpose, sent_as)
        self.ledger.append(
            records.UploadedRecord(
                account=account,
                sha256=digest,
                purpose=purpose,
                voice_id=ids.voice_id,
                instrumental_id=ids.instrumental_id,
                trace_id=ids.trace_id,
            )
        )
        return ids

    def ask(self, render: Render, voice_id: str | None, instrumental_id: str | None) -> Received:
        """Ask once for a render; its audio is on the disk then. Raises EngineError, DiskTrouble."""
        attempt = self.ledger.state.attempts.get(render.key, 0) + 1
        name = request_id(render.key, render.inputs.take, attempt)
        request = Generation.of(render.inputs, voice_id, instrumental_id, name)
        return self._send(render, request, attempt)

    def book(self, received: Received) -> StoredAudio:
        """Write an answer down and file it. Raises EngineError for unusable audio, DiskTrouble."""
        try:
            return book(received, self.blobs, self.ledger, self.usd_per_render)
        except OSError as error:
            # The answer is whole on the disk: the next run files it.
            raise DiskTrouble(error, may_be_paid=False) from error

    def _send(self, render: Render, request: Generation, attempt: int) -> Received:
        """Send the request, and bring its answer to the disk."""
        audio, asked = render.inputs.audio, False
        try:
            with self.blobs.receive(render.key, attempt, audio.format, room(audio)) as incoming:
                self.ledger.append(
                    records.AskedRecord(
                        key=render.key,
                        attempt=attempt,
                        id=render.id,
                        engine=render.inputs.engine.name,
                    )
                )
                asked = True
                try:
                    answer = self.engine.generate(request, incoming)
                except EngineError as error:
                    raise self._failed(error, render.key, attempt, incoming) from error
                blob = incoming.finish()
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=asked) from error
        return Received(
            render.key,
            attempt,
            audio,
            incoming.path,
            blob,
            trace_id=answer.trace_id,
            cost_usd=answer.cost_usd,
            remarks=answer.remarks,
        )

    def _failed(
        self, error: EngineError, key: str, attempt: int, incoming: Incoming
    ) -> EngineError:
        """Write a failure down, and keep the song that came with it all the same, if one did."""
        blob = incoming.finish() if error.has_song else None
        if blob is not None:
            error = _with_song(error, blob)
        record: records.UnknownRecord | records.FailedRecord = (
            records.UnknownRecord(
                key=key, attempt=attempt, message=str(error), cost_usd=error.cost_usd
            )
            if error.verdict is Verdict.UNKNOWN
            else records.FailedRecord(key=key, attempt=attempt, message=str(error))
        )
        # Without a record of its outcome, an attempt counts as unknown.
        with contextlib.suppress(OSError):
            self.ledger.append(record)
        if blob is not None:
            self.blobs.file(incoming.path, blob)
        return error


def _with_song(error: EngineError, blob: Blob) -> EngineError:
    """Return the error of a request that may be paid: its song is here."""
    return EngineError(
        f"{error}; its audio is kept in the store as {blob.sha256}",
        Verdict.UNKNOWN,
        fix=error.fix,
        retry_after=error.retry_after,
        trace_id=error.trace_id,
        cost_usd=error.cost_usd,
        has_song=True,
    )


def room(audio: AudioSetting) -> int:
    """Return how many bytes the longest song has in this setting, and a little more."""
    is_mp3 = audio.format is AudioFormat.MP3
    byte_rate = audio.bitrate // 8 if is_mp3 else audio.sample_rate * PCM_BYTES_PER_FRAME
    return round(byte_rate * MAX_SONG_SECONDS * 1.1)


def book(
    received: Received, blobs: Blobs, ledger: Ledger, usd_per_render: float | None = None
) -> StoredAudio:
    """Write down an answer that is on the disk, and file it.

    `usd_per_render` is its cost if the answer gives none.
    Raises EngineError for one that is not the audio asked for; its bytes are kept all the same,
    for they may be paid.
    """
    try:
        data = blobs.answer(received.path)
        inspected = inspect(data, received.audio)
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
    for received in blobs.unfiled():
        if _is_booked(received, ledger):
            blobs.file(received.path, received.blob)
            continue
        with contextlib.suppress(EngineError):
            book(received, blobs, ledger)
    blobs.remove_leftovers()
    workspace.remove_leftovers()


def _is_booked(received: Received, ledger: Ledger) -> bool:
    """Return whether the ledger already has the outcome of an attempt."""
    state, key = ledger.state, received.key
    was_asked = received.attempt <= state.attempts.get(key, 0)
    return was_asked and received.attempt not in state.open_attempts.get(key, ())
