"""From what happened to one error with a verdict; the facts are in `table`.

The service's words are quoted: shortened, printable, and without the key, whatever echoes it.
"""

from __future__ import annotations

import base64
import binascii
import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import msgspec

from pipeline.engines.base import EngineError, Verdict
from pipeline.engines.music01 import said, table
from pipeline.engines.music01.settings import BASE_URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST_KEY = 8
"""Characters."""

_FOR_FREE: Mapping[Verdict, Verdict] = {
    Verdict.UNKNOWN: Verdict.RETRY,
    Verdict.REUPLOAD: Verdict.REJECTED,
}


class Outcomes(msgspec.Struct, frozen=True):
    """Makes the errors of one kind of request; `secret` is never in them.

    Where nothing is `paid` (uploads), an unknown outcome costs nothing and is simply tried again,
    and an unknown id cannot be mended by uploading.
    """

    secret: str
    paid: bool

    def not_sent(self, why: object) -> EngineError:
        """Return the error for a request that surely did not leave."""
        fix = f"check the network and {BASE_URL_VARIABLE}, or use --engine sketch"
        return self._error(Verdict.UNREACHABLE, f"cannot reach the service: {why}", fix=fix)

    def lost(self, why: object) -> EngineError:
        """Return the error for a request that left and whose answer is missing or cut."""
        return self._error(Verdict.UNKNOWN, f"no whole answer came: {why}")

    def malformed(
        self, why: object, *, words: str = "", trace_id: str | None = None
    ) -> EngineError:
        """Return the error for a 2xx answer that is not what the contract says."""
        quote = f" ({self._quoted(words)})" if words else ""
        message = f"the answer cannot be used: {why}{quote}"
        return self._error(Verdict.UNKNOWN, message, trace_id=trace_id)

    def of_code(
        self, code: int, answer: Mapping[str, Any], headers: Mapping[str, str]
    ) -> EngineError:
        """Return the error for a `base_resp` that is not success."""
        trace_id = said.trace_of(answer, headers)
        words = said.words_in_band(answer)
        message = f"the service answered code {code}: {self._quoted(words)}"
        verdict = table.IN_BAND.get(code, Verdict.REJECTED)
        if verdict is Verdict.STOP:
            return self._stop(table.STOPS_IN_BAND[code], message, trace_id)
        if verdict is Verdict.REJECTED and table.speaks_of_model(words):
            return self._stop(table.MODEL_GONE, message, trace_id)
        wait = said.wait_of(headers)
        return self._error(verdict, message, retry_after=wait, trace_id=trace_id)

    def of_status(self, status: int, headers: Mapping[str, str], body: bytes) -> EngineError:
        """Return the error for an HTTP status that is not 2xx."""
        answer = said.error_body(body)
        found = answer or {}
        trace_id = said.trace_of(found, headers)
        code = said.code_in_band(found)
        if status in {400, 404, 422} and code is not None and code in table.IN_BAND:
            return self.of_code(code, found, headers)
        words = said.words_of(found)
        message = f"the service answered HTTP {status}: {self._quoted(words)}"
        stop = table.stop_of_status(status, words, is_json=answer is not None)
        if stop:
            return self._stop(stop, message, trace_id)
        wait = said.wait_of(headers)
        verdict = table.verdict_of_status(status)
        return self._error(verdict, message, retry_after=wait, trace_id=trace_id)

    def _quoted(self, words: str) -> str:
        return said.shortened(self._without_secret(words)) or "it gives no reason"

    def _stop(self, stop: table.Stop, message: str, trace_id: str | None) -> EngineError:
        why, fix = stop
        return self._error(Verdict.STOP, f"{why} ({message})", fix=fix, trace_id=trace_id)

    def _error(
        self,
        verdict: Verdict,
        message: str,
        *,
        fix: str = "",
        retry_after: float | None = None,
        trace_id: str | None = None,
    ) -> EngineError:
        return EngineError(
            self._without_secret(message),
            verdict if self.paid else _FOR_FREE.get(verdict, verdict),
            fix=fix,
            retry_after=retry_after,
            trace_id=trace_id and self._without_secret(trace_id),
        )

    def tells_secret(self, text: str) -> bool:
        """Whether the key is in a text, as it is or encoded."""
        return self._without_secret(text) != text

    def _without_secret(self, text: str) -> str:
        # No real key is this short; replacing one letter would garble every sentence.
        if len(self.secret) < SHORTEST_KEY:
            return text
        for form in _forms(self.secret):
            text = text.replace(form, "[key]")
        return text


@functools.cache
def _forms(secret: str) -> tuple[str, ...]:
    """Return the key in the encodings that a service could echo it in."""
    data = secret.encode()
    encoded = (base64.b64encode(data), base64.urlsafe_b64encode(data), binascii.hexlify(data))
    texts = [secret, quote(secret, safe=""), quote_plus(secret), *(e.decode() for e in encoded)]
    # Inside a longer text, base64 ends otherwise.
    texts += [text.rstrip("=")[:-1] for text in texts[3:5]]
    return tuple(sorted(set(texts), key=len, reverse=True))
