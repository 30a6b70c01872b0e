"""Dialects of services: the seam between the job engine and each service's own language.

One attempt a call; all raise EngineError, judged: only a dialect knows what its statuses mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from songbatch.engines.base import Absent, EngineError, InProgress, Job
    from songbatch.engines.health import HealthItem
    from songbatch.engines.job_service.rows import Model
    from songbatch.engines.rest.client import RestClient
    from songbatch.model import AudioFormat


class Target(msgspec.Struct, frozen=True):
    """What a request goes to: an endpoint, and the version that pins it, "" for none."""

    endpoint: str
    version: str = ""


class Finished(msgspec.Struct, frozen=True):
    """The end of a job at the service: its `output`, in which a row's paths lead to things.

    `units` are those that it billed, None if it does not say; `metrics` what else it tells.
    """

    output: Any
    units: float | None = None
    metrics: Mapping[str, float] = msgspec.field(default_factory=dict)
    trace_id: str | None = None


class StoredFile(msgspec.Struct, frozen=True):
    """A file in the service's storage: its address, and when it expires (UTC, ISO 8601)."""

    address: str
    until: str | None = None


class Dialect(Protocol):
    """A service, opened. Called from several threads at once."""

    client: RestClient

    def submit(self, target: Target, body: Mapping[str, Any], request_id: str) -> Job:
        """Ask for a job; its id is all that is needed to find it again.

        The verdict `unknown` means that it may be under way.
        """

    def states(self, jobs: Sequence[Job]) -> Mapping[str, InProgress | Finished | EngineError]:
        """Return how jobs stand, by their ids; those that are done with all that they gave."""

    def store(self, data: bytes, audio_format: AudioFormat) -> StoredFile:
        """Put a file into the service's storage. Costs nothing."""

    def find(
        self,
        target: Target,
        body: Mapping[str, Any],
        since: str,
        until: str,
        known: Collection[str],
    ) -> Job | Absent | None:
        """Look for a submit whose answer was lost, among recent requests that are not `known`."""

    def health(self, model: Model) -> list[HealthItem]:
        """Return what can be found out about the account and a model. Makes nothing."""

    def close(self) -> None:
        """Close the connections."""
