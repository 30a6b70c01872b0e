"""Dialects: what each service's own language has to say, as the job engine asks for it.

One attempt a call; all raise EngineError, judged: only a dialect knows what its statuses mean.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from songbatch.engines.base import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.base import Absent, Cancellation, InProgress, Job
    from songbatch.engines.health import HealthItem
    from songbatch.engines.job_service.rows import ModelRow
    from songbatch.engines.rest.client import RestClient
    from songbatch.model import AudioFormat, EngineIdentity


class Target(msgspec.Struct, frozen=True):
    """What a request goes to: an endpoint, and the version that pins it, "" for none."""

    endpoint: str
    version: str = ""


class LostRequest(msgspec.Struct, frozen=True):
    """A submit whose answer was lost, and that left between two times (UTC, ISO 8601).

    Jobs that are `known`, by their ids, are those of other submits. Two inputs are the same if they
    are equal or, where there is one, if the field `marker` is.
    """

    target: Target
    body: Mapping[str, Any]
    since: str
    until: str
    known: Collection[str]
    marker: str = ""


class Finished(msgspec.Struct, frozen=True):
    """The end of a job at the service: its `output`, in which a row's paths lead to things.

    `units` are those that it billed, None if it does not say; `metrics` what else it tells. One
    that failed has a `failure`, and no output; it may have been billed all the same.
    """

    output: Any = None
    units: float | None = None
    metrics: Mapping[str, float] = msgspec.field(default_factory=dict)
    trace_id: str | None = None
    failure: EngineError | None = None


class RefusedRequest(EngineError):
    """A request that is refused for what is in it; `body` is the service's JSON about that."""

    body: Any = None

    @classmethod
    def of(cls, error: EngineError, body: Any) -> RefusedRequest:
        """Return an error with what the service answered."""
        made = cls(str(error), error.verdict, fix=error.fix, trace_id=error.trace_id)
        made.body = body
        return made


class StoredFile(msgspec.Struct, frozen=True):
    """A file in the service's storage: its address, and when it expires (UTC, ISO 8601)."""

    address: str
    until: str | None = None


JobEnd = Finished | EngineError
"""How a job ended; an error of it alone is one that is gone, of which nothing is known."""


class Dialect(Protocol):
    """A service, opened. Called from several threads at once."""

    @property
    def client(self) -> RestClient:
        """The client of its jobs; knows how to quote the service."""

    def submit(self, target: Target, body: Mapping[str, Any], request_id: str) -> Job:
        """Ask for a job; its id is all that is needed to find it again.

        The verdict `unknown` means that it may be under way.
        """

    def states(self, jobs: Sequence[Job]) -> Mapping[str, InProgress | JobEnd]:
        """Return how jobs stand, by their ids; those that are done with all that they gave.

        One of which nothing could be learnt this time is missing.
        """

    def cancel(self, job: Job) -> Cancellation:
        """Ask the service to cancel a job; see `songbatch.engines.base.Canceller`."""

    def store(self, data: bytes, audio_format: AudioFormat) -> StoredFile:
        """Put a file into the service's storage. Costs nothing."""

    def find(self, lost: LostRequest) -> Job | Absent | None:
        """Look for the job of a submit whose answer was lost, among recent requests."""

    def unit_usd(self, endpoint: str) -> float | None:
        """Return what one billed unit of an endpoint costs, in US dollars; None if nobody says."""

    def health(self, model: ModelRow, identity: EngineIdentity) -> list[HealthItem]:
        """Return what can be found out about the account and a model. Makes nothing."""

    def close(self) -> None:
        """Close the connections."""
