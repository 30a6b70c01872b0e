"""Fixes for values that are empty or of another type: what to write in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.documents.codes import FIRST_SONG
from songbatch.documents.yaml_commas import COMMA_FIX, stands_behind_comma
from songbatch.documents.yaml_comments import text_fix
from songbatch.documents.yaml_nodes import Items, Scalar, Table

if TYPE_CHECKING:
    from songbatch.documents.schema_error import SchemaError
    from songbatch.documents.yaml_nodes import Node

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "a mapping of keys to values",
}
_NUMBERS = {"integer": (2, 120), "number": (1.5, 0.5, 30)}
"""Examples: the first that is within the bounds of a key."""
_NEEDED = {"songs", "version", "file", "url", "purpose", "lyrics", "template", "render"}
"""Keys whose removal mends nothing: another error would follow."""


def type_fix(finding: SchemaError, wanted: list[str]) -> str:
    """Return how to give a node a value of one of the types that are wanted, best first."""
    node, key = finding.node, finding.entry.name if finding.entry else ""
    if isinstance(node, Scalar) and node.value is None:
        return fill_in(finding, wanted[0])
    if key == "songs" or (not key and len(finding.way) == 1):
        return fill_in(finding, "object")
    prefix = f"{key}: " if key else ""
    if "string" in wanted and (fix := _text_fix(node, key, prefix)):
        return fix
    if "object" in wanted:
        return "write key: value on indented lines below it"
    example = _example(finding, wanted[0])
    return f"write {TYPES[wanted[0]]}" + (f", such as `{prefix}{example}`" if example else "")


def _text_fix(node: Node, key: str, prefix: str) -> str:
    """Return how to make the text of a node that was meant, "" if it is none."""
    if isinstance(node, Table) and _is_open_template(node):
        return 'put a value that begins with {{ into quotes: "{{ name }}"'
    if isinstance(node, Scalar):
        return f'put it into quotes: `{prefix}"{node.text}"`'
    if isinstance(node, Items | Table) and key == "lyrics":
        return text_fix(node.stretch.places, node.stretch.start)
    return ""


def _example(finding: SchemaError, wanted: str) -> str:
    schema = finding.error.schema
    if wanted == "array":
        of = schema.get("items", {}).get("$ref", "")
        return "[{mood: calm}]" if of.endswith("/combination") else "" if of else "[one, two]"
    low, high = schema.get("minimum", 0), schema.get("maximum", 1000)
    return next((str(one) for one in _NUMBERS.get(wanted, ()) if low <= one <= high), "")


def fill_in(finding: SchemaError, wanted: str) -> str:
    """Return how to give an empty node a value of a type that is wanted, or do without."""
    key = finding.entry.name if finding.entry else ""
    if not key:
        if len(finding.way) == 1:
            return "write `version: 1` as the first line, and keys with values on lines below it"
        return "write a value, or remove the item"
    if finding.entry is not None and stands_behind_comma(finding.entry):
        return COMMA_FIX
    if (mark := finding.node.stretch.text[:1]) and mark in "&!":
        return f"put text that begins with {mark} into quotes"
    if key == "songs":
        return f"write at least one song: `{FIRST_SONG}`"
    above, parent = finding.way[-2]
    if above is not None and above.name == "songs":
        fill = f"write the song on an indented line below `{key}:`, such as `lyrics: Words to sing`"
    elif wanted == "object":
        fill = f"write key: value on indented lines below `{key}:`"
    elif example := _example(finding, wanted):
        fill = f"write {TYPES[wanted]}, such as `{key}: {example}`"
    else:
        fill = f"write {TYPES[wanted]} after `{key}:`"
    # Without its last key, what is around it is empty, too.
    is_last = isinstance(parent, Table) and len([*parent]) == 1
    return fill if key in _NEEDED or is_last else f"{fill}, or remove the key"


def _is_open_template(node: Table) -> bool:
    line = node.span.source.line(node.span.line)
    return line[node.span.column - 1 :].startswith("{{")
