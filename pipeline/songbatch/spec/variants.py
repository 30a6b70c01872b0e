"""Matrix and rows → the variants of a song, each with its label."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from songbatch.formatting import yaml_text
from songbatch.lyrics import slug
from songbatch.spec.matrix import combinations
from songbatch.spec.titles import shortened
from songbatch.spec.written import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.diagnostics import Diagnostic
    from songbatch.model import Value
    from songbatch.spec.matrix import Combination, Matrix
    from songbatch.spec.rows import Rows, VariableRow

MAX_LABEL_BYTES = 60
"""So that the default name of a file stays within what file systems take."""
UNNAMED = "variant"
"""The label of a variant whose values have no letter or digit."""


class Variant(msgspec.Struct, frozen=True):
    """One combination and row; `where` names it for messages, "" if a song has only one.

    `variables` are its values as templates print them, `details` those that name it, for titles.
    """

    label: str
    details: tuple[str, ...]
    values: Mapping[str, Value]
    variables: Mapping[str, Value]
    where: str
    line: int = 0
    """Of its row in the file, from 1."""


def variants(
    matrix: Matrix | None, rows: Rows | None, diagnostics: list[Diagnostic]
) -> list[Variant]:
    """Return the variants in order: the combinations, and within each the rows."""
    if matrix is None and rows is None:
        return [Variant("", (), {}, {}, "")]
    chosen = combinations(matrix, diagnostics) if matrix is not None else [{}]
    lines: tuple[VariableRow | None, ...] = rows.rows if rows is not None else (None,)
    unique = _Unique()
    made = []
    for combination in chosen:
        values = {name: recorded(value) for name, value in combination.items()}
        for row in lines:
            fields = row.values if row is not None else {}
            made.append(
                Variant(
                    unique.label(values, row),
                    unique.details(combination, row),
                    {**values, **fields},
                    {**combination, **fields},
                    _where(combination, row, rows),
                    row.line if row is not None else 0,
                )
            )
    return made


def _where(combination: Combination, row: VariableRow | None, rows: Rows | None) -> str:
    parts = [f"{name}={yaml_text(value)}" for name, value in combination.items()]
    if row is not None and rows is not None:
        parts.append(f"{rows.source.path} line {row.line}")
    return ", ".join(parts)


class _Unique:
    """Makes labels, no two of them equal, and details for titles."""

    def __init__(self) -> None:
        self._told: Counter[tuple[str, ...]] = Counter()
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def label(self, combination: Combination, row: VariableRow | None) -> str:
        words = filter(None, map(slug, _naming(combination, row)))
        base = _cut("-".join(words)) or UNNAMED
        label, number = base, self._next.get(base, 2)
        while label in self._taken:
            label, number = f"{base}-{number}", number + 1
        self._next[base] = number
        self._taken.add(label)
        return label

    def details(self, combination: Combination, row: VariableRow | None) -> tuple[str, ...]:
        told = tuple(filter(None, map(shortened, _naming(combination, row))))
        self._told[told] += 1
        number = self._told[told]
        return (*told[:-1], " ".join([*told[-1:], str(number)])) if number > 1 else told


def _naming(combination: Combination, row: VariableRow | None) -> list[str]:
    """Return what names a variant: the values of the combination, and the row's first."""
    values = [yaml_text(value) for value in combination.values()]
    if row is not None:
        values.append(next(iter(row.values.values())))
    return values


def _cut(label: str) -> str:
    return label.encode()[:MAX_LABEL_BYTES].decode("utf-8", "ignore").rstrip("-")
