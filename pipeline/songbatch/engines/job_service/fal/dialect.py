"""The dialect itself: submits, asks how jobs stand, fetches what they gave."""

from __future__ import annotations

import contextlib
import json
import math
from typing import TYPE_CHECKING, Any

from songbatch.engines.base import Cancellation, EngineError, InProgress, Job, Verdict
from songbatch.engines.job_service.dialect import Finished
from songbatch.engines.job_service.fal import health, listing, storage
from songbatch.engines.job_service.fal.calls import FalCalls
from songbatch.engines.job_service.fal.job_paths import is_id, is_path, path_in, path_of
from songbatch.engines.job_service.fal.pricing import UnitPrices
from songbatch.engines.job_service.fal.verdicts import (
    DROPPED,
    cancellation_of,
    is_not_yet,
    judged_look,
    judged_result,
    judged_submit,
)
from songbatch.engines.job_service.polling import states_of
from songbatch.engines.job_service.services import QUEUE
from songbatch.engines.rest.client import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from songbatch.engines.base import Absent
    from songbatch.engines.health import HealthItem
    from songbatch.engines.job_service.dialect import JobEnd, LostRequest, StoredFile, Target
    from songbatch.engines.job_service.rows import ModelRow
    from songbatch.engines.job_service.settings import JobServiceSettings
    from songbatch.engines.rest.client import RestClient, ServiceReply
    from songbatch.model import AudioFormat, EngineIdentity

QUEUED = "queued"
_SUBMITTING = {
    # The queue would repeat what failed by itself; the runner knows what that may cost.
    "X-Fal-No-Retry": "1",
    "X-Fal-Object-Lifecycle-Preference": storage.LIFECYCLE,
}


