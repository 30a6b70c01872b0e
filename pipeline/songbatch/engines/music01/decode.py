"""The answer's bytes, as they come, to audio and envelope.

An answer is a JSON object of a few hundred bytes around megabytes of hexadecimal digits. The
digits are decoded and handed on piece by piece; what is left is the envelope, with a mark in their
place. So the song is never held, let alone twice.

The digits are found without a JSON parser: inside a JSON string every quotation mark has a
backslash before it, so `"audio":"` without one is a key and the start of its value, in every
document that is JSON at all, and in most that are not quite. Other texts of that name (a URL, a
word) are told from a song by how they begin; of several songs, one at `data.audio` is preferred.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from typing import IO, TYPE_CHECKING, Any

import msgspec

from songbatch.engines.music01.envelope import Envelope
from songbatch.engines.music01.hexadecimal import Digits, are_digits
from songbatch.engines.music01.unpacking import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.base import Sink

MAX_ANSWER_BYTES = 256 * 2**20
"""After decompression. A minute of 44.1 kHz stereo WAV is 21 MB of digits."""

MAX_ENVELOPE_BYTES = 8 * 2**20
"""Around the audio: room for a picture."""

SHORTEST_SONG_DIGITS = 2 * 2**10
"""A shorter text is left in the envelope, where it is found if no longer one comes."""

_AUDIO = re.compile(rb'(?<!\\)"audio"[ \t\r\n]*+:[ \t\r\n]*+"', re.IGNORECASE)
_AUDIO_CUT = re.compile(
    rb'"(?:a(?:u(?:d(?:i(?:o(?:"[ \t\r\n]*+(?::[ \t\r\n]*+)?)?)?)?)?)?)?\Z', re.IGNORECASE
)
_LONGEST_AUDIO_START = 256
"""Bytes at the end of a piece in which a start could be cut; no writer puts more spaces there."""

_PREFIX = re.compile(rb"\s*+0[xX]")
"""As programs write hexadecimal."""

_MARK = b"@"
"""Stands for the digits in the envelope; it is not one."""


class Song(msgspec.Struct, frozen=True):
    """What became of an answer's audio: a problem, or `bytes` of it in the sink."""

    problem: str
    bytes: int = 0
    oddities: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all of it is in the sink."""
        return not self.problem


class AnswerDecoder:
    """Takes an answer in pieces, writes the audio to a sink, keeps the envelope."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.envelope = Envelope()
        self._step = self._search
        self._held = b""
        self._last = b""
        self._digits = Digits(None)
        self._song: Digits | None = None
        self._spare: Digits | None = None
        self._spool: IO[bytes] | None = None
        self._songs = 0
        self._around = 0

    def feed(self, piece: bytes) -> None:
        """Take the next piece. Raises Malformed."""
        data, self._held = self._held + piece, b""
        while data:
            data = self._step(data)

    @property
    def is_complete(self) -> bool:
        """Whether the answer is closed, so that nothing more is expected."""
        return self.envelope.complete and self._step == self._search

    @property
    def has_begun(self) -> bool:
        """Whether there is a JSON object at all."""
        return self.envelope.begun

    @property
    def has_song(self) -> bool:
        """Whether all digits of a song came."""
        return any(digits is not None and digits.is_whole for digits in (self._song, self._spare))

    def finish(self) -> Song:
        """Return what became of the audio; nothing more comes. Reads the envelope."""
        cut = self._step == self._within and self._digits in {self._song, self._spare}
        cut = cut or (self._step == self._probe and are_digits(self._held or b"0"))
        with contextlib.suppress(Malformed):
            self.envelope.feed(self._held)
        self.envelope.finish()
        song = self._song or self._spared() or self._short()
        if song is None or not song.closed or (cut and song.problem):
            return Song("it was cut off within the audio" if cut else "it has no audio")
        return Song(song.problem, song.bytes, tuple(self._oddities(song)))

    def close(self) -> None:
        """Let go of the temporary file, if there is one."""
        if self._spool is not None:
            self._spool.close()

    # The steps: each takes what is there and returns what it leaves to the next.

    def _search(self, data: bytes) -> bytes:
        start = _AUDIO.search(data, 1 if self._last == b"\\" else 0)
        if start is None:
            cut = _AUDIO_CUT.search(data, max(0, len(data) - _LONGEST_AUDIO_START))
            self._held = cut[0] if cut else b""
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
            self._held = data
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
        self._digits = self._begun()
        self._step = self._within
        return data

    def _within(self, data: bytes) -> bytes:
        end = data.find(b'"')
        self._digits.feed(data if end < 0 else data[:end])
        if end < 0:
            return b""
        self._digits.close()
        self._keep(_MARK)
        self._step = self._search
        return data[end:]

    def _begun(self) -> Digits:
        """Return where the digits go that begin here."""
        self._songs += 1
        if self._song is not None:
            return Digits(None)
        if set(self.envelope.place[:-1]) <= {"data"}:
            self._song = Digits(self._sink)
            return self._song
        if self._spare is not None:
            return Digits(None)
        # One at its right place may follow, and a sink cannot be rewound.
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115  (`close` closes it)
        self._spare = Digits(self._spool)
        return self._spare

    def _keep(self, data: bytes) -> None:
        self._around += len(data)
        if self._around > MAX_ENVELOPE_BYTES:
            raise Malformed(f"it has more than {MAX_ENVELOPE_BYTES} bytes around the audio")
        self.envelope.feed(data)
        self._last = data[-1:] or self._last

    # What there is in the end

    def _spared(self) -> Digits | None:
        if self._spare is None or self._spool is None or not self._spare.is_whole:
            return None
        self._spool.seek(0)
        shutil.copyfileobj(self._spool, self._sink)
        return self._spare

    def _short(self) -> Digits | None:
        text = next(_texts(self.envelope.fields), None)
        if text is None:
            return None
        song = Digits(self._sink)
        song.feed(text.encode("utf-8", "replace"))
        song.close()
        return song

    def _oddities(self, song: Digits) -> Iterator[str]:
        if song is self._spare or not isinstance(self.envelope.fields.get("data"), dict):
            yield "the audio does not stand at data.audio"
        if song.has_spaces:
            yield "there are spaces in the audio"
        if self._songs > 1:
            yield "there is more audio than one song; the rest was not taken"


def _texts(answer: dict[str, Any]) -> Iterator[str]:
    """Yield the short texts that may be a song, the likeliest first."""
    data = answer.get("data")
    parts = [*(data if isinstance(data, list) else [data]), answer]
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("audio"), str):
            yield part["audio"]
