"""Check of a song's first bytes, before any of them is kept: is it the container that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.base import Verdict

if TYPE_CHECKING:
    from songbatch.engines.base import EngineError, Sink
    from songbatch.engines.rest.client import RestClient
    from songbatch.model import AudioFormat

_HEAD_BYTES = 12
_SHOWN_BYTES = 400
_WAVES = (b"RIFF", b"RF64", b"RIFX")
_OTHERS = {b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3", b"\x1a\x45\xdf\xa3": "WebM"}


class SongSink:
    """Passes a song on to a sink once its beginning shows the form that was asked for.

    `fix` is what to do about another form. With `keeps_others`, a whole song in another form gets
    into the sink all the same, and only then is an error.
    """

    def __init__(
        self,
        sink: Sink,
        asked: AudioFormat,
        client: RestClient,
        fix: str,
        *,
        keeps_others: bool = False,
    ) -> None:
        self._sink = sink
        self._asked = asked
        self._client = client
        self._fix = fix
        self._keeps_others = keeps_others
        self._found = ""
        self._head = bytearray()
        self._is_checked = False

    def write(self, data: bytes, /) -> None:
        """Take the next piece. Raises EngineError if it is no such song."""
        if self._is_checked:
            self._sink.write(data)
            return
        self._head += data
        if len(self._head) >= _HEAD_BYTES:
            self._check()
            self._sink.write(bytes(self._head))

    def finish(self) -> None:
        """Raise EngineError if nothing came that could be a song."""
        if not self._is_checked:
            raise self._client.unexpected(
                "the song has no bytes, or only a few", self._shown(), Verdict.RETRY
            )
        if self._is_other:
            raise self._wrong(self._found).but(has_song=True)

    def _check(self) -> None:
        found = form_of(bytes(self._head[:_HEAD_BYTES]))
        self._found = found
        if self._is_other and not (found and self._keeps_others):
            raise self._wrong(found)
        self._is_checked = True

    @property
    def _is_other(self) -> bool:
        return self._found != self._asked.value.upper()

    def _wrong(self, found: str) -> EngineError:
        asked = self._asked.value.upper()
        if found:
            return self._client.failure(
                f"{asked} was asked for, and {self._client.name} sent {found}",
                Verdict.REJECTED,
                fix=self._fix,
            )
        return self._client.unexpected(
            f"{asked} was asked for, and what came is no audio", self._shown(), Verdict.RETRY
        )

    def _shown(self) -> str:
        return bytes(self._head[:_SHOWN_BYTES]).decode("utf-8", "replace")


def form_of(head: bytes) -> str:
    """Return the name of the container that bytes begin, "" if it is none."""
    if head[:4] in _WAVES and head[8:12] == b"WAVE":
        return "WAV"
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            return name
    is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    if is_frame:
        return "MP3" if head[1] & 0x06 else "AAC"
    return "M4A" if head[4:8] == b"ftyp" else ""