class FalDialect:
    """A queue with a key; see `songbatch.engines.job_service.dialect.Dialect`."""

    def __init__(self, access: JobServiceSettings) -> None:
        self._access = access
        self._calls = FalCalls(access)
        self._prices = UnitPrices(self._calls)
        self._waiting: set[str] = set()
        """Jobs that were still in the queue at the moment when they were cancelled."""

    @property
    def client(self) -> RestClient:
        """The queue's client."""
        return self._calls.queue

    def submit(self, target: Target, body: Mapping[str, Any], request_id: str) -> Job:  # noqa: ARG002
        """Put a request into the queue."""
        sent = Sent(
            "POST",
            f"/{target.endpoint}",
            self._calls.bounds,
            json.dumps(body, ensure_ascii=False).encode(),
            lost=Verdict.UNKNOWN,
            is_alone=True,
            headers=_SUBMITTING,
        )
        reply = self._calls.ask(QUEUE, sent)
        if not reply.is_success:
            key_name = self._access.key_name
            judged = judged_submit(self._calls.refusal(reply), target.endpoint, key_name)
            raise self._calls.refused(reply, judged)
        value = reply.value if isinstance(reply.value, dict) else {}
        name = value.get("request_id")
        if not is_id(name) or self.client.redactor.is_in(str(name)):
            raise self.client.unexpected(
                "the service took the request and gave no usable request_id", reply, sent.lost
            )
        base = self.client.settings.base_url
        path = path_in(value.get("response_url"), base, str(name))
        return Job(path or path_of(target.endpoint, str(name)), self._access.poll_after)

    def states(self, jobs: Sequence[Job]) -> Mapping[str, InProgress | JobEnd]:
        """Return how jobs stand, with a request for each, and one more for what it gave."""
        return states_of(jobs, self._state)

    def cancel(self, job: Job) -> Cancellation:
        """Ask the queue to drop a job; only of one that waits it is sure that it costs nothing.

        It is looked at at once: that it waited is known only here and now.
        """
        before = self._state(job)
        if isinstance(before, Finished):
            return Cancellation.OVER
        if not isinstance(before, InProgress):
            return Cancellation.NOT_KNOWN
        reply = self._calls.ask(QUEUE, Sent("PUT", f"/{job.id}/cancel", self._calls.bounds))
        ended = cancellation_of(reply.status, reply.value)
        if ended is not None:
            return ended
        if not reply.is_success:
            raise self._calls.refused_free(reply)
        if before.stage != QUEUED:
            return Cancellation.ASKED
        self._waiting.add(job.id)
        with contextlib.suppress(EngineError):
            after = self._state(job)
            failure = after.failure if isinstance(after, Finished) else None
            if failure is not None and failure.verdict is Verdict.RETRY:
                return Cancellation.DROPPED
        return Cancellation.ASKED

    def store(self, data: bytes, audio_format: AudioFormat) -> StoredFile:
        """Put a file into the storage."""
        return storage.store(self._calls, data, audio_format)

    def find(self, lost: LostRequest) -> Job | Absent | None:
        """Look for a request among those of its endpoint."""
        return listing.find(self._calls, lost)

    def unit_usd(self, endpoint: str) -> float | None:
        """Return what one billed unit of an endpoint costs."""
        price = self._prices.of(endpoint)
        return None if price is None else price.usd

    def health(self, model: ModelRow, identity: EngineIdentity) -> list[HealthItem]:
        """Return how key, price and endpoint are."""
        return health.health(self._calls, model, identity)

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def _state(self, job: Job) -> InProgress | JobEnd:
        if not is_path(job.id):
            return self.client.failure("the job has a name that fal gives none", Verdict.LOST)
        reply = self._get(f"/{job.id}/status")
        if not reply.is_success:
            return self._ended(reply, is_result=False)
        value = reply.value if isinstance(reply.value, dict) else {}
        status = value.get("status")
        if not isinstance(status, str):
            raise self.client.unexpected(
                "the service does not say how a job stands", reply, Verdict.RETRY
            )
        if status == "COMPLETED":
            return self._result(job, value)
        position = value.get("queue_position")
        is_waiting = status == "IN_QUEUE" and type(position) is int and position >= 0
        stage = {"IN_QUEUE": QUEUED, "IN_PROGRESS": "in progress"}.get(status)
        return InProgress(
            position=position if is_waiting else None, stage=stage or self.client.quoted(status)
        )

    def _result(self, job: Job, told: Mapping[str, Any]) -> InProgress | JobEnd:
        """Return what a job gave that is said to be done, which is said of failures, too."""
        reply = self._get(f"/{job.id}")
        if reply.status == 202:
            return InProgress(stage="in progress")
        if not reply.is_success:
            refusal = self._calls.refusal(reply)
            if is_not_yet(refusal):
                return InProgress(stage="in progress")
            is_failure = bool(told.get("error") or told.get("error_type"))
            is_dropped = reply.status == 499 and self._never_began(job, reply, told)
            return self._ended(reply, is_result=True, is_failure=is_failure, is_dropped=is_dropped)
        if not reply.is_json:
            raise self.client.unexpected("the result of a job is not JSON", reply, Verdict.RETRY)
        named = self._calls.trace_id(reply) or job.id.rpartition("/")[2]
        return Finished(reply.value, _units(reply), _metrics(told), named)

    def _never_began(self, job: Job, reply: ServiceReply, told: Mapping[str, Any]) -> bool:
        """Return whether it is sure that a job was cancelled before it began."""
        units = _units(reply)
        if units is not None:
            return units == 0
        return job.id in self._waiting and not _metrics(told).get("inference_time")

    def _ended(
        self,
        reply: ServiceReply,
        *,
        is_result: bool,
        is_failure: bool = False,
        is_dropped: bool = False,
    ) -> JobEnd:
        """Return the end of a job that an answer reports. Raises EngineError if it tells of none.

        `is_failure` if the queue says that the job failed: then a gateway's page is believed. One
        that `is_dropped` was cancelled before it began.
        """
        key_name = self._access.key_name
        refusal = self._calls.refusal(reply)
        passing = judged_look(refusal, key_name, is_result=is_result)
        if passing is not None and not (is_failure and reply.status >= 500):
            raise self._calls.refused(reply, passing)
        error = self._calls.refused(reply, DROPPED if is_dropped else judged_result(refusal))
        if is_dropped:
            error = error.but(most_tries=0)
        if error.verdict is Verdict.LOST and refusal.status != 499:
            return error
        trace_id = self._calls.trace_id(reply)
        error.trace_id = trace_id
        return Finished(None, _units(reply), trace_id=trace_id, failure=error)

    def _get(self, path: str) -> ServiceReply:
        return self._calls.ask(QUEUE, Sent("GET", path, self._calls.bounds))


def _units(reply: ServiceReply) -> float | None:
    """Return what was billed, in the endpoint's unit."""
    try:
        units = float(reply.headers.get("x-fal-billable-units", ""))
    except ValueError:
        return None
    return units if 0 <= units < math.inf else None


def _metrics(told: Mapping[str, Any]) -> dict[str, float]:
    metrics = told.get("metrics")
    found = metrics if isinstance(metrics, dict) else {}
    return {
        str(name): float(value)
        for name, value in found.items()
        if type(value) in {int, float} and math.isfinite(value)
    }
