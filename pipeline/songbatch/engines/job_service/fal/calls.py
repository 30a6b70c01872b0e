"""Calls to the hosts of the service, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.engines.base import Verdict
from songbatch.engines.job_service.fal.verdicts import Refusal
from songbatch.engines.job_service.refusals import refused
from songbatch.engines.job_service.services import PLATFORM, QUEUE, UPLOAD
from songbatch.engines.job_service.verdicts import REPORT, judged_free
from songbatch.engines.rest.client import Bounds, RestClient, Sent

if TYPE_CHECKING:
    from songbatch.engines.base import EngineError
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
            raise self.refused_free(reply)
        if not reply.is_json:
            raise self.queue.unexpected("the service's answer is not JSON", reply, sent.lost)
        return reply.value

    def refused(self, reply: ServiceReply, judged: Judged) -> EngineError:
        """Return the error for an answer that reports a failure."""
        is_final = judged[0] is Verdict.RETRY and self.refusal(reply).retryable is False
        most_tries = 1 if is_final else None
        return refused(self.queue, reply, judged, reply.reason, most_tries=most_tries)

    def refused_free(self, reply: ServiceReply) -> EngineError:
        """Return the same for an answer to a request that costs nothing."""
        key_name = self.access.key_name
        return self.refused(reply, judged_free(reply.status, reply.reason, key_name))

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
