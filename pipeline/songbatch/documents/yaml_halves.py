r"""Characters escaped as two halves, `"\ud83d\ude00"`, as programs write JSON.

YAML's parser refuses both halves. So it is handed a text of the same length, in which the whole
character stands in place of the first of the escapes, followed by as many fillers as make up for
the rest. In double quotes, the fillers are dropped; everywhere else a backslash is a backslash, and
what was written comes back.
"""

from __future__ import annotations

import re

_PAIR = re.compile(
    r"(?<!\\)(?P<escaped>(?:\\\\)*)"
    r"(?P<pair>\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2}))"
)
_FILLERS = 11
"""Two escapes have twelve characters."""
_PRIVATE = range(0xE000, 0xF900)


class Halves:
    """A text for the parser, and the way back from the values it makes of it."""

    def __init__(self, text: str) -> None:
        self._written = text
        self._filler = ""
        self.text = text
        if "\\u" in text and _PAIR.search(text) is not None:
            self._filler = next((c for c in map(chr, _PRIVATE) if c not in text), "")
        self.were_found = self._filler != ""
        if self.were_found:
            self.text = _PAIR.sub(self._whole, text)

    def _whole(self, match: re.Match[str]) -> str:
        halves = bytes.fromhex(match["high"] + match["low"])
        return match["escaped"] + halves.decode("utf-16-be") + self._filler * _FILLERS

    def value(self, parsed: str, style: str, start: int, end: int) -> str:
        """Return a scalar's text, which the parser read from `start` to `end`."""
        if self._filler not in parsed:
            return parsed
        if style == '"':
            return parsed.replace(self._filler, "")
        pairs = iter([match["pair"] for match in _PAIR.finditer(self._written, start, end)])
        return re.sub(f".{self._filler}{{{_FILLERS}}}", lambda _match: next(pairs), parsed)
