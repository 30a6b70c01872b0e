"""Table of the service's failures: what each means at which moment, and the sentences. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.engines.base import Cancellation, Verdict
from songbatch.engines.job_service.verdicts import (
    AGAIN,
    ASKED_ANEW,
    FLAGGED,
    Judged,
    is_flagged,
    judged_account,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_REFUSED_FILE = frozenset({"file_download_error"})
_FLAGGED = frozenset({"content_policy_violation"})
_NOT_YET = re.compile(
    r"in progress|in queue|not (?:yet )?(?:completed?|finished|ready)", re.IGNORECASE
)
GONE = (
    "the service has the song no more: results are kept for an hour, large ones for minutes",
    "run songbatch sooner after a run that was cut off",
)
DROPPED: Judged = (
    Verdict.RETRY,
    "the song was cancelled at the service before it began, which charges nothing for it",
    ASKED_ANEW,
)
"""The verdict on a job that was cancelled, and surely not charged."""

_PASSING: Mapping[int, Judged] = {
    408: (Verdict.RETRY, AGAIN, ""),
    425: (Verdict.RETRY, AGAIN, ""),
    429: (Verdict.SLOW_DOWN, "the service takes no more requests for now", ""),
    499: (Verdict.UNKNOWN, "the service says that the connection broke off", ""),
}


class Refusal(msgspec.Struct, frozen=True):
    """An answer that reports a failure, as far as it matters.

    `kinds` are the words that name it. One that `has_request` comes from the service for sure; one
    that `is_of_service` does by its form; one that `is_of_gateway` was made before it.
    """

    status: int
    reason: str
    kinds: frozenset[str]
    has_request: bool
    is_of_service: bool
    is_of_gateway: bool
    retryable: bool | None

    @classmethod
    def of(
        cls, status: int, headers: Mapping[str, str], value: Any, reason: str, body: str
    ) -> Refusal:
        """Return what an answer says of itself."""
        is_own = bool(headers.get("x-fal-request-id"))
        return cls(
            status,
            reason,
            frozenset(_kinds(headers, value)),
            is_own,
            is_own or (isinstance(value, dict) and "detail" in value),
            not is_own and "nginx" in body.lower(),
            {"true": True, "false": False}.get(headers.get("x-fal-retryable", "").strip().lower()),
        )


def _kinds(headers: Mapping[str, str], value: Any) -> Iterator[str]:
    named = [headers.get("x-fal-error-type")]
    if isinstance(value, dict):
        named.append(value.get("error_type"))
        details = value.get("detail")
        if isinstance(details, list):
            named += [each.get("type") for each in details if isinstance(each, dict)]
    yield from (kind.strip() for kind in named if isinstance(kind, str) and kind.strip())


def judged_submit(refusal: Refusal, endpoint: str, key_name: str) -> Judged:
    """Return the verdict on an answer to a submit."""
    status = refusal.status
    if account := judged_account(status, refusal.reason, key_name):
        return account
    if status == 404:
        return (
            Verdict.STOP,
            f"the service has no endpoint {endpoint}: the model may be gone",
            "choose another model (`songbatch engines fal` lists them), or correct the model's "
            "endpoint in songbatch.yaml",
        )
    if 400 <= status < 500:
        return _PASSING.get(status) or _judged_contents(refusal)
    # Anything else may come from a gateway that has passed the request on.
    is_refused = status >= 500 and (refusal.is_of_gateway or refusal.has_request)
    return (Verdict.RETRY if is_refused else Verdict.UNKNOWN), AGAIN, ""


def judged_look(refusal: Refusal, key_name: str, *, is_result: bool) -> Judged | None:
    """Return the verdict on an answer to a question about a job, for the line and not for the job.

    None where it tells of the job itself. A 5xx does so only as the result of a job that is done: a
    job that is still at work would be paid a second time.
    """
    status = refusal.status
    if account := judged_account(status, refusal.reason, key_name):
        return account
    if status == 429:
        return Verdict.SLOW_DOWN, "the service takes no more questions for now", ""
    is_passing = (
        status in {408, 425} or not refusal.is_of_service or (status >= 500 and not is_result)
    )
    return (Verdict.RETRY, AGAIN, "") if is_passing else None


def judged_result(refusal: Refusal) -> Judged:
    """Return the verdict on a job whose result is this refusal; 5xx are never charged."""
    if refusal.status in {404, 410}:
        return Verdict.LOST, *GONE
    if refusal.status >= 500:
        return Verdict.RETRY, "the song failed at the service, which charges nothing for it", ""
    if refusal.status == 499:
        return Verdict.LOST, "the song was cancelled at the service, which may charge for it", ""
    return _judged_contents(refusal)


def _judged_contents(refusal: Refusal) -> Judged:
    if refusal.kinds & _REFUSED_FILE:
        return Verdict.REUPLOAD, "the service cannot fetch the reference", ""
    if refusal.kinds & _FLAGGED or is_flagged(refusal.reason):
        return FLAGGED
    return Verdict.REJECTED, "the service refuses the request", ""


def cancellation_of(status: int, value: Any) -> Cancellation | None:
    """Return what a refusal to cancel tells of the job; None where it tells nothing of it."""
    told = value.get("status") if isinstance(value, dict) else None
    return {
        (400, "ALREADY_COMPLETED"): Cancellation.OVER,
        (404, "NOT_FOUND"): Cancellation.NOT_KNOWN,
    }.get((status, str(told)))


def is_not_yet(refusal: Refusal) -> bool:
    """Return whether a result is refused because its job is not done."""
    return refusal.status == 400 and _NOT_YET.search(refusal.reason) is not None
