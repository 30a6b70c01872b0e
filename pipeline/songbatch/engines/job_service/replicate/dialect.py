"""The dialect itself: submits, and asks how predictions stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from songbatch.engines.base import Cancellation, EngineError, InProgress, Job, Verdict
from songbatch.engines.job_service.dialect import Finished
from songbatch.engines.job_service.polling import states_of
from songbatch.engines.job_service.replicate import health, listing, storage
from songbatch.engines.job_service.replicate.calls import ReplicateCalls
from songbatch.engines.job_service.replicate.predictions import (
    ABORTED,
    CANCELED,
    FAILED,
    SUCCEEDED,
    cancellation_of,
    has_output,
    is_id,
    metrics_of,
    never_began,
)
from songbatch.engines.job_service.replicate.verdicts import (
    CANCELLED_AT_WORK,
    CANCELLED_BEFORE,
    GONE,
    judged_failure,
    judged_look,
    judged_submit,
)
from songbatch.engines.job_service.verdicts import ASKED_ANEW
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


class ReplicateDialect:
    """Predictions with a token; see `songbatch.engines.job_service.dialect.Dialect`."""

    def __init__(self, access: JobServiceSettings) -> None:
        self._access = access
        self._calls = ReplicateCalls(access)

    @property
    def client(self) -> RestClient:
        """The service's client."""
        return self._calls.client

    def submit(self, target: Target, body: Mapping[str, Any], request_id: str) -> Job:  # noqa: ARG002
        """Create a prediction: of a version that is pinned, else of an official model."""
        path, named = "/predictions", {"version": target.version}
        if not target.version:
            path, named = f"/models/{target.endpoint}/predictions", {}
        sent = Sent(
            "POST",
            path,
            self._calls.bounds,
            json.dumps({**named, "input": body}, ensure_ascii=False).encode(),
            lost=Verdict.UNKNOWN,
            is_alone=True,
        )
        reply = self._calls.ask(sent)
        if not reply.is_success:
            called = f"{target.endpoint}:{target.version[:12]}".rstrip(":")
            key_name = self._access.key_name
            judged = judged_submit(
                reply.status, reply.value, self._calls.reason(reply), called, key_name
            )
            raise self._calls.refused(reply, judged)
        name = reply.value.get("id") if isinstance(reply.value, dict) else None
        if not is_id(name) or self.client.redactor.is_in(str(name)):
            raise self.client.unexpected(
                "the service took the request and gave no usable id", reply, sent.lost
            )
        return Job(str(name), self._access.poll_after)

    def states(self, jobs: Sequence[Job]) -> Mapping[str, InProgress | JobEnd]:
        """Return how predictions stand, with a request for each."""
        return states_of(jobs, self._state)

    def cancel(self, job: Job) -> Cancellation:
        """Ask the service to cancel a prediction; its answer tells whether that had begun."""
        if not is_id(job.id):
            return Cancellation.NOT_KNOWN
        sent = Sent("POST", f"/predictions/{job.id}/cancel", self._calls.bounds)
        reply = self._calls.ask(sent)
        if not reply.is_success:
            error = self._looked(reply)
            if error.verdict is not Verdict.LOST:
                raise error
            return Cancellation.NOT_KNOWN
        told = reply.value if isinstance(reply.value, dict) else {}
        return cancellation_of(told)

    def store(self, data: bytes, audio_format: AudioFormat) -> StoredFile:
        """Put a file into the storage."""
        return storage.store(self._calls, data, audio_format)

    def find(self, lost: LostRequest) -> Job | Absent | None:
        """Look for a prediction among the account's."""
        return listing.find(self._calls, lost)

    def unit_usd(self, endpoint: str) -> float | None:  # noqa: ARG002
        """Return None: the service bills by metrics, or by the song, and names no prices."""
        return None

    def health(self, model: ModelRow, identity: EngineIdentity) -> list[HealthItem]:
        """Return how key, model and fields are."""
        return health.health(self._calls, model, identity)

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def _state(self, job: Job) -> InProgress | JobEnd:
        if not is_id(job.id):
            return self.client.failure("the job has a name that no prediction has", Verdict.LOST)
        reply = self._calls.ask(Sent("GET", f"/predictions/{job.id}", self._calls.bounds))
        if not reply.is_success:
            error = self._looked(reply)
            if error.verdict is not Verdict.LOST:
                raise error
            return error
        status = reply.value.get("status") if isinstance(reply.value, dict) else None
        if not isinstance(status, str):
            raise self.client.unexpected(
                "the service does not say how a job stands", reply, Verdict.RETRY
            )
        return self._stands(job, status, reply.value)

    def _looked(self, reply: ServiceReply) -> EngineError:
        """Return the error of a question about a prediction."""
        key_name = self._access.key_name
        judged = judged_look(reply.status, reply.value, self._calls.reason(reply), key_name)
        return self._calls.refused(reply, judged)

    def _stands(self, job: Job, status: str, told: dict[str, Any]) -> InProgress | JobEnd:
        metrics = metrics_of(told)
        if status == SUCCEEDED:
            if not has_output(told) and told.get("data_removed"):
                return self.client.failure(GONE[0], Verdict.LOST, fix=GONE[1])
            return Finished(told.get("output"), metrics=metrics, trace_id=job.id)
        if status == FAILED:
            return Finished(metrics=metrics, trace_id=job.id, failure=self._failed(told))
        if status in CANCELED:
            error = self._cancelled(told)
            return Finished(metrics=metrics, trace_id=job.id, failure=error)
        if status == ABORTED:
            error = self.client.failure(
                "the service did not begin with the song in time, and bills nothing", Verdict.RETRY
            )
            return Finished(metrics=metrics, trace_id=job.id, failure=error)
        return InProgress(stage=self.client.quoted(status))

    def _cancelled(self, told: dict[str, Any]) -> EngineError:
        if not never_began(told):
            return self.client.failure(CANCELLED_AT_WORK, Verdict.LOST)
        return self.client.failure(CANCELLED_BEFORE, Verdict.RETRY, fix=ASKED_ANEW, most_tries=0)

    def _failed(self, told: dict[str, Any]) -> EngineError:
        reason = told.get("error")
        text = reason if isinstance(reason, str) else ""
        (verdict, sentence, fix), most_tries = judged_failure(text)
        quote = self.client.quoted(text) or "it gives no reason"
        return self.client.failure(f"{sentence} ({quote})", verdict, fix=fix, most_tries=most_tries)
