"""Seam between the runner and whatever makes the audio.

The contract is the hosted one: upload a reference for a purpose, get ids; send lyrics with ids,
get audio. An engine makes one attempt per call. It never retries, sleeps or remembers: trying
again, waiting and bookkeeping belong to the runner, which alone knows what may be paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec

from songbatch.diagnostics import SongbatchError
from songbatch.model import AudioFormat, AudioSetting, PartPlace, Purpose, Value
from songbatch.model import Uploaded as Uploaded  # noqa: PLC0414  (part of this seam)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from songbatch.model import EngineIdentity, RenderInputs


class ReferenceFile(msgspec.Struct, frozen=True):
    """A reference that goes along with a request, prepared as the engine wants it."""

    data: bytes
    format: AudioFormat
    purpose: Purpose


class Generation(msgspec.Struct, frozen=True):
    """One request for a song. What an engine's traits do not take is None.

    References are ids of uploads, the `handles` of uploads by purpose or, for an engine that takes
    `bytes`, the `files`. `lyrics` are in
    the engine's grammar, "" for a song without; `audio` says nothing to one that delivers in one
    form. `take` lets an engine that
    can vary choose another version; `request_id` names the attempt in the service's own log (1 to
    128 characters of `A-Za-z0-9._:-`). `lang` is a BCP 47 tag. `duration` in seconds and `seed` are
    set wherever the engine takes them, said or not; `strength` goes from 0 to 1.
    """

    lyrics: str
    voice_id: str | None
    instrumental_id: str | None
    audio: AudioSetting
    take: int
    request_id: str
    lang: str | None = None
    style: str | None = None
    duration: float | None = None
    seed: int | None = None
    bpm: int | None = None
    scale: str | None = None
    meter: str | None = None
    vocals: str | None = None
    follow: str | None = None
    strength: float | None = None
    options: Mapping[str, Value] | None = None
    part: PartPlace | None = None
    """Where in its song it is, for an engine whose parts carry on."""
    files: tuple[ReferenceFile, ...] = ()
    handles: Mapping[Purpose, str] = msgspec.field(default_factory=dict)

    @classmethod
    def of(
        cls,
        inputs: RenderInputs,
        voice_id: str | None,
        instrumental_id: str | None,
        request_id: str,
    ) -> Self:
        """Return the request for a render: its inputs, with uploads in place of references."""
        own = {
            name: getattr(inputs, name)
            for name in inputs.__struct_fields__
            if name in cls.__struct_fields__
        }
        own["lyrics"] = inputs.lyrics or ""
        own["audio"] = inputs.audio or AudioSetting(AudioFormat.WAV)
        return cls(voice_id=voice_id, instrumental_id=instrumental_id, request_id=request_id, **own)


class Answer(msgspec.Struct, frozen=True):
    """Facts that came with the audio. `cost_usd` is None if the service gives no price.

    A cost that `is_computed` comes of units that the service billed, and a price that it did not
    say. `line_times` are seconds of the song and the lines that are sung then.

    `remarks` name what was odd about an answer that is used all the same: short printable phrases.
    `seed` and `model` are those that the service says it used, None if it does not say. `filled_in`
    is what it used for keys of a song (`bpm`, `scale`, `meter`, `duration`, `lang`, …), said or
    not; `notes` are sentences on what it did otherwise than asked. `song_sha256`
    is what tells songs of one key apart, from an engine that makes the same one of equal requests
    on every machine: the SHA-256 of the samples before the encoder, or of what else decides them.
    """

    trace_id: str | None = None
    cost_usd: float | None = None
    remarks: tuple[str, ...] = ()
    seed: int | None = None
    model: str | None = None
    filled_in: Mapping[str, Value] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    song_sha256: str | None = None
    cost_is_computed: bool = False
    line_times: tuple[tuple[float, str], ...] = ()


NO_SONG_KEY = "it filled in what no song has: "
"""How a remark begins on an answer with names that are no keys of a song."""


class Sink(Protocol):
    """Destination of the audio, which arrives in pieces of any size."""

    def write(self, data: bytes, /) -> object:
        """Take the next piece."""


class Verdict(StrEnum):
    """What a failed request means for the money and for the next step."""

    RETRY = "retry"
    """Certainly not accepted, or certainly failed and not charged: asking again can help."""

    UNREACHABLE = "unreachable"
    """No connection could be made, so nothing was sent: ask again; stop if nobody ever answers."""

    SLOW_DOWN = "slow_down"
    """Not accepted because of too many requests: ask again later, and fewer at once."""

    REUPLOAD = "reupload"
    """An uploaded id is unknown or expired: upload the reference again, then ask again."""

    REJECTED = "rejected"
    """Not accepted because of its contents: the same request will get the same answer."""

    STOP = "stop"
    """No request of this run can succeed: key, credits, permission, or model gone."""

    LOST = "lost"
    """A job that was accepted is gone at the service, or its song is: it may have been charged."""

    UNKNOWN = "unknown"
    """It may have been accepted and charged; which of the two cannot be known."""


class EngineError(SongbatchError):
    """One request failed. `str(error)` says why in one sentence, and quotes the service."""

    def __init__(
        self,
        message: str,
        verdict: Verdict,
        *,
        fix: str = "",
        retry_after: float | None = None,
        trace_id: str | None = None,
        cost_usd: float | None = None,
        has_song: bool = False,
        most_tries: int | None = None,
    ) -> None:
        super().__init__(message, fix=fix)
        self.verdict = verdict
        self.retry_after = retry_after
        """Seconds that the service asked to wait, if it did."""
        self.trace_id = trace_id
        self.cost_usd = cost_usd
        """The cost of this request in US dollars, if the service gave it."""
        self.most_tries = most_tries
        """How often such a request is repeated at most, if fewer times than the verdict allows."""
        self.has_song = has_song
        """Whether a whole song came all the same and is in the sink: it must be kept."""

    def but(self, message: str = "", **fields: Any) -> EngineError:
        """Return the same error with other values of some fields, and another `message` if given.

        Whoever judges an error anew must not lose what else it says.
        """
        same = {name: getattr(self, name) for name in _ERROR_FIELDS}
        return EngineError(message or str(self), **same | fields)


_ERROR_FIELDS = (
    "verdict", "fix", "retry_after", "trace_id", "cost_usd", "has_song", "most_tries",
)  # fmt: skip


class Job(msgspec.Struct, frozen=True):
    """A song under way at a service. `id` finds it again after a restart, with the same account.

    `poll_after` in seconds: when to ask for it first.
    """

    id: str
    poll_after: float = 1.0


FAST_SECONDS, SHARE_OF_FAST = 0.05, 0.1
"""The least, and the share of the time that a song takes, between two looks at a fast service."""


def seconds_between_looks(usual: float, expected: float) -> float:
    """Return the wait between two looks at a job: less where a song takes few seconds."""
    return min(usual, max(FAST_SECONDS, SHARE_OF_FAST * expected))


class InProgress(msgspec.Struct, frozen=True):
    """A job that is not done: `progress` from 0 to 1 and `stage` where the service tells.

    `position` in the service's queue, None if it has begun or that is not told.
    """

    progress: float | None = None
    position: int | None = None
    stage: str = ""


class Ready(msgspec.Struct, frozen=True):
    """A job that is done. `result` is the service's own account of it, for `collect`.

    `cost_usd` is what it cost, in US dollars, if that is known before the song is fetched.
    """

    result: Mapping[str, Any]
    cost_usd: float | None = None


JobState = InProgress | Ready | EngineError
"""How a job stands; an error of it alone: failed (`rejected`, `retry`) or gone (`lost`)."""


class Absent(msgspec.Struct, frozen=True):
    """A request that surely never arrived."""


class Cancellation(StrEnum):
    """What became of a job that a service was asked to cancel."""

    DROPPED = "dropped"
    """It had not begun, or came to nothing: it surely costs nothing."""

    ASKED = "asked"
    """The service will stop it if it can: it may be charged, and its song may still come."""

    OVER = "over"
    """It had ended already: the next run collects what came of it."""

    NOT_KNOWN = "not known"
    """The service does not know it: it may have been charged."""

    IMPOSSIBLE = "impossible"
    """The service cancels nothing."""


class OpenedEngine(Protocol):
    """What every opened engine has. Its methods are called from several threads at once."""

    @property
    def identity(self) -> EngineIdentity:
        """The part of this engine that belongs to a render's key."""

    @property
    def account(self) -> str:
        """The owner of uploaded ids and of jobs; safe to write down (never a key)."""

    def preflight(self) -> None:
        """Fail before anything is sent, if it is already known that requests cannot succeed.

        Raises songbatch.diagnostics.EngineRefused.
        """

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Upload a reference once. Raises EngineError.

        Not called where references go along with requests. Where a job makes their ids, it stores
        the file.
        """

    def close(self) -> None:
        """Release connections and processes."""


class Engine(OpenedEngine, Protocol):
    """An engine that answers with the song."""

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Ask for a song and write its bytes to `sink`.

        Raises EngineError; `sink` then holds rubbish, unless the error has `has_song`.
        """


