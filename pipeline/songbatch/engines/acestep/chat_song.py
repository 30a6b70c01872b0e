"""The song in an answer of the chat face, whether it came as a stream or whole."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from songbatch.engines.acestep.results import filled_in, text_of
from songbatch.engines.rest.reasons import reason_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.model import Value

_DATA_URL = re.compile(r"data:audio/[A-Za-z0-9.+-]{1,40}(?:;[A-Za-z0-9=._-]{1,60})*;base64,")
_DIGITS_A_PIECE = 4 * 2**18
_ERROR = "Error:"
_LYRICS = "## Lyrics"
"""In the text, the words that were sung come last."""

_LONGEST_TEXT = 64 * 2**10
_FACT = re.compile(
    r"^\W*(bpm|duration|key ?scale|key|time ?signature|language|vocal language)"
    r"\W*[:=]\W*(.{1,60})$",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES = {
    "bpm": "bpm",
    "duration": "duration",
    "keyscale": "keyscale",
    "key": "keyscale",
    "timesignature": "timesignature",
    "language": "language",
    "vocallanguage": "language",
}


class ChatSong:
    """What a chat answer has told so far: its text, the address of the song, how it ended."""

    def __init__(self) -> None:
        self.text = ""
        self.address: str | None = None
        self.model: str | None = None
        self.finish: str | None = None
        self.error = ""
        self._refusal: str | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Take an event of the stream, or a whole answer."""
        self.model = self.model or text_of(event.get("model")) or None
        self.error = self.error or _error_in(event)
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        self.finish = text_of(choice.get("finish_reason")) or self.finish
        for name in ("delta", "message"):
            part = choice.get(name)
            if isinstance(part, dict):
                self._take_part(part)

    @property
    def failure(self) -> str | None:
        """The reason of a failure, "" where none is told; None if there is no sign of one."""
        if self.error:
            return self.error
        if self._refusal is not None:
            return self._refusal
        return self.text.strip(". \n") if self.finish == "error" else None

    def filled_in(self) -> dict[str, Value]:
        """Return what was used for keys of a song, as far as the text tells it."""
        metas: dict[str, Any] = {}
        told = self.text.partition(_LYRICS)[0]
        for name, value in _FACT.findall(told):
            plain = value.strip(" *`\t")
            if _name(name) == "duration":
                plain = plain.removesuffix("seconds").removesuffix("s").strip()
            metas.setdefault(_name(name), plain)
        return filled_in(metas)

    def _take_part(self, part: Mapping[str, Any]) -> None:
        content = part.get("content")
        if isinstance(content, str):
            self._take_text(content)
        audio = part.get("audio")
        entries = audio if isinstance(audio, list) else [audio]
        for entry in entries:
            inner = entry.get("audio_url") if isinstance(entry, dict) else None
            url = inner.get("url") if isinstance(inner, dict) else inner
            if isinstance(url, str) and url and self.address is None:
                self.address = url

    def _take_text(self, content: str) -> None:
        # What came before it, heartbeats, belongs to no failure.
        if content.lstrip().startswith(_ERROR):
            self._refusal = content.lstrip().removeprefix(_ERROR).strip()
        if len(self.text) < _LONGEST_TEXT:
            self.text += content


def _name(written: str) -> str:
    return _NAMES[written.lower().replace(" ", "")]


def _error_in(event: Mapping[str, Any]) -> str:
    return reason_in({name: event.get(name) for name in ("error", "detail")})


def audio_in(address: str) -> Iterator[bytes] | None:
    """Return the bytes in a `data:audio/…;base64,` address, None if it is none.

    What it yields raises ValueError where it is not base64.
    """
    head = _DATA_URL.match(address)
    return None if head is None else _decoded(address, head.end())


def _decoded(address: str, start: int) -> Iterator[bytes]:
    try:
        for at in range(start, len(address), _DIGITS_A_PIECE):
            yield base64.b64decode(address[at : at + _DIGITS_A_PIECE], validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
