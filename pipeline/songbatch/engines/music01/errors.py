"""Errors of requests: one EngineError with a verdict from whatever happened.

The facts are in `verdicts`. The service's message is quoted: shortened, printable, and without the
key, whatever echoes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.diagnostics import printable
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.music01 import error_body, verdicts
from songbatch.engines.music01.settings import BASE_URL_VARIABLE
from songbatch.engines.rest.quotes import quoted, quoted_value
from songbatch.engines.rest.reasons import reason_in_body
from songbatch.engines.rest.waits import retry_after_of
from songbatch.formatting import money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.rest.redaction import Redactor

SHORTEST_SONG_BYTES = 2**10
"""A refusal with less audio than this is only a refusal."""

_LONGEST_TRACE_ID = 128
"""In characters."""

_VERDICT_IF_FREE: Mapping[Verdict, Verdict] = {
    Verdict.UNKNOWN: Verdict.RETRY,
    Verdict.REUPLOAD: Verdict.REJECTED,
}


class AnswerFacts(msgspec.Struct, frozen=True):
    """The parts of an answer that errors and verdicts are made from.

    `fields` are those of the answer's JSON object, as far as they could be read; `song_bytes` is
    the size of the audio if it arrived whole, else 0. `start` are the first bytes of a refusal.
    """

    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    fields: Mapping[str, Any] = msgspec.field(default_factory=dict)
    has_object: bool = False
    song_bytes: int = 0
    start: bytes = b""


NO_ANSWER = AnswerFacts()


class RequestErrors(msgspec.Struct, frozen=True):
    """Makes the errors of one kind of request; the key is never in them.

    If nothing is `paid` (uploads), an unknown outcome costs nothing and is simply tried again,
    and an unknown id cannot be cured by uploading.
    """

    redactor: Redactor
    paid: bool

    def not_sent(self, reason: object) -> EngineError:
        """Return the error for a request that certainly did not leave."""
        fix = f"check the network and {BASE_URL_VARIABLE}, or use --engine sketch"
        message = f"cannot reach the service: {reason}"
        return self._error(Verdict.UNREACHABLE, message, NO_ANSWER, fix=fix)

    def lost(self, reason: object, facts: AnswerFacts = NO_ANSWER) -> EngineError:
        """Return the error for a request that left and whose answer is missing or cut."""
        return self._error(Verdict.UNKNOWN, f"no whole answer came: {reason}", facts)

    def malformed(self, reason: object, facts: AnswerFacts, *, message: str = "") -> EngineError:
        """Return the error for a 2xx answer that breaks the contract."""
        quote = f" ({self._quoted(message)})" if message else ""
        return self._error(Verdict.UNKNOWN, f"the answer cannot be used: {reason}{quote}", facts)

    def of_code(self, code: int, facts: AnswerFacts) -> EngineError:
        """Return the error for a `base_resp` that is not success."""
        reason = error_body.message_in_band(facts.fields)
        told = reason or error_body.message_of(facts.fields)
        message = f"the service answered code {code}: {self._quoted(told)}"
        verdict = verdicts.VERDICT_OF_CODE.get(code, Verdict.REJECTED)
        if verdict is Verdict.STOP:
            return self._stop(verdicts.STOP_OF_CODE[code], message, facts)
        if verdict is Verdict.REJECTED and verdicts.says_model_is_gone(reason):
            return self._stop(verdicts.MODEL_GONE, message, facts)
        return self._error(verdict, message, facts)

    def of_status(self, status: int, facts: AnswerFacts) -> EngineError:
        """Return the error for an HTTP status that is not 2xx."""
        code = error_body.code_in_band(facts.fields)
        if status in {400, 404, 422} and code is not None and code in verdicts.VERDICT_OF_CODE:
            return self.of_code(code, facts)
        reason = error_body.message_of(facts.fields)
        message = f"the service answered HTTP {status}: {self._reason(reason, facts)}"
        stop = verdicts.stop_of_status(status, reason, is_json=facts.has_object)
        if stop:
            return self._stop(stop, message, facts)
        is_from_service = error_body.is_from_service(facts.fields)
        verdict = verdicts.verdict_of_status(status, is_from_service=is_from_service)
        return self._error(verdict, message, facts)

    def trace_id_of(self, facts: AnswerFacts) -> str | None:
        """Return the service's own id of the request, safe to write down."""
        trace_id = error_body.trace_id_of(facts.fields, facts.headers)
        return trace_id and printable(self.redactor.without_key(trace_id)[:_LONGEST_TRACE_ID])

    def _reason(self, reason: str, facts: AnswerFacts) -> str:
        """Return why the service refuses, whatever the form in which it says so."""
        text = reason_in_body(facts.start, facts.headers.get("Content-Type", ""))
        if not (text or reason) and facts.fields and facts.has_object:
            return quoted_value(facts.fields, self.redactor)
        return self._quoted(text or reason)

    def _quoted(self, text: str) -> str:
        return quoted(text, self.redactor) or "it gives no reason"

    def _stop(self, stop: verdicts.Stop, message: str, facts: AnswerFacts) -> EngineError:
        reason, fix = stop
        return self._error(Verdict.STOP, f"{reason} ({message})", facts, fix=fix)

    def _error(
        self, verdict: Verdict, message: str, facts: AnswerFacts, *, fix: str = ""
    ) -> EngineError:
        cost = error_body.cost_usd_of(facts.headers)
        has_song = facts.song_bytes >= SHORTEST_SONG_BYTES
        if (
            self.paid
            and verdict is not Verdict.UNKNOWN
            and (has_song or error_body.may_have_charged(facts.headers))
        ):
            verdict, fix = Verdict.UNKNOWN, ""
            charged = f"it says that {money(cost) if cost else 'something'} was charged"
            message += f"; and yet {'a song came with it' if has_song else charged}"
        return EngineError(
            self.redactor.without_key(message),
            verdict if self.paid else _VERDICT_IF_FREE.get(verdict, verdict),
            fix=fix,
            retry_after=None if verdict is Verdict.STOP else retry_after_of(facts.headers),
            trace_id=self.trace_id_of(facts),
            cost_usd=cost,
            has_song=facts.song_bytes > 0 and verdict is Verdict.UNKNOWN,
        )
