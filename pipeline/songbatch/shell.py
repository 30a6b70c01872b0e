"""Words of command lines that people paste into a shell: quoted, whatever a name is made of.

Every command that is printed with a name in it quotes the name with one of these.
"""

from __future__ import annotations

import os
import shlex

from songbatch.diagnostics import printable


def shell_word(text: str) -> str:
    """Return a word that any POSIX shell reads as `text`, and that is safe to print.

    What cannot be seen, or be typed, is written by its bytes.
    """
    if printable(text) == text and "\t" not in text:
        return shlex.quote(text)
    return f"\"$(printf '{''.join(map(_octal, os.fsencode(text)))}')\""


def shell_path(path: str | os.PathLike[str]) -> str:
    """Return a word for a path: one that begins with a hyphen is not taken for an option."""
    text = os.fspath(path)
    return shell_word(f"./{text}" if text.startswith("-") else text)


def _octal(byte: int) -> str:
    """Return a byte as a format of printf has it."""
    is_plain = 0x20 <= byte < 0x7F and chr(byte) not in "'\\%"
    return chr(byte) if is_plain else f"\\{byte:03o}"
