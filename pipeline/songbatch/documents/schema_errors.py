"""Errors of a document by its JSON Schema, node by node. The only importer of jsonschema.

Finding an error takes a hundred times as long as finding none (`songbatch.documents.schema`), so
a document comes here only if it has one.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
from jsonschema.validators import extend

from songbatch.documents.schema_error import SchemaError
from songbatch.documents.schema_messages import describe, refused
from songbatch.documents.yaml_nodes import Broken, Items, KeyValue, Node, Table, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from songbatch.diagnostics import Diagnostic

Path = tuple[str | int, ...]
"""Where a node lies: keys of mappings and indexes of lists, from the document's root."""


def explain(
    document: Node, schema: str, root: str, refusals: Iterable[tuple[Path, str]]
) -> tuple[Node, list[Diagnostic]]:
    """Return the document with its ill-formed nodes made `Broken`, and what is wrong with them.

    `schema` is the text of a JSON Schema, `root` what messages call the whole document. `refusals`
    are the places and messages of whoever refused it; they are asked for if nothing else is known.
    """
    diagnostics: list[Diagnostic] = []
    broken: set[Path] = set()
    is_excused = False
    for error in _validator(schema).iter_errors(plain(document)):
        path: Path = tuple(error.absolute_path)
        nodes = _way(document, path)
        if _is_excused(nodes[-1][1], str(error.validator)):
            is_excused = True
            continue
        in_name = "propertyNames" in error.absolute_schema_path
        schema_error = SchemaError(error, nodes, in_name=in_name, root=root)
        diagnostics += describe(schema_error)
        if schema_error.breaks:
            broken.add(path)
    # What is excused has been reported before. Anything else must not pass in silence.
    if not diagnostics and not is_excused:
        for path, message in refusals:
            diagnostics.append(refused(_way(document, path)[-1][1], message))
            broken.add(path)
    return _without(document, _tree(broken)), diagnostics


@functools.cache
def _validator(schema: str) -> Any:
    base = jsonschema.Draft202012Validator
    made: Any = extend(base, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    return made(json.loads(schema))


def _pattern(
    _validator: object, pattern: str, text: object, _schema: object
) -> Iterator[jsonschema.ValidationError]:
    # Python's $ also matches before a last line end; a name must not smuggle one in.
    if isinstance(text, str) and not re.search(pattern.replace("$", r"\Z"), text):
        yield jsonschema.ValidationError(pattern)


def _is_excused(node: Node, keyword: str) -> bool:
    if isinstance(node, Table) and node.incomplete:
        return keyword in {"required", "dependentRequired", "minProperties", "oneOf"}
    return isinstance(node, Broken)


def _way(document: Node, path: Path) -> list[tuple[KeyValue | None, Node]]:
    """Return the nodes from the root to `path`, each with the entry it is the value of."""
    way: list[tuple[KeyValue | None, Node]] = [(None, document)]
    for step in path:
        node = way[-1][1]
        if isinstance(node, Table) and (entry := node.get(str(step))) is not None:
            way.append((entry, entry.value))
        elif isinstance(node, Items) and isinstance(step, int):
            way.append((None, node.items[step]))
    return way


_Tree = dict[str | int, "_Tree"]


def _tree(paths: set[Path]) -> _Tree | None:
    if () in paths:
        return None
    tree: _Tree = {}
    for path in sorted(paths, key=len):
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
    return tree


def _without(node: Node, tree: Mapping[str | int, Any] | None) -> Node:
    if tree is None:
        return Broken(node.stretch)
    match node:
        case Table() if tree:
            entries = {
                entry.name: KeyValue(entry.key, _branch(entry.value, tree, entry.name))
                for entry in node
            }
            return Table(node.stretch, entries, node.incomplete)
        case Items() if tree:
            items = (_branch(item, tree, number) for number, item in enumerate(node.items))
            return Items(node.stretch, tuple(items))
    return node


def _branch(node: Node, tree: Mapping[str | int, Any], step: str | int) -> Node:
    return _without(node, tree[step] or None) if step in tree else node
