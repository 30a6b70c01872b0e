"""Text in the cells of a terminal: wide characters take two, combining ones none."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


TOGETHER = "\x1f"
"""Printed as a space at which no line is broken, however long it becomes."""


def width(text: str) -> int:
    """Return how many cells a text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, cells: int) -> str:
    """Return the text with spaces behind it until it takes so many cells."""
    return text + " " * (cells - width(text))


def wrapped(text: str, cells: int) -> Iterator[str]:
    """Yield the text in pieces that fit into so many cells, broken at spaces if there are any.

    At least one piece; one of a single wide character is too wide for a single cell.
    """
    while width(text) > cells:
        end = _fitting(text, cells)
        space = text.rfind(" ", 1, end + 1)
        if space < 0 and TOGETHER in text[:end]:
            space = text.find(" ", end)
            if space < 0:
                break
        yield text[: space if space > 0 else end].replace(TOGETHER, " ")
        text = text[space + 1 if space > 0 else end :]
    yield text.replace(TOGETHER, " ")


def hanging(first: str, text: str, indent: int, cells: int) -> Iterator[str]:
    """Yield `first` and the text in lines of so many cells, later ones with spaces before them.

    `first` takes at most `indent` cells.
    """
    lead = padded(first, indent)
    for line in wrapped(text, cells - indent):
        yield f"{lead}{line}".rstrip()
        lead = " " * indent


def _fitting(text: str, cells: int) -> int:
    """Return how many characters from the first fit: at least one."""
    taken = 0
    for number, character in enumerate(text):
        taken += _cells(character)
        if taken > cells:
            return max(1, number)
    return len(text)
