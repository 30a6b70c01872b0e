"""Calls to an ACE-Step server, judged: both envelopes, and one sentence for each failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.acestep import verdicts
from songbatch.engines.acestep.results import code_of
from songbatch.engines.acestep.traits import MOST_SECONDS
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.rest.client import MAX_JSON_BYTES, RestClient
from songbatch.engines.rest.quotes import exception_in

if TYPE_CHECKING:
    from songbatch.engines.acestep.settings import AceStepSettings
    from songbatch.engines.acestep.verdicts import Judged
    from songbatch.engines.rest.client import Sent, ServiceReply

_SUCCESS_CODES = frozenset({None, 0, 200})
WRONG_FORM = "look into the server's log: it takes its own default for a form that it cannot make"
"""What to do about a song in another form than was asked for."""
_OWN_FIELDS = ("detail", "code")
"""Of the framework's errors, and of the envelope."""
_SLACK_BYTES = 16 * 2**20
_FRAME_BYTES = 2 * 4
"""Stereo, and 32-bit samples at most."""


def song_bytes(seconds: float = MOST_SECONDS) -> int:
    """Return the most bytes that a song of this duration can have."""
    return int(seconds * 48000 * _FRAME_BYTES) + _SLACK_BYTES


def _is_final(reply: ServiceReply) -> bool:
    """Return whether a refusal can be believed: a 4xx, whoever it comes from, and a 5xx of the
    server's own form, not of a gateway's.
    """
    if 400 <= reply.status < 500:
        return True
    is_form = isinstance(reply.value, dict) and not reply.value.keys().isdisjoint(_OWN_FIELDS)
    return 500 <= reply.status < 600 and is_form


class AceStepCalls:
    """Calls to one server. Safe to use from several threads at once."""

    def __init__(self, settings: AceStepSettings) -> None:
        self._settings = settings
        start = "start the server (`uv run acestep-api`)" if settings.face == "tasks" else "wait"
        self.client = RestClient(
            settings,
            "the ACE-Step server",
            unreachable_fix=f"{start}, or correct the engine's url; "
            "songbatch engines acestep says how",
            report=verdicts.REPORT,
        )

    def call(self, sent: Sent, limit: int = MAX_JSON_BYTES) -> ServiceReply:
        """Send a request; return its answer if it reports success. Raises EngineError."""
        self._settings.check()
        reply = self.client.call(sent, limit)
        if not reply.is_success or code_of(reply.value) not in _SUCCESS_CODES:
            raise self.refusal(reply, sent.lost)
        if not reply.is_json:
            raise self.client.unexpected("the server's answer is not JSON", reply, sent.lost)
        return reply

    def refusal(self, reply: ServiceReply, lost: Verdict = Verdict.RETRY) -> EngineError:
        """Return the error for an answer that reports a failure, by its status or its code.

        `lost` is the verdict where the server's own answer may have got lost before it came here.
        """
        code = code_of(reply.value)
        in_band = reply.is_success and code not in _SUCCESS_CODES
        status = code if in_band and code is not None else reply.status
        judge = (
            verdicts.judged_status
            if self._settings.face == "tasks"
            else verdicts.judged_chat_status
        )
        reason = reply.reason
        verdict, sentence, fix = judge(status, exception_in(reason), self._settings.key_name)
        if verdict is Verdict.RETRY and not in_band and not _is_final(reply):
            verdict = lost  # a gateway's answer: what is behind it may have done as asked
        where = f"code {status} under HTTP {reply.status}" if in_band else f"HTTP {status}"
        quote = self.client.quoted(reason) or self.client.shown(reply)
        return self._error(
            (verdict, sentence, fix), f"the server answered {where}: {quote}", reply.retry_after
        )

    def failed(self, reason: str) -> EngineError:
        """Return the error of a song that failed at the server, for the reason that it tells."""
        judged = verdicts.judged_failure(exception_in(reason))
        # It was made with the card's time, and mostly fails the same way again.
        return self._error(judged, self.client.quoted(reason), most_tries=1)

    def _error(
        self,
        judged: Judged,
        quote: str,
        retry_after: float | None = None,
        most_tries: int | None = None,
    ) -> EngineError:
        verdict, sentence, fix = judged
        message = f"{sentence} ({quote})" if sentence and quote else sentence or quote
        wait = None if verdict is Verdict.STOP else retry_after
        return self.client.failure(
            message, verdict, fix=fix, retry_after=wait, most_tries=most_tries
        )
