"""Values of variables that end at a comma inside { … }: the rest is a variable to YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.documents.codes import make_diagnostic
from songbatch.documents.schema_messages import quoted
from songbatch.documents.yaml_commas import COMMA_FIX, stands_behind_comma
from songbatch.documents.yaml_nodes import Scalar, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import KeyValue, Node


def parted(document: Node | None) -> Iterator[Diagnostic]:
    """Yield a warning for each rest of a text that became a variable without a value."""
    for variables in _variables(document):
        before: KeyValue | None = None
        for entry in variables:
            is_rest = before is not None and _is_plain(before) and stands_behind_comma(entry)
            # What cannot be a name is an error by itself.
            if before is not None and is_rest and entry.name.isidentifier():
                detail = f"{quoted(entry.name)} is no part of `{before.name}`"
                yield make_diagnostic("yaml.comma", entry.key.span, detail, COMMA_FIX)
            before = entry if not is_rest else before


def _is_plain(entry: KeyValue) -> bool:
    value = entry.value
    return isinstance(value, Scalar) and not value.style and bool(value.text)


def _variables(document: Node | None) -> Iterator[Table]:
    """Yield the mappings of variables: the spec's, and those of `defaults` and of songs."""
    if not isinstance(document, Table):
        return
    songs = document.get("songs")
    holders = [document, _value(document, "defaults")]
    if songs is not None and isinstance(songs.value, Table):
        holders += [song.value for song in songs.value]
    for holder in holders:
        found = _value(holder, "vars")
        if isinstance(found, Table):
            yield found


def _value(node: Node | None, name: str) -> Node | None:
    entry = node.get(name) if isinstance(node, Table) else None
    return entry.value if entry is not None else None
