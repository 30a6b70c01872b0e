"""The matrix, against what GitHub documents for include and exclude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from songbatch.documents.yaml_reader import read
from songbatch.sources import Source
from songbatch.spec.matrix import combinations, matrix

if TYPE_CHECKING:
    from songbatch.diagnostics import Diagnostic


def expanded(text: str) -> list[dict[str, Any]]:
    node, _ = read(Source("x.yaml", text))
    found: list[Diagnostic] = []
    described = matrix(node, found)
    assert described is not None
    every = combinations(described, found)
    assert len(every) <= described.size
    return every


def test_the_example_of_the_documentation_of_include() -> None:
    assert expanded(
        """
        fruit: [apple, pear]
        animal: [cat, dog]
        include:
          - color: green
          - {color: pink, animal: cat}
          - {fruit: apple, shape: circle}
          - fruit: banana
          - {fruit: banana, animal: cat}
        """
    ) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_exclude_drops_what_has_all_of_its_values() -> None:
    assert expanded("a: [1, 2]\nb: [x, y]\nexclude: [{a: 1, b: x}, {b: y}]") == [{"a": 2, "b": "x"}]


def test_include_comes_after_exclude_and_can_bring_back() -> None:
    assert expanded("a: [1, 2]\nexclude: [{a: 1}]\ninclude: [{a: 1, z: 3}]") == [
        {"a": 2},
        {"a": 1, "z": 3},
    ]


def test_include_alone_makes_the_combinations() -> None:
    assert expanded("include: [{a: 1}, {b: 2}]") == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(("value", "left"), [("true", 1), ("1", 1), ("'1'", 2)])
def test_values_of_different_types_differ(value: str, left: int) -> None:
    assert len(expanded(f"a: [true, 1]\nexclude: [{{a: {value}}}]")) == left
