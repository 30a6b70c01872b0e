"""Texts inside { … } that end at a comma: in `{greet: Hello, friend}`, friend is a key to YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.documents.yaml_nodes import Scalar

if TYPE_CHECKING:
    from songbatch.documents.yaml_nodes import KeyValue

COMMA_FIX = "a comma ends a text inside { … }; put the whole text into quotes"
_NO_COLON = re.compile(r"\s*[,}]")


def stands_behind_comma(entry: KeyValue) -> bool:
    """Return whether a key has neither colon nor value, as the rest of a text with a comma has."""
    key, value = entry.key, entry.value
    if key.style or not isinstance(value, Scalar) or value.text or value.style:
        return False
    places, start, end = key.stretch.places, key.stretch.start, key.stretch.end
    text = places.source.text
    is_bare = _NO_COLON.match(text, end) is not None and places.is_in_flow(start)
    return is_bare and text[:start].rstrip().endswith(",")
