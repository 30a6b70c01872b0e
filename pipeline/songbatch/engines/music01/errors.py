"""From what happened to one error with a verdict; the facts are in `table`.

The service's words are quoted: shortened, printable, and without the key, whatever echoes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.diagnostics import printable
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.music01 import error_body, verdicts
from songbatch.engines.music01.settings import BASE_URL_VARIABLE
from songbatch.formatting import money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.music01.redaction import Redactor

SHORTEST_SONG_BYTES = 2**10
"""A refusal with less audio beside it is a refusal."""

_LONGEST_NAME = 128
"""Characters of a trace id."""

_FOR_FREE: Mapping[Verdict, Verdict] = {
    Verdict.UNKNOWN: Verdict.RETRY,
    Verdict.REUPLOAD: Verdict.REJECTED,
}


class Facts(msgspec.Struct, frozen=True):
    """What came of a request, whatever is to be made of it.

    `fields` are those of the answer's JSON object, as far as there are any; `song_bytes` is the
    size of the audio that came whole.
    """

    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    fields: Mapping[str, Any] = msgspec.field(default_factory=dict)
    has_object: bool = False
    song_bytes: int = 0


NOTHING = Facts()


class Outcomes(msgspec.Struct, frozen=True):
    """Makes the errors of one kind of request; the key is never in them.

    Where nothing is `paid` (uploads), an unknown outcome costs nothing and is simply tried again,
    and an unknown id cannot be mended by uploading.
    """

    redactor: Redactor
    paid: bool

    def not_sent(self, why: object) -> EngineError:
        """Return the error for a request that surely did not leave."""
        fix = f"check the network and {BASE_URL_VARIABLE}, or use --engine sketch"
        message = f"cannot reach the service: {why}"
        return self._error(Verdict.UNREACHABLE, message, NOTHING, fix=fix)

    def lost(self, why: object, facts: Facts = NOTHING) -> EngineError:
        """Return the error for a request that left and whose answer is missing or cut."""
        return self._error(Verdict.UNKNOWN, f"no whole answer came: {why}", facts)

    def malformed(self, why: object, facts: Facts, *, words: str = "") -> EngineError:
        """Return the error for a 2xx answer that is not what the contract says."""
        quote = f" ({self._quoted(words)})" if words else ""
        return self._error(Verdict.UNKNOWN, f"the answer cannot be used: {why}{quote}", facts)

    def of_code(self, code: int, facts: Facts) -> EngineError:
        """Return the error for a `base_resp` that is not success."""
        words = error_body.words_in_band(facts.fields)
        message = f"the service answered code {code}: {self._quoted(words)}"
        verdict = verdicts.IN_BAND.get(code, Verdict.REJECTED)
        if verdict is Verdict.STOP:
            return self._stop(verdicts.STOPS_IN_BAND[code], message, facts)
        if verdict is Verdict.REJECTED and verdicts.speaks_of_model(words):
            return self._stop(verdicts.MODEL_GONE, message, facts)
        return self._error(verdict, message, facts)

    def of_status(self, status: int, facts: Facts) -> EngineError:
        """Return the error for an HTTP status that is not 2xx."""
        code = error_body.code_in_band(facts.fields)
        if status in {400, 404, 422} and code is not None and code in verdicts.IN_BAND:
            return self.of_code(code, facts)
        words = error_body.words_of(facts.fields)
        message = f"the service answered HTTP {status}: {self._quoted(words)}"
        stop = verdicts.stop_of_status(status, words, is_json=facts.has_object)
        if stop:
            return self._stop(stop, message, facts)
        is_of_service = error_body.is_of_service(facts.fields)
        verdict = verdicts.verdict_of_status(status, is_of_service=is_of_service)
        return self._error(verdict, message, facts)

    def name_of(self, facts: Facts) -> str | None:
        """Return the name under which the service knows the request, safe to write down."""
        name = error_body.trace_of(facts.fields, facts.headers)
        return name and printable(self.redactor.without_key(name)[:_LONGEST_NAME])

    def _quoted(self, words: str) -> str:
        return error_body.shortened(self.redactor.without_key(words)) or "it gives no reason"

    def _stop(self, stop: verdicts.Stop, message: str, facts: Facts) -> EngineError:
        why, fix = stop
        return self._error(Verdict.STOP, f"{why} ({message})", facts, fix=fix)

    def _error(self, verdict: Verdict, message: str, facts: Facts, *, fix: str = "") -> EngineError:
        cost = error_body.cost_of(facts.headers)
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
            verdict if self.paid else _FOR_FREE.get(verdict, verdict),
            fix=fix,
            retry_after=None if verdict is Verdict.STOP else error_body.wait_of(facts.headers),
            trace_id=self.name_of(facts),
            cost_usd=cost,
            has_song=facts.song_bytes > 0 and verdict is Verdict.UNKNOWN,
        )
