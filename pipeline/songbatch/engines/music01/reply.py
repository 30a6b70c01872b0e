"""A whole answer, read as far as it comes: the audio is in the sink, the rest is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.music01 import error_body
from songbatch.engines.music01.answer_stream import MAX_ANSWER_BYTES, Lost
from songbatch.engines.music01.errors import Facts
from songbatch.engines.music01.unpacking import Malformed

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from songbatch.engines.music01.answer_stream import Exchange
    from songbatch.engines.music01.decode import AnswerDecoder, Song

MAX_SONG_BYTES = MAX_ANSWER_BYTES
MAX_BODY_BYTES = 2**20
"""Of an answer without a song."""


class Reply(msgspec.Struct, frozen=True):
    """What came of a request that was answered.

    `is_complete` says that its JSON object has its end; `problem` why there is no song; `trouble`
    is what ended the reading too early, if anything did; `remarks` say what is odd about an answer
    that has a song.
    """

    status: int
    facts: Facts
    is_complete: bool
    problem: str
    trouble: Lost | Malformed | None
    remarks: tuple[str, ...]

    @property
    def is_success(self) -> bool:
        """Whether the HTTP status says that all went well."""
        return 200 <= self.status < 300


def read(
    exchange: Exchange, decoder: AnswerDecoder, limit: int, turn: AbstractContextManager[object]
) -> Reply:
    """Read an answer to its end, wherever that is, in at most `limit` bytes; decode in turns."""
    trouble: Lost | Malformed | None = None
    try:
        for piece in exchange.pieces(decoder, limit):
            with turn:
                decoder.feed(piece)
    except (Lost, Malformed) as error:
        trouble = error
    song = decoder.finish()
    facts = Facts(
        exchange.headers,
        decoder.envelope.fields,
        has_object=decoder.envelope.is_object,
        song_bytes=song.bytes if song.is_whole else 0,
    )
    remarks = _remarks(exchange, decoder, song, trouble) if song.is_whole else ()
    is_complete = decoder.envelope.complete
    return Reply(exchange.status, facts, is_complete, song.problem, trouble, remarks)


def _remarks(
    exchange: Exchange, decoder: AnswerDecoder, song: Song, trouble: Exception | None
) -> tuple[str, ...]:
    # A cut connection explains what is missing.
    of_text = [
        *([f"the song came whole, but not its answer: {trouble}"] if trouble else []),
        *exchange.remarks,
        *decoder.envelope.oddities(),
        *song.oddities,
        *(error_body.oddities(decoder.envelope.fields) if decoder.envelope.complete else ()),
    ]
    return tuple(dict.fromkeys(of_text))