class JobEngine(OpenedEngine, Protocol):
    """An engine whose service answers with a job.

    One attempt a call, no sleeping: when to ask again is the runner's. All raise EngineError.
    """

    def submit(self, request: Generation) -> Job:
        """Ask for a song. An `unknown` error means that the job may exist."""

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        """Return how jobs stand, by their ids, with as few requests as the service allows.

        Jobs that were asked for before may be among them. An error that is raised is of the line,
        not of the jobs.
        """

    def collect(self, job: Job, ready: Ready, sink: Sink) -> Answer:
        """Write the song of a job that is done to `sink`.

        What can be tried again (`retry`, `unreachable`) is the fetching; a song that is gone is
        `lost`, one that is not what was asked for `rejected`.
        """

    def find(
        self, request: Generation, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for the job of a submit whose answer was lost; times are UTC, ISO 8601.

        Jobs that are `known`, by their ids, are those of other submits. None where the service
        cannot tell, or cannot tell for sure.
        """


class Canceller(Protocol):
    """A job engine whose service can be asked to cancel a job."""

    def cancel(self, job: Job) -> Cancellation:
        """Ask the service to cancel a job, of a song or of a reference. Raises EngineError.

        Asking twice does no harm. DROPPED only where it surely costs nothing; of a job that was
        ASKED, `poll` may tell so a moment later, by an error with the verdict `retry`.
        """


class ReferenceMaker(Protocol):
    """A job engine whose service makes ids of references by jobs, which may cost something.

    For purposes whose rule says HandedOver.MADE. How such jobs stand, `poll` tells. All raise
    EngineError.
    """

    def submit_reference(self, address: str, purpose: Purpose, request_id: str) -> Job:
        """Ask for the id of a reference that `upload` has stored.

        An `unknown` error means that the job may exist, `reupload` that its file does not.
        """

    def collect_reference(self, job: Job, ready: Ready) -> Uploaded:
        """Return the handle that a job made; its cost is the rule's, unless it says another."""

    def find_reference(
        self, address: str, purpose: Purpose, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for the job of a `submit_reference` whose answer was lost, as `find` does."""
