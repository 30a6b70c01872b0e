"""The queue's host: what can be asked of jobs over HTTP."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from support.fal.failures import lock_text
from support.fal.fields import problems
from support.fal.jobs import Job, texts
from support.fal.storage import lifetime
from support.fal.wire import Answer, Call, Route, refused

if TYPE_CHECKING:
    from support.fal.server import FalServer

_JOB = "/([^/]+/[^/]+)/requests/([^/]+)"


class QueueHost:
    """Submissions, and questions after jobs."""

    def __init__(self, server: FalServer) -> None:
        self._server = server
        self._queue = server.queue

    def routes(self) -> list[Route]:
        """Return its routes; the last takes nearly any path."""
        about = self._about
        return [
            Route("status", "GET", re.compile(f"{_JOB}/status"), "key", self._status, about),
            Route("result", "GET", re.compile(_JOB), "key", self._result, about),
            Route("cancel", "PUT", re.compile(f"{_JOB}/cancel"), "key", self._cancel, about),
            Route("submit", "POST", re.compile("/([^/]+(?:/[^/]+)+)"), "key", self._submit,
                  _about_input),
        ]  # fmt: skip

    def _submit(self, call: Call, match: re.Match[str]) -> Answer:
        queue, endpoint = self._queue, match[1]
        if queue.credit is not None and self._server.books.total >= queue.credit:
            raise refused(403, lock_text("Exhausted balance"))
        if queue.locked:
            raise refused(403, lock_text(queue.locked))
        if endpoint in queue.gone or endpoint not in queue.models:
            raise refused(404, f"Application '{endpoint}' not found")
        given = call.json()
        _check(call)
        if queue.rejects_at_once and (found := problems(queue.models[endpoint].fields, given)):
            raise refused(422, found)
        job = queue.take(endpoint, given, call.headers)
        position = job.positions[0] if job.positions else queue.ahead_of(job)
        queue.move()
        base = job.trouble.job_base.replace("{stranger}", self._server.stranger.url)
        told = {"status": "IN_QUEUE", "request_id": job.request_id, "queue_position": position}
        return self._told(200, job, told | job.urls(base or self._server.queue_url))

    def _status(self, call: Call, match: re.Match[str]) -> Answer:
        job = self._known(match)
        job.polls += 1
        position = self._queue.ahead_of(job)
        if job.status == "queued" and job.positions:
            position = job.positions.pop(0)
        with_logs = call.first("logs", "0").lower() in {"1", "true"}
        status, told = job.described(position, with_logs=with_logs)
        if job.status == "running" and job.running_polls:
            job.running_polls -= 1
        # This answer says how it was; the next poll finds it moved on.
        self._queue.move()
        return self._told(status, job, told | job.urls(self._server.queue_url))

    def _result(self, _call: Call, match: re.Match[str]) -> Answer:
        job = self._known(match)
        if job.status != "done":
            raise refused(400, "Request is still in progress", "bad_request")
        body = json.dumps(job.body, ensure_ascii=False).encode()
        if self._queue.is_expired(job, len(body)):
            raise refused(404, "Request not found")
        job.results += 1
        headers = {"x-fal-request-id": job.request_id}
        if job.units is not None and job.trouble.tells_units:
            headers["x-fal-billable-units"] = format(job.units.normalize(), "f")
        if job.failure is not None:
            headers |= job.failure.all_headers
        return Answer(job.status_code or 200, body, headers=headers)

    def _cancel(self, _call: Call, match: re.Match[str]) -> Answer:
        job = self._queue.find(match[1], match[2])
        if job is None:
            return Answer.of(404, {"status": "NOT_FOUND"})
        if job.status == "done":
            return self._told(400, job, {"status": "ALREADY_COMPLETED"})
        self._queue.cancel(job)
        return self._told(202, job, {"status": "CANCELLATION_REQUESTED"})

    def _known(self, match: re.Match[str]) -> Job:
        self._queue.move()  # a job that waits may have grown too old
        job = self._queue.find(match[1], match[2])
        if job is None:
            raise refused(404, "Request not found")
        return job

    def _about(self, _call: Call, match: re.Match[str]) -> list[str]:
        job = self._queue.find(match[1], match[2])
        return [match[2]] if job is None else job.names

    @staticmethod
    def _told(status: int, job: Job, told: object) -> Answer:
        return Answer.of(status, told, {"x-fal-request-id": job.request_id})


def _check(call: Call) -> None:
    """Raise Refused where the headers say what they cannot say."""
    lifetime(call)
    timeout = call.headers.get("x-fal-request-timeout", "1")
    priority = call.headers.get("x-fal-queue-priority", "normal")
    if not re.fullmatch(r"\d+(\.\d+)?", timeout):
        raise refused(400, "X-Fal-Request-Timeout must be seconds", "bad_request")
    if priority not in {"normal", "low"}:
        raise refused(400, "X-Fal-Queue-Priority must be normal or low", "bad_request")


def _about_input(call: Call, match: re.Match[str]) -> list[str]:
    try:
        given = json.loads(call.body)
    except ValueError:
        given = None
    return [match[1], *(texts(given) if isinstance(given, dict) else [])]
