"""Texts that a command printed, kept small and printed again: plain, and within bounds.

Nothing that is slow to import is used here: this is read before anything else is.
"""

from __future__ import annotations

import codecs
import sys
import zlib

from songbatch.exit_codes import EXIT_CHANGES, EXIT_DONE

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from typing import TextIO

Printed = tuple[int, str, str]
"""The exit code, the text for standard output, the text for standard error."""

CODES = frozenset({EXIT_DONE, EXIT_CHANGES})
"""Exit codes that a remembered command may have: done, and `--detailed-exitcode` with changes."""

MOST_BYTES = 2**20
"""Of the texts of one command, packed."""
MOST_CHARACTERS = 8 * 2**20
"""Of the texts of one command."""
_HARMLESS = "\n\t\u00a0\u200d\u3000"
"""Not printable to Python, and yet plain text: spaces, and what joins emoji and some letters."""


def packed(out: str, error: str) -> bytes | None:
    """Return the texts as few bytes, or None if they are too long or not plain."""
    if len(out) + len(error) > MOST_CHARACTERS or not (is_plain(out) and is_plain(error)):
        return None
    data = zlib.compress(f"{out}\0{error}".encode(), 1)
    return data if len(data) <= MOST_BYTES else None


def unpacked(data: bytes) -> tuple[str, str] | None:
    """Return packed texts, or None for anything that `packed` does not return."""
    unpacker = zlib.decompressobj()
    most = 4 * MOST_CHARACTERS + 1
    try:
        texts = unpacker.decompress(data, most).decode().split("\0")
    except (zlib.error, ValueError):
        return None
    is_whole = unpacker.eof and not unpacker.unused_data
    if not is_whole or len(texts) != 2 or not all(map(is_plain, texts)):
        return None
    return texts[0], texts[1]


def is_plain(text: str) -> bool:
    r"""Return whether a text has no control characters but \n and \t, nor other invisible ones."""
    for character in _HARMLESS:
        text = text.replace(character, "")
    return text.isprintable()


def show(printed: Printed) -> None:
    """Print the texts as the long way does. Raises OSError if a stream takes them no more."""
    _, out, error = printed
    for stream, text in ((sys.stderr, error), (sys.stdout, out)):
        # There is no stream if somebody has closed it.
        if text and stream is not None:
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")
            stream.write(text)
            stream.flush()


def can_show(printed: Printed) -> bool:
    """Return whether `show` prints what the long way does: click takes ASCII for a mistake."""
    _, out, error = printed
    return all(
        text.isascii() or not _is_ascii(stream)
        for stream, text in ((sys.stderr, error), (sys.stdout, out))
    )


def _is_ascii(stream: TextIO | None) -> bool:
    return stream is not None and codecs.lookup(stream.encoding or "ascii").name == "ascii"
