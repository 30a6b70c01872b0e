"""Engine over the chat face: one long request, answered with the song itself.

It is asked for as a stream, whose heartbeats keep proxies from cutting the line. There is no job:
a lost answer cannot be had again. Whatever goes wrong once the service may have made the song is
`lost`, so that the runner asks again only where that costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from songbatch.engines.acestep.calls import WRONG_FORM, song_bytes
from songbatch.engines.acestep.chat_song import ChatSong, audio_in
from songbatch.engines.acestep.events import NotAnEvent, events, parsed_object
from songbatch.engines.acestep.face import AceStepFace
from songbatch.engines.acestep.requests_made import chat_body, is_silent, request_of
from songbatch.engines.acestep.results import same_model
from songbatch.engines.base import Answer, EngineError, Verdict
from songbatch.engines.rest import foreign
from songbatch.engines.rest.client import Bounds, Sent
from songbatch.engines.rest.song_sink import SongSink

if TYPE_CHECKING:
    from songbatch.engines.base import Generation, Sink
    from songbatch.engines.rest.client import IncomingAnswer

PATH = "/v1/chat/completions"
_TEXT_BYTES = 2**20


class AceStepChat(AceStepFace):
    """The engine `acestep` on its chat face; see `songbatch.engines.base.Engine`."""

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
            lost=Verdict.LOST,
            is_alone=True,
            headers={"X-Client-Request-Id": request.request_id},
        )
        with self._calls.client.open(sent) as incoming:
            if not 200 <= incoming.status < 300:
                raise self._calls.refusal(incoming.read(), sent.lost)
            told = self._read(incoming)
        if told.failure is not None:
            raise self._calls.failed(told.failure)
        try:
            self._deliver(told, sink)
        except EngineError as error:
            if error.verdict is Verdict.RETRY:
                raise error.but(verdict=Verdict.LOST) from error
            raise
        return self._answer(told)

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
                "the service's answer is not a song", error.line, Verdict.LOST
            ) from error
        return told

    def _deliver(self, told: ChatSong, sink: Sink) -> None:
        client = self._calls.client
        if told.address is None:
            raise client.unexpected("the answer has no song", told.text, Verdict.RETRY)
        song = SongSink(sink, self._settings.master, client, WRONG_FORM)
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
        files = foreign.ForeignFiles(
            is_allowed=lambda host: foreign.is_of_same_owner(host, base_host),
            report=self._calls.client.report,
        )
        for piece in files.download(
            address, max_bytes=song_bytes(), deadline=self._settings.song_deadline
        ):
            song.write(piece)

    def _answer(self, told: ChatSong) -> Answer:
        model = told.model and self._calls.client.quoted(told.model)
        notes = []
        if model and not same_model(model, self._settings.model):
            notes.append(f"the service says that it used {model}, not {self._settings.model}")
        return Answer(model=model, filled_in=told.filled_in(), notes=tuple(notes))
