"""Reply of the service, read as far as it came: the audio is in the sink, the rest is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.music01 import error_body
from songbatch.engines.music01.answer_stream import MAX_ANSWER_BYTES, Lost, is_success
from songbatch.engines.music01.errors import AnswerFacts
from songbatch.engines.music01.unpacking import Malformed
from songbatch.engines.rest.reasons import MOST_BYTES

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from songbatch.engines.music01.answer_stream import AnswerStream
    from songbatch.engines.music01.decode import AnswerDecoder, DecodedSong

MAX_SONG_BYTES = MAX_ANSWER_BYTES
MAX_BODY_BYTES = 2**20
"""Of an answer without a song, in bytes."""


class Reply(msgspec.Struct, frozen=True):
    """The answer to one request.

    `is_complete`: its JSON object has its end. `song_error` says why there is no song, or is empty;
    `error` is what ended the reading too early, if anything did. `remarks` name the oddities of an
    answer that has a song.
    """

    status: int
    facts: AnswerFacts
    is_complete: bool
    song_error: str
    error: Lost | Malformed | None
    remarks: tuple[str, ...]

    @property
    def is_success(self) -> bool:
        """Whether the HTTP status reports success."""
        return is_success(self.status)


def read(
    stream: AnswerStream, decoder: AnswerDecoder, limit: int, turn: AbstractContextManager[object]
) -> Reply:
    """Read an answer to its end, at most `limit` bytes; `turn` is held while a piece is decoded."""
    failure: Lost | Malformed | None = None
    try:
        for piece in stream.pieces(decoder, limit):
            with turn:
                decoder.feed(piece)
    except (Lost, Malformed) as error:
        failure = error
    song = decoder.finish()
    facts = AnswerFacts(
        stream.headers,
        decoder.envelope.fields,
        has_object=decoder.envelope.is_object,
        song_bytes=song.bytes if song.is_whole else 0,
        start=b"" if stream.is_success else decoder.envelope.start(MOST_BYTES),
    )
    remarks = _remarks(stream, decoder, song, failure) if song.is_whole else ()
    is_complete = decoder.envelope.complete
    return Reply(stream.status, facts, is_complete, song.error, failure, remarks)


def _remarks(
    stream: AnswerStream, decoder: AnswerDecoder, song: DecodedSong, error: Exception | None
) -> tuple[str, ...]:
    # First that it was cut, which explains what is missing.
    remarks = [
        *([f"the song came whole, but not its answer: {error}"] if error else []),
        *stream.remarks,
        *decoder.envelope.oddities(),
        *song.oddities,
        *(error_body.oddities(decoder.envelope.fields) if decoder.envelope.complete else ()),
    ]
    return tuple(dict.fromkeys(remarks))
