"""The records of the ledger, as its JSON has them: `event` is the name of the type."""

from __future__ import annotations

from typing import Any, Self

import msgspec

from songbatch.digest import Count, Digest, Real
from songbatch.model import AudioFormat, Purpose, Uploaded
from songbatch.records import MadeReference, Receipt, ServiceFacts, UploadKey


class _Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    at: str = ""
    """UTC, ISO 8601; the ledger sets it."""


class _Attempt(_Record, frozen=True, kw_only=True):
    key: str
    attempt: Count


class AskedRecord(_Attempt, frozen=True, kw_only=True, tag="asked"):
    """A generate request is about to leave."""

    id: str
    engine: str


class SubmittedRecord(_Attempt, frozen=True, kw_only=True, tag="submitted"):
    """The service has taken the request on as a job; its song can be had under this name.

    `format` is the container in which the song comes; `seed` and `seconds`, how long it shall last,
    are those that were asked for.
    """

    job: str
    engine: str
    account: str
    format: AudioFormat
    seed: Count | None = None
    seconds: Real | None = None
    usd: Real | None = None
    """What it was planned to cost."""
    reference: MadeReference | None = None
    """What it makes an id of; None for a song."""


class AnsweredRecord(_Attempt, frozen=True, kw_only=True, tag="answered"):
    """Its audio is on the disk."""

    audio_sha256: str
    bytes: Count
    seconds: Real | None
    trace_id: str | None = None
    cost_usd: Real | None = None
    facts: ServiceFacts | msgspec.UnsetType = msgspec.UNSET
    """Left out where the service said nothing."""
    song_sha256: Digest | msgspec.UnsetType = msgspec.UNSET
    """Left out where the engine does not say what the song is on every machine."""


class FailedRecord(_Attempt, frozen=True, kw_only=True, tag="failed"):
    """It surely costs nothing."""

    message: str


class UnknownRecord(_Attempt, frozen=True, kw_only=True, tag="unknown"):
    """It may have been accepted and paid. `cost_usd` is what the service said it charged."""

    message: str
    cost_usd: Real | None = None


class AdoptedRecord(_Record, frozen=True, kw_only=True, tag="adopted"):
    """Audio that was on the disk already, or that another machine has paid for.

    `id` and `engine` where nothing else records whose it is. `rendered_at`, `attempts`,
    `unknown_outcomes` and `facts` are those of whoever received it, where that is known.
    """

    key: str
    audio_sha256: str
    bytes: Count
    seconds: Real | None
    trace_id: str | None = None
    cost_usd: Real | None = None
    song_sha256: Digest | msgspec.UnsetType = msgspec.UNSET
    id: str | msgspec.UnsetType = msgspec.UNSET
    engine: str | msgspec.UnsetType = msgspec.UNSET
    rendered_at: str | msgspec.UnsetType = msgspec.UNSET
    attempts: Count | msgspec.UnsetType = msgspec.UNSET
    unknown_outcomes: Count | msgspec.UnsetType = msgspec.UNSET
    facts: ServiceFacts | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(cls, receipt: Receipt, **more: Any) -> Self:
        """Return the record of a receipt that is complete; `more` fields are those it lacks."""
        return cls(
            key=receipt.key,
            audio_sha256=receipt.audio_sha256,
            bytes=receipt.bytes,
            seconds=receipt.seconds,
            trace_id=receipt.trace_id,
            cost_usd=receipt.cost_usd,
            song_sha256=receipt.song_sha256 or msgspec.UNSET,
            rendered_at=receipt.at,
            attempts=receipt.attempts,
            unknown_outcomes=receipt.unknown_outcomes,
            facts=receipt.facts,
            **more,
        )


class UploadedRecord(_Record, frozen=True, kw_only=True, omit_defaults=True, tag="uploaded"):
    """An upload answered its ids, or its handle.

    One that a job made closes the `attempt` of its `key`, and `cost_usd` is what it cost.
    """

    account: str
    sha256: str
    purpose: Purpose
    voice_id: str | None
    instrumental_id: str | None
    trace_id: str | None = None
    handle: str | None = None
    until: str | None = None
    """When it expires: UTC, ISO 8601."""
    stored_as: str = ""
    key: str = ""
    attempt: Count = 0
    cost_usd: Real | None = None

    @classmethod
    def of(cls, upload: UploadKey, ids: Uploaded, **attempt: Any) -> Self:
        """Return the record of what an upload answered; `attempt` is that of a job that made it."""
        account, digest, purpose, stored_as = upload
        return cls(
            account=account,
            sha256=digest,
            purpose=purpose,
            stored_as=stored_as,
            voice_id=ids.voice_id,
            instrumental_id=ids.instrumental_id,
            trace_id=ids.trace_id,
            handle=ids.handle,
            until=ids.until,
            **attempt,
        )


LedgerRecord = (
    AskedRecord
    | SubmittedRecord
    | AnsweredRecord
    | FailedRecord
    | UnknownRecord
    | AdoptedRecord
    | UploadedRecord
)
"""An attempt that was asked and has no other record was cut off: its outcome is unknown."""

decode = msgspec.json.Decoder(LedgerRecord).decode
"""Read a record's JSON. Raises msgspec.MsgspecError."""
