"""The platform's list of the account's requests, newest first, in pages."""

from __future__ import annotations

import base64
import datetime
import re
from typing import TYPE_CHECKING, Any

from support.fal.wire import Answer, Call, Route, refused

if TYPE_CHECKING:
    from support.fal.jobs import Job
    from support.fal.server import FalServer

MOST = 100


class Listing:
    """How requests are listed.

    `shows_unfinished`: also those that wait or run. `shows_payloads`: inputs and answers, where
    they are asked for and kept. `skew` seconds its clock is ahead of everybody's, `lag` seconds
    pass before it knows of a request. `page` is the most that is in one page.
    """

    def __init__(self, server: FalServer) -> None:
        self.shows_unfinished = True
        self.shows_payloads = True
        self.skew = 0.0
        self.lag = 0.0
        self.page = MOST
        self._server = server

    def routes(self) -> list[Route]:
        """Return the routes of the platform's host for the list."""
        pattern = re.compile("/v1/models/requests/by-endpoint")
        return [Route("listing", "GET", pattern, "key", self._list, _endpoint)]

    def _list(self, call: Call, _match: re.Match[str]) -> Answer:
        endpoint = call.first("endpoint_id")
        if not endpoint:
            raise refused(422, "endpoint_id is required", "validation_error")
        limit = _whole(call.first("limit", "50"), "limit")
        if not 1 <= limit <= MOST:
            raise refused(422, f"limit must be from 1 to {MOST}", "validation_error")
        limit = min(limit, self.page)
        jobs = self._jobs(endpoint, call)
        start = _offset(call.first("cursor"))
        has_more = start + limit < len(jobs)
        with_payloads = "payloads" in call.first("expand").split(",")
        told = {
            "items": [self._item(j, with_payloads=with_payloads) for j in jobs[start:][:limit]],
            "next_cursor": _cursor(start + limit) if has_more else None,
            "has_more": has_more,
        }
        return Answer.of(200, told)

    def _jobs(self, endpoint: str, call: Call) -> list[Job]:
        since = _moment(call.first("start"), "start")
        until = _moment(call.first("end"), "end")
        jobs = [job for job in self._server.queue.jobs if job.endpoint == endpoint]
        jobs = [j for j in jobs if j.sent + self.lag <= self._server.now()]
        if not self.shows_unfinished:
            jobs = [j for j in jobs if j.status == "done"]
        jobs = [j for j in jobs if since is None or j.sent + self.skew >= since]
        jobs = [j for j in jobs if until is None or j.sent + self.skew <= until]
        return sorted(jobs, key=lambda job: -job.sent)

    def _item(self, job: Job, *, with_payloads: bool) -> dict[str, Any]:
        duration = None if job.ended is None else job.ended - (job.started or job.ended)
        item: dict[str, Any] = {
            "request_id": job.request_id,
            "endpoint_id": job.endpoint,
            "sent_at": self._iso(job.sent),
            "started_at": self._iso(job.started),
            "ended_at": self._iso(job.ended),
            "status_code": job.status_code,
            "duration": duration,
        }
        if with_payloads and self.shows_payloads:
            is_kept = self._server.queue.stores(job)
            item["json_input"] = dict(job.given) if is_kept else None
            item["json_output"] = job.body if is_kept and job.status == "done" else None
        return item

    def _iso(self, moment: float | None) -> str | None:
        if moment is None:
            return None
        told = datetime.datetime.fromtimestamp(moment + self.skew, datetime.UTC)
        return told.isoformat().replace("+00:00", "Z")


def _endpoint(call: Call, _match: re.Match[str]) -> list[str]:
    return [call.first("endpoint_id")]


def _whole(text: str, name: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise refused(422, f"{name} must be a whole number", "validation_error")
    return int(text)


def _moment(text: str, name: str) -> float | None:
    if not text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise refused(422, f"{name} must be a time of ISO 8601", "validation_error") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.timestamp()


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"after {offset}".encode()).decode()


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("after "))
    except ValueError:
        raise refused(422, "cursor is not known", "validation_error") from None
