"""Encodings of text files: UTF-8 is read, others are named with a command that converts them."""

from __future__ import annotations

import re

import msgspec

from songbatch.shell import shell_path
from songbatch.sources import Source, Unreadable


def as_source(path: str, data: bytes) -> Source:
    """Return the text of a file's bytes. Raises Unreadable if they are not text in UTF-8."""
    try:
        if b"\0" not in data[:2]:
            return Source(path, data.decode("utf-8-sig"))
        reason = ""
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"line {line} has the byte 0x{data[error.start]:02x}"
    encoding = encoding_of(data)
    fix = "save the file with the encoding UTF-8"
    if encoding:
        command = f"iconv -f {encoding} -t UTF-8 {shell_path(path)}"
        fix += f", or convert it: {command} > utf8.tmp && mv utf8.tmp {shell_path(path)}"
    if encoding and encoding != WINDOWS:
        raise Unreadable(f"it is {encoding[:6]}, not UTF-8", fix)
    if encoding == WINDOWS:
        reason += f", and Windows-1252 gives {foreign_word(data.decode('cp1252'))}"
    raise Unreadable(f"it is not UTF-8 text: {reason}", fix)


def decoded(path: str, data: bytes, form: str = "UTF-8") -> tuple[str, tuple[str, ...]]:
    """Return a text in whatever encoding, and how it was read if its bytes do not say so.

    Raises Unreadable if no encoding can be told; `form` is what to save the file as then.
    """
    encoding = encoding_of(data)
    if encoding == WINDOWS:
        text = data.decode("cp1252")
        word = foreign_word(text)
        return text, (f"as Windows-1252 (which gives {word})" if word else "as Windows-1252",)
    if not encoding:
        return as_source(path, data).text, ()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"it is {encoding[:6]} text with a damaged place", f"save the file again, as {form}"
        ) from error
    is_said = encoding in {"UTF-16", "UTF-32"}
    return text, () if is_said else ("as UTF-16",)


class TextForm(msgspec.Struct, frozen=True):
    """How a text is written as bytes: its codec, and the bytes that say so at its beginning."""

    codec: str
    mark: bytes = b""

    def bytes_of(self, text: str) -> bytes:
        """Return a text as bytes. Raises UnicodeEncodeError."""
        return self.mark + text.encode(self.codec)


def text_and_form(path: str, data: bytes) -> tuple[str, TextForm]:
    """Return a text with its line ends, and how it was written. Raises Unreadable."""
    text, _ = decoded(path, data)
    encoding = encoding_of(data)
    if encoding == WINDOWS:
        return text, TextForm("cp1252")
    for mark, codec in _CODECS.items():
        if data.startswith(mark):
            return text, TextForm(codec, mark)
    return text, TextForm((encoding or "UTF-8").lower())


def encoding_of(data: bytes) -> str | None:
    """Return what a text is encoded in, as iconv calls it, None for UTF-8, "" if unknown.

    What only may be Windows-1252 is taken for it unless it has letters in UTF-8 as well.
    """
    for mark, name in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return name
    if b"\0" in data[:2]:  # an ASCII character and a zero
        return "UTF-16BE" if data[0] == 0 else "UTF-16LE"
    if _is(data, "utf-8"):
        return None
    return "" if _LATIN_IN_UTF8.search(data) or not _is(data, "cp1252") else WINDOWS


def foreign_word(text: str) -> str:
    """Return a word with letters that are not ASCII, quoted, to see whether they are right."""
    word = _FOREIGN.search(text)
    return f'"{word[0][:_SHOWN]}"' if word is not None else ""


WINDOWS = "WINDOWS-1252"
_BYTE_ORDER_MARKS = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_CODECS = {
    b"\xff\xfe\0\0": "utf-32-le",
    b"\0\0\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
    b"\xef\xbb\xbf": "utf-8",
}
"""What follows each mark."""
_LATIN_IN_UTF8 = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
"""Letters such as é in UTF-8; in Windows-1252 no word has these two in a row."""


_FOREIGN = re.compile(r"[^\s,;\t\"]*[^\x00-\x7f\s][^\s,;\t\"]*")
_SHOWN = 30
"""Characters of a word that shows how a file was read."""


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
