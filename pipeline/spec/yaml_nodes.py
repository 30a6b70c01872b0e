"""A YAML document as the author wrote it: every key and value with its place.

Data only. A node that broke a rule is replaced by `Broken`, so that whoever builds on the
document passes over it in silence: it has been reported already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.diagnostics import Span
    from pipeline.model import Value


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `text` as YAML unquoted it, `style` one of `''`, `'`, `"`, `|`, `>`."""

    span: Span
    value: Value
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and its value."""

    key: Scalar
    value: Node

    @property
    def name(self) -> str:
        """The key as text."""
        return self.key.text


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in the author's order; its keys differ.

    `incomplete`: a key was refused, so what seems to be missing may only be out of sight.
    """

    span: Span
    entries: Mapping[str, Entry]
    incomplete: bool = False

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def get(self, name: str) -> Entry | None:
        """Return the entry called `name`, if there is one."""
        return self.entries.get(name)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    span: Span
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """What stood here was wrong and has been reported."""

    span: Span


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
