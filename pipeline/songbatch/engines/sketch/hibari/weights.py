"""Reader of a network's weights in a file of the ONNX format.

The format is Protocol Buffers, of which so much is read as an initializer needs: the graph (field
7 of a model), its initializers (5), and their dimensions (1), type (2), name (8) and values, as
floats (4) or bytes (9). Fields are numbered as in onnx.proto3 of the ONNX standard. What else a
file says is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

Weights = dict[str, Any]
"""Arrays by the names that they have in the file."""

_TYPES: Mapping[int, str] = {1: "<f4", 2: "u1", 3: "i1", 7: "<i8"}
_GRAPH, _INITIALIZER = 7, 5
_DIMENSIONS, _TYPE, _FLOATS, _NAME, _BYTES = 1, 2, 4, 8, 9
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5


def read_weights(data: bytes) -> Weights:
    """Return the initializers of a model. Raises ValueError or IndexError if it is none."""
    found: Weights = {}
    for number, graph in _fields(memoryview(data)):
        if number == _GRAPH and isinstance(graph, memoryview):
            for inner, tensor in _fields(graph):
                if inner == _INITIALIZER and isinstance(tensor, memoryview):
                    name, array = _tensor(tensor)
                    if array is not None:
                        found[name] = array
    return found


def _tensor(data: memoryview) -> tuple[str, NDArray[Any] | None]:
    """Return name and values; None if they are kept in another way, as zeros of one byte are."""
    shape: list[int] = []
    kind, name, raw = 0, "", memoryview(b"")
    for number, value in _fields(data):
        if isinstance(value, int):
            shape += [value] if number == _DIMENSIONS else []
            kind = value if number == _TYPE else kind
        elif number == _DIMENSIONS:
            shape += _packed(value)
        elif number == _NAME:
            name = bytes(value).decode()
        elif number in {_FLOATS, _BYTES}:
            raw = value
    if not raw:
        return name, None
    if kind not in _TYPES:
        raise ValueError(f"{name} is of a type that is not read")
    return name, np.frombuffer(raw, _TYPES[kind]).reshape(shape)


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Return number and value of every field: a whole number, or bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if kind == _LENGTH:
            size, at = _varint(data, at)
        elif kind in {_EIGHT, _FOUR}:
            size = 8 if kind == _EIGHT else 4
        else:
            raise ValueError("a field of an unknown kind")
        yield tag >> 3, data[at : at + size]
        at += size


def _packed(data: memoryview) -> list[int]:
    numbers, at = [], 0
    while at < len(data):
        number, at = _varint(data, at)
        numbers.append(number)
    return numbers


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, the lowest first, and where the next thing begins."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
