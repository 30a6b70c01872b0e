"""The matrix of a song → its combinations, as GitHub Actions understands include and exclude."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import did_you_mean
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.yaml_nodes import Broken, Items, Scalar, Table, scalars
from songbatch.spec.written import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Node
    from songbatch.model import Value
    from songbatch.sources import Span

Combination = dict[str, "Value"]
_Key = tuple[tuple[bool, "Value"], ...]


class Matrix(msgspec.Struct, frozen=True):
    """The axes of a matrix and what changes their combinations; `names`: every variable it sets."""

    span: Span
    axes: Mapping[str, tuple[Value, ...]]
    include: tuple[Mapping[str, Scalar], ...]
    exclude: tuple[tuple[Span, Mapping[str, Scalar]], ...]
    names: Mapping[str, Span]

    @property
    def size(self) -> int:
        """How many combinations there are at most."""
        product = math.prod(len(values) for values in self.axes.values()) if self.axes else 0
        return product + len(self.include)


def matrix(node: Node | None, diagnostics: list[Diagnostic]) -> Matrix | None:
    """Return the matrix a node describes, or None if there is none or it is broken."""
    if not isinstance(node, Table) or _has_broken(node):
        return None
    axes, names = {}, {}
    for entry in node:
        if isinstance(entry.value, Items) and entry.name not in {"include", "exclude"}:
            axes[entry.name] = tuple(written(s) for s in entry.value.items if isinstance(s, Scalar))
            names[entry.name] = entry.key.span
    exclude = tuple((item.span, scalars(item)) for item in listed(node, "exclude"))
    included = listed(node, "include")
    for item in included:
        for entry in item:
            names.setdefault(entry.name, entry.key.span)
    _check_exclude(node, axes, diagnostics)
    include = tuple(scalars(item) for item in included)
    return Matrix(node.span, axes, include, exclude, names)


def _has_broken(node: Node) -> bool:
    match node:
        case Table():
            return any(_has_broken(entry.value) for entry in node)
        case Items():
            return any(map(_has_broken, node.items))
    return isinstance(node, Broken)


def listed(node: Table, key: str) -> list[Table]:
    """Return the combinations under `include` or `exclude`, as far as they are well-formed."""
    entry = node.get(key)
    if entry is None or not isinstance(entry.value, Items):
        return []
    return [item for item in entry.value.items if isinstance(item, Table)]


def _check_exclude(node: Table, axes: Iterable[str], diagnostics: list[Diagnostic]) -> None:
    known = list(axes)
    for item in listed(node, "exclude"):
        for entry in item:
            if node.get(entry.name) is None:
                has = f"the matrix has {', '.join(known)}" if known else "list its values first"
                fix = did_you_mean(entry.name, known) or has
                detail = f"`{entry.name}`"
                diagnostics.append(
                    make_diagnostic("matrix.exclude-key", entry.key.span, detail, fix)
                )


def combinations(matrix: Matrix, diagnostics: list[Diagnostic]) -> list[Combination]:
    """Return the combinations in the author's order: the axes' first, then what include adds."""
    originals = _without(matrix, _product(matrix.axes), diagnostics)
    every = [dict(original) for original in originals]
    index = _Index(originals)
    for addition in matrix.include:
        values = {name: written(node) for name, node in addition.items()}
        shared = tuple(name for name in matrix.axes if name in values)
        fitting = index.find(shared, values) if matrix.axes else []
        for position in fitting:
            every[position].update(values)
        if not fitting:
            every.append(values)
    return every


def _product(axes: Mapping[str, tuple[Value, ...]]) -> list[Combination]:
    if not axes:
        return []
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def _without(
    matrix: Matrix, originals: list[Combination], diagnostics: list[Diagnostic]
) -> list[Combination]:
    index, dropped = _Index(originals), set[int]()
    for span, values in matrix.exclude:
        plain = {name: node.value for name, node in values.items()}
        if not plain or not plain.keys() <= matrix.axes.keys():
            continue
        fitting = index.find(tuple(plain), plain)
        dropped.update(fitting)
        if not fitting:
            fix = "correct its values, or remove it; quoted text is not a number"
            diagnostics.append(make_diagnostic("matrix.exclude-nothing", span, "", fix))
    return [one for position, one in enumerate(originals) if position not in dropped]


class _Index:
    """Finds combinations by some of their values, without walking all of them each time."""

    def __init__(self, combinations: list[Combination]) -> None:
        self._combinations = combinations
        self._by_names: dict[tuple[str, ...], dict[_Key, list[int]]] = {}

    def find(self, names: tuple[str, ...], values: Combination) -> list[int]:
        """Return the positions of the combinations that have these values under these names."""
        if names not in self._by_names:
            self._by_names[names] = self._group(names)
        return self._by_names[names].get(_key(names, values), [])

    def _group(self, names: tuple[str, ...]) -> dict[_Key, list[int]]:
        groups: dict[_Key, list[int]] = {}
        for position, combination in enumerate(self._combinations):
            groups.setdefault(_key(names, combination), []).append(position)
        return groups


def _key(names: tuple[str, ...], values: Combination) -> _Key:
    # True == 1 in Python, and not in YAML.
    return tuple((isinstance(values[name], bool), values[name]) for name in names)
