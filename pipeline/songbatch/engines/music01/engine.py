"""The hosted contract behind the seam: what is asked, and which answers are believed."""

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
from songbatch.engines.music01.errors import Outcomes
from songbatch.engines.music01.redaction import Redactor
from songbatch.engines.music01.reply import MAX_BODY_BYTES, MAX_SONG_BYTES, Reply, read
from songbatch.engines.music01.settings import Settings
from songbatch.engines.music01.transport import NotSent, Transport
from songbatch.model import AudioFormat, Uploaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.engines.base import EngineError, Generation, Sink
    from songbatch.engines.music01.answer_stream import Exchange
    from songbatch.model import EngineIdentity, Purpose

_USABLE_ID = re.compile(r"[!-~]{1,512}")
"""An uploaded id; those seen have about forty letters, digits and hyphens."""


class Music01Engine:
    """The hosted engine; see `songbatch.engines.base.Engine` for what its methods promise."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transport = Transport(settings)
        redactor = Redactor(settings.key)
        self._redactor = redactor
        self._free = Outcomes(redactor, paid=False)
        self._paid = Outcomes(redactor, paid=True)
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
            reply = self._read(exchange, io.BytesIO(), MAX_BODY_BYTES)
        failure = _refusal(reply, self._free) or _cut(reply, self._free)
        if failure is not None:
            raise failure
        return Uploaded(
            voice_id=self._id(reply, "voice_id") if purpose.gives_voice else None,
            instrumental_id=self._id(reply, "instrumental_id")
            if purpose.gives_instrumental
            else None,
            trace_id=self._free.name_of(reply.facts),
        )

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Ask for a song, once, and write its bytes to `sink` as they come.

        First the audio is safe, then what came with it is judged.
        """
        body = canonical_json(_generate_body(request))
        name = request.request_id
        with self._request("generate", body, "application/json", name, self._paid) as exchange:
            reply = self._read(exchange, sink, MAX_SONG_BYTES)
        failure = _refusal(reply, self._paid) or _failure_of_song(reply, self._paid)
        if failure is not None:
            raise failure
        return Answer(
            self._paid.name_of(reply.facts),
            error_body.cost_of(reply.facts.headers),
            tuple(printable(self._redactor.without_key(each)) for each in reply.remarks),
        )

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @contextlib.contextmanager
    def _request(
        self, endpoint: str, body: bytes, content_type: str, request_id: str, outcomes: Outcomes
    ) -> Iterator[Exchange]:
        """Send a request; yields its answer, whatever its status. Raises EngineError."""
        try:
            with self._transport.post(
                endpoint, body, content_type, request_id, paid=outcomes.paid
            ) as exchange:
                yield exchange
        except NotSent as error:
            raise outcomes.not_sent(error) from error
        except Lost as error:
            raise outcomes.lost(error) from error

    def _read(self, exchange: Exchange, sink: Sink, limit: int) -> Reply:
        with contextlib.closing(AnswerDecoder(sink)) as decoder:
            return read(exchange, decoder, limit, self._decoding)

    def _id(self, reply: Reply, name: str) -> str:
        value = reply.facts.fields.get(name)
        if not isinstance(value, str) or not _USABLE_ID.fullmatch(value):
            raise self._free.malformed(f"it has no usable {name}", reply.facts)
        if self._redactor.is_in(value):
            raise self._free.malformed(f"its {name} repeats the key", reply.facts)
        return value


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


def _refusal(reply: Reply, outcomes: Outcomes) -> EngineError | None:
    """Return the failure that an answer reports, None if it reports success."""
    if not reply.is_success:
        return outcomes.of_status(reply.status, reply.facts)
    code = error_body.code_in_band(reply.facts.fields)
    if code is not None and code != error_body.SUCCESS:
        return outcomes.of_code(code, reply.facts)
    return None


def _cut(reply: Reply, outcomes: Outcomes) -> EngineError | None:
    """Return the failure of an answer that is cut or breaks the contract, None if it is neither."""
    if isinstance(reply.trouble, Lost):
        return outcomes.lost(reply.trouble, reply.facts)
    if reply.trouble is not None:
        return outcomes.malformed(reply.trouble, reply.facts)
    if not reply.facts.has_object:
        return outcomes.malformed("it is not a JSON object", reply.facts)
    if not reply.is_complete:
        return outcomes.malformed("it was cut off", reply.facts)
    return None


def _failure_of_song(reply: Reply, outcomes: Outcomes) -> EngineError | None:
    """Return why there is no song, or why it may be none, in an answer of success."""
    facts = reply.facts
    # With a base_resp, its only words are that all went well.
    words = "" if facts.fields.get("base_resp") else error_body.words_of(facts.fields)
    if facts.song_bytes:
        if error_body.tells_of_failure(facts.fields):
            return outcomes.malformed("it says that it failed", facts, words=words)
        return None
    why = error_body.state_of(facts.fields) or reply.problem
    return _cut(reply, outcomes) or outcomes.malformed(why, facts, words=words)
