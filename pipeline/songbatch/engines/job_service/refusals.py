"""Refusals as errors, with the field that they are about and how the row is corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.job_service.dialect import RefusedRequest
from songbatch.engines.job_service.verdicts import wait_in

if TYPE_CHECKING:
    from songbatch.engines.job_service.corrections import Correction
    from songbatch.engines.job_service.verdicts import Judged
    from songbatch.engines.rest.client import RestClient, ServiceReply
    from songbatch.engines.rest.redaction import Redactor


def refused(
    client: RestClient,
    reply: ServiceReply,
    judged: Judged,
    reason: str,
    *,
    most_tries: int | None = None,
) -> EngineError:
    """Return the error for an answer that reports a failure, with its `reason` quoted."""
    verdict, sentence, fix = judged
    quote = client.quoted(reason) or client.shown(reply)
    wait = reply.retry_after
    if wait is None and verdict is Verdict.SLOW_DOWN:
        wait = wait_in(reply.reason)
    error = client.failure(
        f"{sentence} (HTTP {reply.status}: {quote})",
        verdict,
        fix=fix,
        retry_after=None if verdict is Verdict.STOP else wait,
        most_tries=most_tries,
    )
    is_of_fields = verdict is Verdict.REJECTED and not fix and reply.is_json
    return RefusedRequest.of(error, reply.value) if is_of_fields else error


def explained(error: EngineError, found: Correction | None, redactor: Redactor) -> EngineError:
    """Return a refusal with what was found of its cause; as it is if that is nothing."""
    if found is None:
        return error
    return error.but(
        redactor.without_key(f"the service refuses the request: {found.text}"),
        fix=redactor.without_key(found.fix),
    )
