"""Calls to the hosts of the service, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.job_service.dialect import RefusedRequest
from songbatch.engines.job_service.fal.verdicts import Refusal
from songbatch.engines.job_service.services import PLATFORM, QUEUE, UPLOAD
from songbatch.engines.job_service.verdicts import REPORT, judged_account, wait_in
from songbatch.engines.rest.client import Bounds, RestClient, Sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.engines.job_service.settings import JobServiceSettings
    from songbatch.engines.job_service.verdicts import Judged
    from songbatch.engines.rest.client import ServiceReply


_KEPT_BYTES = 4096


class FalCalls:
    """Calls with one key. Safe to use from several threads at once."""

    def __init__(self, access: JobServiceSettings) -> None:
        self.access = access
        self.clients = {
            host: RestClient(
                access.host(host),
                f"{access.service.title}'s {host}",
                unreachable_fix="look whether the network is there, or correct the engine's url",
                report=REPORT,
                scheme="Key",
            )
            for host in (QUEUE, PLATFORM, UPLOAD)
        }
        self.queue = self.clients[QUEUE]
        self.bounds = Bounds(access.read_timeout, access.deadline)

    def ask(self, host: str, sent: Sent) -> ServiceReply:
        """Send a request; return its answer, whatever its status. Raises EngineError."""
        self.access.check()
        return self.clients[host].call(sent)

    def value(self, host: str, sent: Sent) -> Any:
        """Send a request that costs nothing; return the JSON of its answer. Raises EngineError."""
        reply = self.ask(host, sent)
        if not reply.is_success:
            raise self.refused(reply, self.judged_free)
        if not reply.is_json:
            raise self.queue.unexpected("the service's answer is not JSON", reply, sent.lost)
        return reply.value

    def refused(self, reply: ServiceReply, judge: Callable[[Refusal], Judged]) -> EngineError:
        """Return the error for an answer that reports a failure."""
        refusal = self.refusal(reply)
        verdict, sentence, fix = judge(refusal)
        quote = self.queue.quoted(refusal.reason) or self.queue.shown(reply)
        is_final = refusal.retryable is False and verdict is Verdict.RETRY
        wait = reply.retry_after
        if wait is None and verdict is Verdict.SLOW_DOWN:
            wait = wait_in(refusal.reason)
        error = self.queue.failure(
            f"{sentence} (HTTP {reply.status}: {quote})",
            verdict,
            fix=fix,
            retry_after=None if verdict is Verdict.STOP else wait,
            most_tries=1 if is_final else None,
        )
        is_of_fields = verdict is Verdict.REJECTED and not fix and reply.is_json
        return RefusedRequest.of(error, reply.value) if is_of_fields else error

    def refusal(self, reply: ServiceReply) -> Refusal:
        """Return what an answer that reports a failure says of itself."""
        body = reply.body[:_KEPT_BYTES].decode("utf-8", "replace")
        return Refusal.of(reply.status, reply.headers, reply.value, reply.reason, body)

    def trace_id(self, reply: ServiceReply) -> str | None:
        """Return the name that the service gives a request in its log, without the key in it."""
        named = reply.headers.get("x-fal-request-id", "")
        return self.queue.quoted(named)[:200] or None

    def close(self) -> None:
        """Close the connections."""
        for client in self.clients.values():
            client.close()

    def judged_free(self, refusal: Refusal) -> Judged:
        """Return the verdict on an answer to a request that costs nothing."""
        if account := judged_account(refusal.status, refusal.reason, self.access.key_name):
            return account
        if refusal.status == 429:
            return Verdict.SLOW_DOWN, "the service takes no more requests for now", ""
        is_passing = refusal.status >= 500 or refusal.status in {408, 425}
        verdict = Verdict.RETRY if is_passing else Verdict.REJECTED
        return verdict, "the service refuses the request", ""
