"""The steps of a plan: what is done, to what, and why."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from songbatch.digest import canonical_json, sha256
from songbatch.formatting import moment
from songbatch.prices import Price, Tariff

if TYPE_CHECKING:
    from songbatch.model import EngineIdentity, Purpose, RecordingCut, Reference, Render, Track
    from songbatch.records import Entry, UploadKey


class Action(StrEnum):
    """What a run does; only `upload` and `render` send anything to an engine."""

    FETCH = "fetch"
    """Download a reference that is given by URL."""
    CONVERT = "convert"
    """Make a WAV of a recording, or of a cut of it, that engines do not take as it is."""
    UPLOAD = "upload"
    RENDER = "render"
    """Ask the engine for a song: the step that costs."""
    COLLECT = "collect"
    """Fetch a song that was asked for before and is, or was, under way at the service."""
    JOIN = "join"
    """Make the song of its parts, which are made first."""
    SHARE = "share"
    """Another render of this run has the same key; one request serves both."""
    RESTORE = "restore"
    """Write the output from audio in the store."""
    ADOPT = "adopt"
    """The output is right but the store lost its audio: take it from the output."""
    REUSE = "reuse"
    """Everything is as it should be."""
    MEASURE = "measure"
    """Everything is as it should be, but nobody has measured the audio yet."""
    HOLD = "hold"
    """It was paid, or may have been, and there is no audio; it waits for a decision."""
    REMOVE = "remove"
    """Delete an output that no render has any more; its audio stays in the store."""


class Reason(StrEnum):
    """Why a step is what it is; the text is for people, the name for programs."""

    NEW = "not rendered yet"
    CHANGED = "changed"
    FAILED_BEFORE = "failed last time"
    LOST = "its audio is neither in the store nor in outputs"
    OF_PARTS = "of"
    UNDER_WAY = "asked for before, as the job"
    SAME_KEY = "the same request as"
    OUTPUT_MISSING = "the output is missing"
    OUTPUT_CHANGED = "the output is not what was written"
    OTHER_MACHINE = "the same song is recorded in the bytes of another machine"
    UNCOMPARED = "recorded in other bytes, and whether they are this song is not known here"
    RENAMED = "rendered before as"
    RETAGGED = "its tags changed"
    CONVERTED = "its audio setting changed"
    RENDERED_BEFORE = "rendered before"
    SHARED = "in the shared store"
    ASKED_ELSEWHERE = "not rendered yet; asked for by"
    WITHHELD = "paid for elsewhere, but"
    UP_TO_DATE = "up to date"
    STORE_LOST = "the store lost it, the output has it"
    UNMEASURED = "not measured yet"
    UNKNOWN_OUTCOME = "may have been paid without an answer"
    REFERENCE_HELD = "what it follows may have been paid without an answer:"
    PAID_BEFORE = "paid for before, but its audio is not here"
    NOT_UPLOADED = "not uploaded to this account yet"
    UPLOADED_BEFORE = "uploaded before"
    EXPIRED = "uploaded before, but the service does not keep it"
    NOT_FETCHED = "not downloaded yet"
    NEEDS_WAV = "WAV for upload"
    RETIRED = "no render has this output any more"
    MOVED = "its song is now"
    SPEC_GONE = "its spec is gone"


def made_key(upload: UploadKey) -> str:
    """Return under which key the ledger has the requests for an upload that a job makes."""
    account, digest, purpose, stored_as = upload
    made = {"account": account, "sha256": digest, "purpose": purpose.value, "as": stored_as}
    return sha256(canonical_json({"reference": made}))


class FetchStep(msgspec.Struct, frozen=True):
    """Download the bytes of `reference`, which is given by URL."""

    reference: Reference
    action: Action = Action.FETCH
    reason: Reason = Reason.NOT_FETCHED


class ConvertStep(msgspec.Struct, frozen=True):
    """Make the WAV that engines get for `reference`, of which `track` is known."""

    reference: Reference
    track: Track
    action: Action = Action.CONVERT
    reason: Reason = Reason.NEEDS_WAV

    @property
    def subject(self) -> str:
        """Where the recording is."""
        return self.reference.source

    @property
    def why(self) -> str:
        """What is made, as a phrase."""
        if self.track.cut is None:
            return self.reason.value
        return f"{self.reason.value}, {cut_text(self.track.cut)}"


def cut_text(cut: RecordingCut) -> str:
    """Return the part that counts, as a phrase: `from 0:42 to 1:10`."""
    end = "the end" if cut.to_ms is None else moment(cut.to_ms)
    return f"from {moment(cut.from_ms)} to {end}"


class UploadStep(msgspec.Struct, frozen=True):
    """A reference the engine must know: uploaded once per account, digest and purpose.

    One that a job makes costs `usd`, in US dollars; `detail` completes the reason.
    """

    key: UploadKey
    reference: Reference
    names: tuple[str, ...]
    action: Action
    reason: Reason
    usd: float = 0.0
    is_made: bool = False
    detail: str = ""

    @property
    def purpose(self) -> Purpose:
        """What the upload is for."""
        return self.key[2]

    @property
    def attempts_key(self) -> str:
        """Under which key the ledger has the requests for one that a job makes."""
        return made_key(self.key)


class RenderStep(msgspec.Struct, frozen=True):
    """What happens to one render. `detail` completes the reason, `uploads` are what it needs.

    `files` are the references that go along with its request. `price` is that of one that is asked
    for, now or before.
    """

    render: Render
    action: Action
    reason: Reason
    detail: str = ""
    uploads: tuple[UploadKey, ...] = ()
    files: tuple[Reference, ...] = ()
    price: Price = Price()

    @property
    def why(self) -> str:
        """The reason as a phrase."""
        if self.reason is Reason.CHANGED:
            return f"{self.detail} changed"
        return f"{self.reason.value} {self.detail}".rstrip()


class RemoveStep(msgspec.Struct, frozen=True):
    """An output to delete; `entry` is its entry in the last manifest, `detail` ends the reason."""

    entry: Entry
    action: Action = Action.REMOVE
    reason: Reason = Reason.RETIRED
    detail: str = ""

    @property
    def why(self) -> str:
        """The reason as a phrase."""
        return f"{self.reason.value} {self.detail}".rstrip()


class OrphanStep(msgspec.Struct, frozen=True):
    """Fetch a song under way that no render of this plan has any more: it may be paid.

    It goes to the store. `name` is what its render was called. What a job made of a reference goes
    to the ledger; `is_made` then.
    """

    key: str
    attempt: int
    job: str
    name: str
    action: Action = Action.COLLECT
    reason: Reason = Reason.UNDER_WAY
    is_made: bool = False

    @property
    def why(self) -> str:
        """The reason as a phrase."""
        if self.is_made:
            return f"{self.reason.value} {self.job}; no song of this run follows it"
        return f"{self.reason.value} {self.job}; of no song of this run, so it goes to the store"


class Plan(msgspec.Struct, frozen=True, dict=True):
    """All steps of a run. `seconds_per_render` are those of one request."""

    engine: EngineIdentity
    renders: tuple[RenderStep, ...]
    uploads: tuple[UploadStep, ...] = ()
    fetches: tuple[FetchStep, ...] = ()
    conversions: tuple[ConvertStep, ...] = ()
    removals: tuple[RemoveStep, ...] = ()
    orphans: tuple[OrphanStep, ...] = ()
    tariff: Tariff = Tariff()
    seconds_per_render: float = 0.0

    @cached_property
    def counts(self) -> Counter[Action]:
        """How many steps of each action; `reuse` counts renders, not uploads."""
        counts = Counter(step.action for step in self.renders)
        counts[Action.UPLOAD] = sum(step.action is Action.UPLOAD for step in self.uploads)
        counts[Action.COLLECT] += sum(step.action is Action.COLLECT for step in self.uploads)
        counts[Action.FETCH] = len(self.fetches)
        counts[Action.CONVERT] = len(self.conversions)
        counts[Action.REMOVE] = len(self.removals)
        counts[Action.COLLECT] += len(self.orphans)
        return counts

    @property
    def is_free(self) -> bool:
        """Whether no song of it costs anything."""
        return self.tariff.is_free

    @cached_property
    def prices(self) -> tuple[Price, ...]:
        """The prices of the songs that are asked for."""
        return tuple(step.price for step in self.renders if step.action is Action.RENDER)

    @property
    def uploads_usd(self) -> float:
        """What references cost that a job makes, in US dollars."""
        return sum(step.usd for step in self.uploads if step.action is Action.UPLOAD)

    @property
    def cost_usd(self) -> float:
        """What the run is expected to cost, in US dollars."""
        return sum(price.planned for price in self.prices) + self.uploads_usd

    @property
    def counted_usd(self) -> float:
        """What bounds count the run as, in US dollars."""
        return sum(price.counted for price in self.prices) + self.uploads_usd

    @property
    def is_most(self) -> bool:
        """Whether the run may turn out cheaper than is expected."""
        return any(price.is_most for price in self.prices)

    def seconds(self, jobs: int) -> float:
        """How long the requests are expected to take with `jobs` at once."""
        return -(-self.counts[Action.RENDER] // jobs) * self.seconds_per_render

    @property
    def sends(self) -> bool:
        """Whether anything would be sent to the engine or downloaded."""
        return any(self.counts[a] for a in (Action.FETCH, Action.UPLOAD, Action.RENDER))

    @property
    def asks(self) -> bool:
        """Whether an engine is asked for anything, be it only what it was asked for before."""
        return bool(self.counts[Action.RENDER] or self.counts[Action.COLLECT])

    @property
    def changes(self) -> bool:
        """Whether a run would do anything at all."""
        return any(count for action, count in self.counts.items() if action is not Action.REUSE)
