"""Titles of songs whose author gives none: the song's name, and the values of its variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.formatting import yaml_text
from songbatch.lyrics import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from songbatch.model import Value

LONGEST_DETAIL = 80
"""Characters of a title that come from one value."""


def usual_title(song: str, details: Iterable[str], take: int = 1) -> str:
    """Return a title such as `Birthday (happy, Björn, take 2)`; blank details are left out."""
    name = " ".join(song.replace("_", " ").replace("-", " ").split())
    title = name[:1].upper() + name[1:]
    told = [detail for detail in map(shortened, details) if detail]
    told += [f"take {take}"] if take > 1 else []
    return f"{title} ({', '.join(told)})" if told else title


def shortened(text: str) -> str:
    """Return a value on one line, and not too long for a title."""
    line = " ".join(text[: 8 * LONGEST_DETAIL].split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"


def details_of(values: Mapping[str, Value], label: str) -> Iterator[str]:
    """Yield the values that a variant's label was made of; what is left of it, as words.

    For what is only known by its record: a row has more columns than name it.
    """
    rest = label
    for value in values.values():
        text = yaml_text(value)
        part = slug(text)
        if part and (rest == part or rest.startswith(f"{part}-")):
            yield text
            rest = rest[len(part) + 1 :]
    yield rest.replace("-", " ")
