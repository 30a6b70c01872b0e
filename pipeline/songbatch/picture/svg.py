"""Shapes and texts of an SVG. Whatever text a stranger wrote comes through here."""

from __future__ import annotations

import re
import unicodedata
from xml.sax.saxutils import escape, quoteattr

from songbatch.diagnostics import printable

_NO_XML = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that no text should have, and XML partly forbids."""
LONGEST = 300
"""Characters of a text that is shown: marks that take no room could be heaped up without end."""

_JOINERS = "\u200c\u200d\u00ad"
"""Invisible characters that belong to words."""

_THIN = frozenset("ijlI.,;:'!| \u2019\u00b7")
_NARROW = frozenset("ftr()[]-/\u2013")
_WIDE = frozenset("mwMW@%&\u2014\u2026")
THIN, NARROW, USUAL, CAPITAL, WIDE, FULL = 0.33, 0.42, 0.64, 0.76, 1.0, 1.2
"""Widths of characters, in sizes of the font; of ideographs, emoji and the like the last.

Of the fonts that viewers have, these are those of the wider ones, so that texts fit with any.
"""
BOLD = 1.12
"""By how much bold characters are wider."""


def visible(text: str) -> str:
    r"""Return text as a picture may have it: what cannot be seen is written as \u202e.

    Joiners and soft hyphens stay; blanks of any kind become one.
    """
    parts = re.split(f"([{_JOINERS}])", " ".join(text.split()))
    shown = "".join(part if part in _JOINERS else printable(part) for part in parts)
    return _NO_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", shown)


def width(text: str, size: float) -> float:
    """Return about how wide a text is at most, in a font of so many units."""
    return size * sum(map(_width, visible(text)))


def _width(character: str) -> float:
    if character in _THIN:
        return THIN
    if character in _NARROW:
        return NARROW
    if unicodedata.combining(character) or character in _JOINERS:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return FULL
    if character in _WIDE:
        return WIDE
    return CAPITAL if character.isupper() else USUAL


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return a text that is no wider than `room`, cut with an ellipsis; "" if nothing fits."""
    text = visible(text)
    size *= BOLD if bold else 1
    if width(text, size) <= room and len(text) <= LONGEST:
        return text
    used, kept = width("…", size), ""
    for character in text[:LONGEST]:
        used += size * _width(character)
        if used > room:
            break
        kept += character
    return f"{kept.rstrip()}…" if kept.strip() else ""


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Return a text as lines that are no wider than `room`; longer words are cut."""
    lines: list[str] = []
    for word in visible(text).split():
        if lines and width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(fitted(word, size, room))
    return lines


def number(value: float) -> str:
    """Return a coordinate: to a tenth, as short as it can be written."""
    # Adding nothing makes 0 of what rounds to -0.
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def label(
    x: float, y: float, text: str, size: float = 11, *, kind: str = "", anchor: str = "",
    bold: bool = False, tip: str = "",
) -> str:  # fmt: skip
    """Return a text on the baseline `y`; `tip` is shown where a pointer rests on it."""
    more = f' class="{kind}"' if kind else ""
    more += f' text-anchor="{anchor}"' if anchor else ""
    more += ' font-weight="600"' if bold else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{more}>'
        f"{_tip(tip)}{escape(visible(text))}</text>"
    )


def box(
    x: float, y: float, across: float, tall: float, kind: str, *, round_by: float = 0,
    tip: str = "",
) -> str:  # fmt: skip
    """Return a rectangle."""
    more = f' rx="{number(round_by)}"' if round_by else ""
    start = (
        f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" '
        f'width="{number(max(0.5, across))}" height="{number(tall)}"{more}'
    )
    return f"{start}>{_tip(tip)}</rect>" if tip else f"{start}/>"


def path(steps: str, kind: str, stroke: float = 1, *, dashes: str = "", tip: str = "") -> str:
    """Return a line along `steps`, in the language of SVG's paths."""
    more = f' stroke-dasharray="{dashes}"' if dashes else ""
    start = f'<path class="{kind}" stroke-width="{number(stroke)}"{more} d="{steps}"'
    return f"{start}>{_tip(tip)}</path>" if tip else f"{start}/>"


def attribute(text: str) -> str:
    """Return a text as the quoted value of an attribute."""
    return quoteattr(visible(text))


def element(name: str, text: str) -> str:
    """Return an element that holds nothing but a text."""
    return f"<{name}>{escape(visible(text))}</{name}>"


def _tip(text: str) -> str:
    return element("title", text) if text else ""
