"""A YAML document as the author wrote it: every key and value with its place.

Data only. A node that broke a rule is replaced by `Broken`, so that whoever builds on the document
passes over it in silence: it has been reported already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.documents.yaml_places import Stretch
    from songbatch.model import Value
    from songbatch.sources import Span


class _Written(msgspec.Struct, frozen=True):
    """Something of a document, and where it stands (for mappings and lists: where they begin)."""

    stretch: Stretch

    @property
    def span(self) -> Span:
        """Its place as people count."""
        return self.stretch.span


class Scalar(_Written, frozen=True):
    """A single value; `text` as YAML unquoted it, `style` one of `''`, `'`, `"`, `|`, `>`."""

    value: Value
    text: str
    style: str = ""


class KeyValue(msgspec.Struct, frozen=True):
    """A key of a mapping and its value."""

    key: Scalar
    value: Node

    @property
    def name(self) -> str:
        """The key as text."""
        return self.key.text


class Table(_Written, frozen=True):
    """A mapping, in the author's order; its keys differ.

    `incomplete`: a key was refused, so what seems to be missing may only be out of sight.
    """

    entries: Mapping[str, KeyValue]
    incomplete: bool = False

    def __iter__(self) -> Iterator[KeyValue]:
        return iter(self.entries.values())

    def get(self, name: str) -> KeyValue | None:
        """Return the entry called `name`, if there is one."""
        return self.entries.get(name)


class Items(_Written, frozen=True):
    """A list."""

    items: tuple[Node, ...]


class Broken(_Written, frozen=True):
    """What stood here was wrong and has been reported."""


Node = Scalar | Table | Items | Broken


def plain(node: Node) -> Any:
    """Return the node as the plain data that a JSON Schema judges."""
    match node:
        case Table():
            return {entry.name: plain(entry.value) for entry in node}
        case Items():
            return [plain(item) for item in node.items]
        case Scalar():
            return node.value
        case Broken():
            return None


def scalars(node: Node | None) -> dict[str, Scalar]:
    """Return the well-formed single values of a mapping by key."""
    if not isinstance(node, Table):
        return {}
    return {entry.name: entry.value for entry in node if isinstance(entry.value, Scalar)}
