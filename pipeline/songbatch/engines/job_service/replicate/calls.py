"""Calls to the service, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.engines.job_service.refusals import refused
from songbatch.engines.job_service.verdicts import REPORT, judged_free
from songbatch.engines.rest.client import Bounds, RestClient, Sent

if TYPE_CHECKING:
    from songbatch.engines.base import EngineError
    from songbatch.engines.job_service.settings import JobServiceSettings
    from songbatch.engines.job_service.verdicts import Judged
    from songbatch.engines.rest.client import ServiceReply


class ReplicateCalls:
    """Calls with one key. Safe to use from several threads at once."""

    def __init__(self, access: JobServiceSettings) -> None:
        self.access = access
        self.client = RestClient(
            access.host(),
            access.service.title,
            unreachable_fix="look whether the network is there, or correct the engine's url",
            report=REPORT,
        )
        self.bounds = Bounds(access.read_timeout, access.deadline)

    def ask(self, sent: Sent) -> ServiceReply:
        """Send a request; return its answer, whatever its status. Raises EngineError."""
        self.access.check()
        return self.client.call(sent)

    def table(self, sent: Sent) -> dict[str, Any]:
        """Send a request that costs nothing; return the object it answers. Raises EngineError."""
        reply = self.ask(sent)
        if not reply.is_success:
            raise self.refused_free(reply)
        if not isinstance(reply.value, dict):
            raise self.client.unexpected("the service's answer is not an object", reply, sent.lost)
        return reply.value

    def reason(self, reply: ServiceReply) -> str:
        """Return why the service refuses, with the headline, which may say more than the rest."""
        title = reply.value.get("title") if isinstance(reply.value, dict) else None
        return f"{title}: {reply.reason}" if isinstance(title, str) and title else reply.reason

    def refused(self, reply: ServiceReply, judged: Judged) -> EngineError:
        """Return the error for an answer that reports a failure."""
        return refused(self.client, reply, judged, self.reason(reply))

    def refused_free(self, reply: ServiceReply) -> EngineError:
        """Return the same for an answer to a request that costs nothing."""
        key_name = self.access.key_name
        return self.refused(reply, judged_free(reply.status, self.reason(reply), key_name))

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
