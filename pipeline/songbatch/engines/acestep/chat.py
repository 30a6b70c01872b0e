"""Engine over the chat face: one long request, answered with the song itself.

It is asked for as a stream, whose heartbeats keep proxies from cutting the line. There is no job:
a lost answer cannot be had again, and a new one costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from songbatch.engines.acestep.calls import AceStepCalls, song_bytes
from songbatch.engines.acestep.chat_song import ChatSong, audio_in
from songbatch.engines.acestep.events import NotAnEvent, events, parsed_object
from songbatch.engines.acestep.health import health
from songbatch.engines.acestep.requests_made import chat_body, is_silent, request_of
from songbatch.engines.acestep.results import same_model
from songbatch.engines.acestep.settings import identity_of
from songbatch.engines.acestep.song_sink import SongSink
from songbatch.engines.base import Answer, EngineError, Verdict
from songbatch.engines.rest import foreign
from songbatch.engines.rest.client import Bounds, Sent

if TYPE_CHECKING:
    from songbatch.engines.acestep.settings import AceStepSettings
    from songbatch.engines.base import Generation, Sink
    from songbatch.engines.health import HealthItem
    from songbatch.engines.rest.client import IncomingAnswer
    from songbatch.model import AudioFormat, EngineIdentity, Purpose, Uploaded

PATH = "/v1/chat/completions"
_TEXT_BYTES = 2**20


class AceStepChat:
    """The engine `acestep` on its chat face; see `songbatch.engines.base.Engine`."""

    def __init__(self, settings: AceStepSettings, identity: EngineIdentity | None = None) -> None:
        self._settings = settings
        self._identity = identity or identity_of(settings)
        self._calls = AceStepCalls(settings)

    @property
    def identity(self) -> EngineIdentity:
        """What belongs to a render's key."""
        return self._identity

    @property
    def account(self) -> str:
        """The owner of requests: an address and a key."""
        return self._settings.account

    def preflight(self) -> None:
        """Raise EngineRefused unless the settings can be used. Sends nothing."""
        self._settings.check()

    def health(self) -> list[HealthItem]:
        """Return what can be found out about the service. Makes no song."""
        return health(self._settings, self._calls)

    def upload(
        self,
        audio: bytes,  # noqa: ARG002
        audio_format: AudioFormat,  # noqa: ARG002
        purpose: Purpose,  # noqa: ARG002
        request_id: str,  # noqa: ARG002
    ) -> Uploaded:
        """Raise EngineError: references go along with requests."""
        raise EngineError("ACE-Step keeps no references: they go along", Verdict.REJECTED)

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Ask for a song and write it to `sink`."""
        self._settings.check()
        made = request_of(request, self._settings.model, self._settings.master, "chat")
        sent = Sent(
            "POST",
            PATH,
            Bounds(self._settings.song_deadline, self._settings.song_deadline),
            chat_body(made, has_vocals=not is_silent(request)),
            accept="text/event-stream, application/json",
            is_alone=True,
            headers={"X-Client-Request-Id": request.request_id},
        )
        with self._calls.client.open(sent) as incoming:
            if not 200 <= incoming.status < 300:
                raise self._calls.refusal(incoming.read())
            told = self._read(incoming)
        self._deliver(told, sink)
        return self._answer(told)

    def close(self) -> None:
        """Close the connections."""
        self._calls.client.close()

    def _read(self, incoming: IncomingAnswer) -> ChatSong:
        """Read an answer, which is a stream of events or, where streams are unknown, one object."""
        told = ChatSong()
        most = song_bytes() * 4 // 3 + _TEXT_BYTES
        pieces = incoming.pieces(most)
        try:
            if "event-stream" in incoming.headers.get("Content-Type", ""):
                for event in events(pieces):
                    told.take(event)
            else:
                told.take(parsed_object(b"".join(pieces)))
        except NotAnEvent as error:
            raise self._calls.client.unexpected(
                "the service's answer is not a song", error.line, Verdict.RETRY
            ) from error
        return told

    def _deliver(self, told: ChatSong, sink: Sink) -> None:
        client = self._calls.client
        failure = told.failure
        if failure is not None:
            raise self._calls.failed(failure)
        if told.address is None:
            raise client.unexpected("the answer has no song", told.text, Verdict.RETRY)
        song = SongSink(sink, self._settings.master, client)
        pieces = audio_in(told.address)
        if pieces is None:
            self._fetch(told.address, song)
        else:
            try:
                for piece in pieces:
                    song.write(piece)
            except ValueError as error:
                raise client.failure(
                    f"the song is not base64: {error}", Verdict.RETRY, fix=client.report
                ) from error
        song.finish()

    def _fetch(self, address: str, song: SongSink) -> None:
        if not address.lower().startswith("https://"):
            raise self._calls.client.unexpected(
                "the song is neither in the answer nor at an https address",
                address[:200],
                Verdict.RETRY,
            )
        base_host = urlsplit(self._settings.base_url).hostname or ""
        for piece in foreign.download(
            address,
            max_bytes=song_bytes(),
            deadline=self._settings.song_deadline,
            is_allowed=lambda host: foreign.is_of_same_owner(host, base_host),
            report=self._calls.client.report,
        ):
            song.write(piece)

    def _answer(self, told: ChatSong) -> Answer:
        model = told.model and self._calls.client.quoted(told.model)
        notes = []
        if model and not same_model(model, self._settings.model):
            notes.append(f"the service says that it used {model}, not {self._settings.model}")
        return Answer(cost_usd=0.0, model=model, filled_in=told.filled_in(), notes=tuple(notes))
