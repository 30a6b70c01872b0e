"""The hosted contract behind the seam: what is asked, and which answers are believed."""

from __future__ import annotations

import contextlib
import math
import re
import threading
from typing import TYPE_CHECKING, Any

from urllib3.filepost import encode_multipart_formdata

from pipeline.digest import canonical_json, sha256
from pipeline.engines.base import Answer
from pipeline.engines.identities import MUSIC01
from pipeline.engines.music01 import said
from pipeline.engines.music01.decode import (
    MAX_ENVELOPE_BYTES,
    AnswerDecoder,
    Malformed,
    has_audio,
    parsed,
)
from pipeline.engines.music01.outcomes import Outcomes
from pipeline.engines.music01.settings import Settings
from pipeline.engines.music01.table import SUCCESS
from pipeline.engines.music01.transport import Lost, NotSent, Transport
from pipeline.model import AudioFormat, Uploaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.engines.base import Generation, Sink
    from pipeline.engines.music01.transport import Exchange
    from pipeline.model import EngineIdentity, Purpose

_USABLE_ID = re.compile(r"[!-~]{1,512}")
"""An uploaded id; those seen have about forty letters, digits and hyphens."""

_IN_PROGRESS, _COMPLETED = 1, 2


class Music01Engine:
    """The hosted engine; see `pipeline.engines.base.Engine` for what its methods promise."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transport = Transport(settings)
        self._free = Outcomes(settings.key, paid=False)
        self._paid = Outcomes(settings.key, paid=True)
        # Answers come in crowds. In turns, each is decoded while it is near the processor, and
        # the crowd does not fight over the interpreter.
        self._decoding = threading.Lock()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Music01Engine:
        """Return an engine for the key and the address that the environment names."""
        return cls(Settings.from_environment(environment))

    @property
    def identity(self) -> EngineIdentity:
        """What of this engine belongs to a render's key; not the address, not the key."""
        return MUSIC01

    @property
    def account(self) -> str:
        """The account that uploaded ids belong to."""
        return self._settings.account

    def preflight(self) -> None:
        """Raise EngineRefused unless key and address can be used. Sends nothing.

        Whether the service takes them is told by the first answer: not every service of the
        contract has an endpoint to ask.
        """
        self._settings.check()

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Upload a reference, once, under a constant file name."""
        body, content_type = _multipart(audio, audio_format, purpose)
        with self._request("upload", body, content_type, request_id, self._free) as exchange:
            pieces = exchange.pieces(MAX_ENVELOPE_BYTES)
            answer = parsed(b"".join(pieces))
            self._demand_success(answer, exchange, self._free)
            ids = _uploaded(answer, exchange, purpose)
            if self._free.tells_secret(f"{ids.voice_id} {ids.instrumental_id}"):
                raise Malformed("its ids repeat the key")
            return ids

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Ask for a song, once, and write its bytes to `sink` as they come."""
        body = canonical_json(_generate_body(request))
        name = request.request_id
        with self._request("generate", body, "application/json", name, self._paid) as exchange:
            decoder = AnswerDecoder(sink)
            for piece in exchange.pieces():
                with self._decoding:
                    decoder.feed(piece)
            answer = decoder.finish()
            self._demand_success(answer, exchange, self._paid)
            trace_id = said.trace_of(answer, exchange.headers)
            problem = _problem_of_song(answer, decoder)
            if problem:
                # With a base_resp, its only words are that all went well.
                words = "" if answer.get("base_resp") else said.words_of(answer)
                raise self._paid.malformed(problem, words=words, trace_id=trace_id)
            return Answer(trace_id, _cost(exchange.headers))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @contextlib.contextmanager
    def _request(
        self, endpoint: str, body: bytes, content_type: str, request_id: str, outcomes: Outcomes
    ) -> Iterator[Exchange]:
        """Send a request; yields its 2xx answer and turns every failure into an EngineError."""
        try:
            with self._transport.post(
                endpoint, body, content_type, request_id, paid=outcomes.paid
            ) as exchange:
                if not 200 <= exchange.status < 300:
                    error_body = _as_much_as_comes(exchange)
                    raise outcomes.of_status(exchange.status, exchange.headers, error_body)
                yield exchange
        except NotSent as error:
            raise outcomes.not_sent(error) from error
        except Lost as error:
            raise outcomes.lost(error) from error
        except Malformed as error:
            raise outcomes.malformed(error) from error

    def _demand_success(
        self, answer: Mapping[str, Any], exchange: Exchange, outcomes: Outcomes
    ) -> None:
        # The audio of an answer without any base_resp is still paid for: it is judged by itself.
        if answer.get("base_resp") is None:
            return
        code = said.code_in_band(answer)
        if code is None:
            raise Malformed("its base_resp has no code")
        if code != SUCCESS:
            raise outcomes.of_code(code, answer, exchange.headers)


def _multipart(audio: bytes, audio_format: AudioFormat, purpose: Purpose) -> tuple[bytes, str]:
    """Return an upload's body and content type; the same for the same upload."""
    is_wav = audio_format is AudioFormat.WAV
    name, kind = ("reference.wav", "audio/wav") if is_wav else ("reference.mp3", "audio/mpeg")
    # No bytes hold their own digest, so this boundary cannot be in them.
    boundary = f"songbatch-{sha256(audio)[:40]}"
    fields = {"purpose": purpose.value, "file": (name, audio, kind)}
    return encode_multipart_formdata(fields, boundary=boundary)


def _generate_body(request: Generation) -> dict[str, Any]:
    ids = {"refer_voice": request.voice_id, "refer_instrumental": request.instrumental_id}
    return {
        "model": MUSIC01.model,
        "lyrics": request.lyrics,
        "audio_setting": request.audio.as_json(),
    } | {name: value for name, value in ids.items() if value is not None}


def _uploaded(answer: Mapping[str, Any], exchange: Exchange, purpose: Purpose) -> Uploaded:
    return Uploaded(
        voice_id=_id(answer, "voice_id") if purpose.gives_voice else None,
        instrumental_id=_id(answer, "instrumental_id") if purpose.gives_instrumental else None,
        trace_id=said.trace_of(answer, exchange.headers),
    )


def _id(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not _USABLE_ID.fullmatch(value):
        raise Malformed(f"it has no usable {name}")
    return value


def _problem_of_song(answer: Mapping[str, Any], decoder: AnswerDecoder) -> str:
    data = answer.get("data")
    if isinstance(data, dict) and data.get("status", _COMPLETED) != _COMPLETED:
        if data["status"] == _IN_PROGRESS:
            return "the song is still being made, and there is no way to ask for it later"
        return "its status is neither in progress nor completed"
    if not has_audio(answer):
        return "it has no audio"
    return decoder.problem or ("" if decoder.audio_bytes else "its audio is empty")


def _as_much_as_comes(exchange: Exchange) -> bytes:
    """Return an error's body; one that breaks off does not change what the status said."""
    body = bytearray()
    with contextlib.suppress(Lost, Malformed):
        for piece in exchange.pieces(MAX_ENVELOPE_BYTES):
            body += piece
    return bytes(body)


def _cost(headers: Mapping[str, str]) -> float | None:
    try:
        cost = float(headers.get("x-aimlapi-usd-spent", ""))
    except ValueError:
        return None
    return cost if math.isfinite(cost) and cost >= 0 else None
