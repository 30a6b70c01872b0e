"""A field of a model's input: its place in the schema, and what it refuses."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["string", "integer", "number", "boolean", "uri"]
MINUS_ONE = -1
"""Stands for "let the model choose" in fields of numbers."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an input.

    `least` and `most` bound numbers, and the length of texts in characters. `or_minus_one` lets
    -1 through below `least`. `seconds` are the lengths of audio that a file may have.
    """

    name: str
    kind: Kind = "string"
    required: bool = False
    default: Any = None
    least: float | None = None
    most: float | None = None
    or_minus_one: bool = False
    choices: tuple[Any, ...] = ()
    seconds: tuple[float, float] | None = None

    def described(self, order: int) -> dict[str, Any]:
        """Return its entry in the properties of a schema."""
        entry: dict[str, Any] = {"title": self.name.replace("_", " ").title(), "x-order": order}
        if self.choices:
            entry["allOf"] = [{"$ref": f"#/components/schemas/{self.name}"}]
        elif self.kind == "uri":
            entry |= {"type": "string", "format": "uri"}
        else:
            entry["type"] = self.kind
        if self.default is not None:
            entry["default"] = self.default
        lower, upper = ("minLength", "maxLength") if self.kind == "string" else (
            "minimum", "maximum"
        )  # fmt: skip
        least = MINUS_ONE if self.or_minus_one else self.least
        bounds = {lower: least, upper: self.most}
        return entry | {name: bound for name, bound in bounds.items() if bound is not None}

    def mistake(self, value: Any) -> tuple[str, str] | None:
        """Return type and description of what is wrong with a value, None if nothing is."""
        if not _is_of(self.kind, value):
            expected = "string" if self.kind == "uri" else self.kind
            return "invalid_type", f"Invalid type. Expected: {expected}, given: {_kind(value)}"
        if self.choices and value not in self.choices:
            listed = ", ".join(map(repr, self.choices))
            return "enum", f"{self.name} must be one of the following: {listed}"
        if self.kind == "uri":
            return None if _is_uri(value) else ("format", "Does not match format 'uri'")
        if self.kind == "string":
            return self._out_of_length(len(value))
        return None if self.kind == "boolean" else self._out_of_range(value)

    def _out_of_length(self, count: int) -> tuple[str, str] | None:
        if self.least is not None and count < self.least:
            return "string_gte", f"String length must be greater than or equal to {self.least}"
        if self.most is not None and count > self.most:
            return "string_lte", f"String length must be less than or equal to {self.most}"
        return None

    def _out_of_range(self, value: float) -> tuple[str, str] | None:
        if self.or_minus_one and value == MINUS_ONE:
            return None
        if self.least is not None and value < self.least:
            return "number_gte", f"Must be greater than or equal to {self.least}"
        if self.most is not None and value > self.most:
            return "number_lte", f"Must be less than or equal to {self.most}"
        return None


def mistakes(fields: tuple[Field, ...], given: dict[str, Any]) -> list[dict[str, str]]:
    """Return the invalid fields of an input; unknown ones are not among them."""
    found = []
    for field in fields:
        if field.name in given:
            if (mistake := field.mistake(given[field.name])) is not None:
                found.append(invalid(mistake[0], f"input.{field.name}", mistake[1]))
        elif field.required:
            found.append(invalid("required", "input", f"{field.name} is required"))
    return found


def invalid(kind: str, field: str, description: str) -> dict[str, str]:
    """Return one entry of `invalid_fields`."""
    return {"type": kind, "field": field, "description": description}


def _is_of(kind: Kind, value: Any) -> bool:
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    if kind in {"string", "uri"}:
        return isinstance(value, str)
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, int | float)


def _kind(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    return "null" if value is None else names.get(type(value), "object")


def _is_uri(text: str) -> bool:
    parts = urllib.parse.urlsplit(text)
    return parts.scheme == "data" or (parts.scheme in {"http", "https"} and bool(parts.netloc))
