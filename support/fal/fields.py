"""The input of a model: what each field must be, and what is wrong with one that is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from support.fal.failures import problem


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Its bounds are of a number's value, or of a text's characters.

    `called` is its name in an input, where that is another than the model's own.
    """

    name: str
    kind: str
    required: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    default: Any = None
    called: str = ""

    @property
    def key(self) -> str:
        """Its name in an input."""
        return self.called or self.name


def text(
    name: str, least: int | None = None, most: int | None = None, *, required: bool = False
) -> Field:
    """Return a field for text, with bounds of its length."""
    return Field(name, "string", required, least, most)


def number(name: str, least: float, most: float, default: float) -> Field:
    """Return a field for a number."""
    return Field(name, "float", least=least, most=most, default=default)


def whole(
    name: str, least: int | None = None, most: int | None = None, default: int | None = None
) -> Field:
    """Return a field for a whole number."""
    return Field(name, "int", least=least, most=most, default=default)


def flag(name: str, *, default: bool) -> Field:
    """Return a field for true or false."""
    return Field(name, "bool", default=default)


def choice(name: str, choices: tuple[str, ...], default: str | None = None) -> Field:
    """Return a field for one of some words, required if there is no default."""
    return Field(name, "string", required=default is None, choices=choices, default=default)


def problems(fields: Sequence[Field], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return everything that is wrong with the fields of an input; others are ignored."""
    found = []
    for field in fields:
        value = given.get(field.key)
        if field.key not in given or (value is None and not field.required):
            if field.required:
                found.append(problem("missing", "Field required", field.key, dict(given)))
        elif (wrong := _problem(field, value)) is not None:
            found.append(wrong)
    return found


def understood(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input as the model takes it: known fields only, with defaults."""
    known = {field.name: given.get(field.key) for field in fields}
    defaults = {field.name: field.default for field in fields}
    return {name: defaults[name] if value is None else value for name, value in known.items()}


def _problem(field: Field, value: Any) -> dict[str, Any] | None:
    if not _is_of_kind(field.kind, value):
        message = f"Input should be a valid {field.kind}"
        return problem(f"{field.kind}_type", message, field.key, value)
    if field.choices and value not in field.choices:
        expected = " or ".join(repr(word) for word in field.choices)
        ctx = {"expected": expected}
        return problem("literal_error", f"Input should be {expected}", field.key, value, ctx)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _out_of_range(field, value)
    return _of_wrong_length(field, value) if isinstance(value, str) else None


def _is_of_kind(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if kind == "int" and isinstance(value, float):
        return value.is_integer()
    if kind in {"int", "float"}:
        return isinstance(value, int | float)
    return isinstance(value, {"string": str, "list": list, "dict": dict}.get(kind, bool))


def _out_of_range(field: Field, value: float) -> dict[str, Any] | None:
    if field.least is not None and value < field.least:
        message, ctx = f"Input should be at least {field.least:g}", {"ge": field.least}
        return problem("greater_than_equal", message, field.key, value, ctx)
    if field.most is not None and value > field.most:
        message, ctx = f"Input should be at most {field.most:g}", {"le": field.most}
        return problem("less_than_equal", message, field.key, value, ctx)
    return None


def _of_wrong_length(field: Field, value: str) -> dict[str, Any] | None:
    if field.least is not None and len(value) < field.least:
        message, ctx = f"At least {field.least:g} characters wanted", {"min_length": field.least}
        return problem("string_too_short", message, field.key, value, ctx)
    if field.most is not None and len(value) > field.most:
        message, ctx = f"At most {field.most:g} characters wanted", {"max_length": field.most}
        return problem("string_too_long", message, field.key, value, ctx)
    return None
