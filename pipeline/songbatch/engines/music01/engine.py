"""Engine that speaks the hosted contract: builds its requests and judges its answers."""

from __future__ import annotations

import contextlib
import io
import re
import threading
from typing import TYPE_CHECKING, Any

from urllib3.filepost import encode_multipart_formdata

from songbatch.diagnostics import printable
from songbatch.digest import canonical_json, sha256
from songbatch.engines.base import Answer
from songbatch.engines.identities import MUSIC01
from songbatch.engines.music01 import error_body
from songbatch.engines.music01.answer_stream import Lost
from songbatch.engines.music01.decode import AnswerDecoder
from songbatch.engines.music01.errors import RequestErrors
from songbatch.engines.music01.reply import MAX_BODY_BYTES, MAX_SONG_BYTES, Reply, read
from songbatch.engines.music01.settings import Settings
from songbatch.engines.music01.transport import NotSent, Transport
from songbatch.engines.rest.redaction import Redactor
from songbatch.model import AudioFormat, Uploaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.engines.base import EngineError, Generation, Sink
    from songbatch.engines.music01.answer_stream import AnswerStream
    from songbatch.model import EngineIdentity, Purpose

_USABLE_ID = re.compile(r"[!-~]{1,512}")
"""Of an upload; the ids seen so far have about forty letters, digits and hyphens."""


class Music01Engine:
    """The hosted engine; see `songbatch.engines.base.Engine` for what its methods promise."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transport = Transport(settings)
        redactor = Redactor(settings.key)
        self._redactor = redactor
        self._upload_errors = RequestErrors(redactor, paid=False)
        self._generate_errors = RequestErrors(redactor, paid=True)
        # Answers arrive in crowds. Decoded in turns, each is still in the processor's cache, and
        # they do not compete for the interpreter.
        self._decoding_turn = threading.Lock()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Music01Engine:
        """Return an engine for the key and the address that the environment names."""
        return cls(Settings.from_environment(environment))

    @property
    def identity(self) -> EngineIdentity:
        """What belongs to a render's key: neither the address nor the API key."""
        return MUSIC01

    @property
    def account(self) -> str:
        """The account that uploaded ids belong to."""
        return self._settings.account

    def preflight(self) -> None:
        """Raise EngineRefused unless key and address can be used. Sends nothing.

        Whether the service takes them shows in its first answer: not every service of the contract
        has an endpoint to ask.
        """
        self._settings.preflight()

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Upload a reference, once, under a constant file name."""
        body, content_type = _multipart(audio, audio_format, purpose)
        errors = self._upload_errors
        with self._request("upload", body, content_type, request_id, errors) as stream:
            reply = self._read(stream, io.BytesIO(), MAX_BODY_BYTES)
        error = _refusal(reply, errors) or _answer_error(reply, errors)
        if error is not None:
            raise error
        return Uploaded(
            voice_id=self._id(reply, "voice_id") if purpose.gives_voice else None,
            instrumental_id=self._id(reply, "instrumental_id")
            if purpose.gives_instrumental
            else None,
            trace_id=errors.trace_id_of(reply.facts),
        )

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Ask for a song, once, and write its bytes to `sink` as they come.

        First the audio is saved, then what came with it is judged.
        """
        body = canonical_json(_generate_body(request))
        errors, name = self._generate_errors, request.request_id
        with self._request("generate", body, "application/json", name, errors) as stream:
            reply = self._read(stream, sink, MAX_SONG_BYTES)
        error = _refusal(reply, errors) or _song_error(reply, errors)
        if error is not None:
            raise error
        return Answer(
            errors.trace_id_of(reply.facts),
            error_body.cost_usd_of(reply.facts.headers),
            tuple(printable(self._redactor.without_key(each)) for each in reply.remarks),
        )

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @contextlib.contextmanager
    def _request(
        self,
        endpoint: str,
        body: bytes,
        content_type: str,
        request_id: str,
        errors: RequestErrors,
    ) -> Iterator[AnswerStream]:
        """Send a request; yield its answer, whatever its status. Raises EngineError."""
        try:
            with self._transport.post(
                endpoint, body, content_type, request_id, paid=errors.paid
            ) as stream:
                yield stream
        except NotSent as error:
            raise errors.not_sent(error) from error
        except Lost as error:
            raise errors.lost(error) from error

    def _read(self, stream: AnswerStream, sink: Sink, limit: int) -> Reply:
        with contextlib.closing(AnswerDecoder(sink)) as decoder:
            return read(stream, decoder, limit, self._decoding_turn)

    def _id(self, reply: Reply, name: str) -> str:
        value = reply.facts.fields.get(name)
        if not isinstance(value, str) or not _USABLE_ID.fullmatch(value):
            raise self._upload_errors.malformed(f"it has no usable {name}", reply.facts)
        if self._redactor.is_in(value):
            raise self._upload_errors.malformed(f"its {name} repeats the key", reply.facts)
        return value


def _multipart(audio: bytes, audio_format: AudioFormat, purpose: Purpose) -> tuple[bytes, str]:
    """Return an upload's body and content type; the same for the same upload."""
    is_wav = audio_format is AudioFormat.WAV
    name, kind = ("reference.wav", "audio/wav") if is_wav else ("reference.mp3", "audio/mpeg")
    # Nothing contains its own digest, so this boundary cannot be in the audio.
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


def _refusal(reply: Reply, errors: RequestErrors) -> EngineError | None:
    """Return the error that an answer reports, or None if it reports success."""
    if not reply.is_success:
        return errors.of_status(reply.status, reply.facts)
    code = error_body.code_in_band(reply.facts.fields)
    if code is not None and code != error_body.SUCCESS:
        return errors.of_code(code, reply.facts)
    return None


def _answer_error(reply: Reply, errors: RequestErrors) -> EngineError | None:
    """Return the error of an answer that is cut off or breaks the contract, or None."""
    if isinstance(reply.error, Lost):
        return errors.lost(reply.error, reply.facts)
    if reply.error is not None:
        return errors.malformed(reply.error, reply.facts)
    if not reply.facts.has_object:
        return errors.malformed("it is not a JSON object", reply.facts)
    if not reply.is_complete:
        return errors.malformed("it was cut off", reply.facts)
    return None


def _song_error(reply: Reply, errors: RequestErrors) -> EngineError | None:
    """Return why an answer that reports success has no usable song, or None."""
    facts = reply.facts
    # The message of a base_resp here only says that all went well.
    message = "" if facts.fields.get("base_resp") else error_body.message_of(facts.fields)
    if facts.song_bytes:
        if error_body.has_failure(facts.fields):
            return errors.malformed("it says that it failed", facts, message=message)
        return None
    reason = error_body.state_error(facts.fields) or reply.song_error
    return _answer_error(reply, errors) or errors.malformed(reason, facts, message=message)
