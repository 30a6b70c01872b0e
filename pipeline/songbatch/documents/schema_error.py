"""A schema error with the nodes of the YAML that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from songbatch.documents.yaml_nodes import KeyValue, Node

_HARMLESS = {"additionalProperties", "not"}
"""Keywords whose breach leaves the rest of the node usable."""


class SchemaError(msgspec.Struct, frozen=True):
    """A jsonschema.ValidationError with the nodes from the root down to it, each with its entry."""

    error: Any
    way: list[tuple[KeyValue | None, Node]]
    in_name: bool
    root: str = "the spec"

    @property
    def node(self) -> Node:
        """The node that is wrong."""
        return self.way[-1][1]

    @property
    def entry(self) -> KeyValue | None:
        """The entry whose value is wrong."""
        return self.way[-1][0]

    @property
    def name(self) -> str:
        """What the author calls the node."""
        if self.entry is not None:
            return f"`{self.entry.name}`"
        return "an item" if len(self.way) > 1 else self.root

    @property
    def breaks(self) -> bool:
        """Whether the node cannot be used for further checks."""
        at_root = len(self.way) == 1 and self.error.validator == "required"
        return not (self.in_name or at_root or self.error.validator in _HARMLESS)
