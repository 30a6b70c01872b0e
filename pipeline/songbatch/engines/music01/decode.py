"""Decoder of an answer's bytes into audio and envelope, piece by piece.

An answer is a JSON object of a few hundred bytes around megabytes of hexadecimal digits. The
digits are decoded and passed on as they arrive; what remains is the envelope, with a mark in their
place. So the song is never held in memory, let alone twice.

The digits are found without a JSON parser: inside a JSON string every quotation mark has a
backslash before it, so `"audio":"` without one is a key and the start of its value, in every
document that is JSON at all, and in most that are not quite. Other strings under that key (a URL, a
word) are distinguished from a song by how they begin; of several songs, `data.audio` is preferred.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from typing import IO, TYPE_CHECKING, Any

import msgspec

from songbatch.engines.music01.envelope import Envelope
from songbatch.engines.music01.hexadecimal import HexDecoder, are_digits
from songbatch.engines.music01.unpacking import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.base import Sink

MAX_ANSWER_BYTES = 256 * 2**20
"""After decompression. A minute of 44.1 kHz stereo WAV is 21 MB of digits."""

MAX_ENVELOPE_BYTES = 8 * 2**20
"""Around the audio: room for a picture."""

SHORTEST_SONG_DIGITS = 2 * 2**10
"""A shorter text stays in the envelope, and is taken from there if no longer one comes."""

_AUDIO = re.compile(rb'(?<!\\)"audio"[ \t\r\n]*+:[ \t\r\n]*+"', re.IGNORECASE)
_AUDIO_CUT = re.compile(
    rb'"(?:a(?:u(?:d(?:i(?:o(?:"[ \t\r\n]*+(?::[ \t\r\n]*+)?)?)?)?)?)?)?\Z', re.IGNORECASE
)
_LONGEST_AUDIO_START = 256
"""Bytes at the end of a piece in which a start may be cut; nobody writes more spaces there."""

_PREFIX = re.compile(rb"\s*+0[xX]")
"""The prefix that programs give hexadecimal numbers."""

_MARK = b"@"
"""Replaces the digits in the envelope; not a digit itself."""


class DecodedSong(msgspec.Struct, frozen=True):
    """The outcome of an answer's audio: an error, or `bytes` of it in the sink."""

    error: str
    bytes: int = 0
    oddities: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all of it is in the sink."""
        return not self.error


class AnswerDecoder:
    """Takes an answer in pieces, writes its audio to a sink and keeps the envelope."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.envelope = Envelope()
        self._step = self._search
        self._pending = b""
        self._last = b""
        self._decoder = HexDecoder(None)
        self._song: HexDecoder | None = None
        self._spare: HexDecoder | None = None
        self._spool: IO[bytes] | None = None
        self._songs = 0
        self._envelope_bytes = 0

    def feed(self, piece: bytes) -> None:
        """Take the next piece. Raises Malformed."""
        data, self._pending = self._pending + piece, b""
        while data:
            data = self._step(data)

    @property
    def is_complete(self) -> bool:
        """Whether the JSON object is closed, so that nothing more is expected."""
        return self.envelope.complete and self._step == self._search

    @property
    def has_begun(self) -> bool:
        """Whether a JSON object has begun."""
        return self.envelope.begun

    @property
    def has_song(self) -> bool:
        """Whether all digits of a song have arrived."""
        return any(
            decoder is not None and decoder.is_whole for decoder in (self._song, self._spare)
        )

    def finish(self) -> DecodedSong:
        """Take the end of the answer: read the envelope, return the outcome of the audio."""
        cut = self._step == self._within and self._decoder in {self._song, self._spare}
        cut = cut or (self._step == self._probe and are_digits(self._pending or b"0"))
        with contextlib.suppress(Malformed):
            self.envelope.feed(self._pending)
        self.envelope.finish()
        song = self._song or self._take_spare() or self._take_short()
        if song is None or not song.closed or (cut and song.error):
            return DecodedSong("it was cut off within the audio" if cut else "it has no audio")
        return DecodedSong(song.error, song.bytes, tuple(self._oddities(song)))

    def close(self) -> None:
        """Close the temporary file, if there is one."""
        if self._spool is not None:
            self._spool.close()

    # The steps: each takes the data at hand and returns what it leaves to the next.

    def _search(self, data: bytes) -> bytes:
        start = _AUDIO.search(data, 1 if self._last == b"\\" else 0)
        if start is None:
            cut = _AUDIO_CUT.search(data, max(0, len(data) - _LONGEST_AUDIO_START))
            self._pending = cut[0] if cut else b""
            self._keep(data[: cut.start()] if cut else data)
            return b""
        self._keep(data[: start.start()])
        self.envelope.leave_string()
        self._keep(start[0])
        self._step = self._probe
        return data[start.end() :]

    def _probe(self, data: bytes) -> bytes:
        """Look at the first digits, or whatever they are."""
        end = data.find(b'"', 0, SHORTEST_SONG_DIGITS)
        if end < 0 and len(data) < SHORTEST_SONG_DIGITS:
            self._pending = data
            return b""
        prefix = _PREFIX.match(data)
        if prefix and end < 0:
            self._keep(prefix[0])
            return data[prefix.end() :]
        if end >= 0 or not are_digits(data[:SHORTEST_SONG_DIGITS]):
            passed = end if end >= 0 else SHORTEST_SONG_DIGITS
            self._keep(data[:passed])
            self._step = self._search
            return data[passed:]
        self._decoder = self._next_decoder()
        self._step = self._within
        return data

    def _within(self, data: bytes) -> bytes:
        end = data.find(b'"')
        self._decoder.feed(data if end < 0 else data[:end])
        if end < 0:
            return b""
        self._decoder.close()
        self._keep(_MARK)
        self._step = self._search
        return data[end:]

    def _next_decoder(self) -> HexDecoder:
        """Return a decoder for the digits that begin here."""
        self._songs += 1
        if self._song is not None:
            return HexDecoder(None)
        if set(self.envelope.place[:-1]) <= {"data"}:
            self._song = HexDecoder(self._sink)
            return self._song
        if self._spare is not None:
            return HexDecoder(None)
        # One in the right place may follow, and a sink cannot be rewound.
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115  (`close` closes it)
        self._spare = HexDecoder(self._spool)
        return self._spare

    def _keep(self, data: bytes) -> None:
        self._envelope_bytes += len(data)
        if self._envelope_bytes > MAX_ENVELOPE_BYTES:
            raise Malformed(f"it has more than {MAX_ENVELOPE_BYTES} bytes around the audio")
        self.envelope.feed(data)
        self._last = data[-1:] or self._last

    # The outcome

    def _take_spare(self) -> HexDecoder | None:
        if self._spare is None or self._spool is None or not self._spare.is_whole:
            return None
        self._spool.seek(0)
        shutil.copyfileobj(self._spool, self._sink)
        return self._spare

    def _take_short(self) -> HexDecoder | None:
        text = next(_texts(self.envelope.fields), None)
        if text is None:
            return None
        song = HexDecoder(self._sink)
        song.feed(text.encode("utf-8", "replace"))
        song.close()
        return song

    def _oddities(self, song: HexDecoder) -> Iterator[str]:
        if song is self._spare or not isinstance(self.envelope.fields.get("data"), dict):
            yield "the audio does not stand at data.audio"
        if song.has_spaces:
            yield "there are spaces in the audio"
        if self._songs > 1:
            yield "there is more audio than one song; the rest was not taken"


def _texts(answer: dict[str, Any]) -> Iterator[str]:
    """Yield the short texts that may be a song, likeliest first."""
    data = answer.get("data")
    parts = [*(data if isinstance(data, list) else [data]), answer]
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("audio"), str):
            yield part["audio"]
