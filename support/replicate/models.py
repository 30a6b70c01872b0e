"""A version of a model: its schema, its price, and how long its songs are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.replicate.fields import Field
    from support.replicate.references import Reference

Form = Literal["text", "list", "object"]
HARDWARE = {"L40S": 0.000975, "A100-80GB": 0.0014, "H100": 0.001525}
"""Dollars for a second."""
CREATED = "2026-01-15T09:30:00.000000Z"
OUTPUTS: dict[Form, dict[str, Any]] = {
    "text": {"type": "string", "title": "Output", "format": "uri"},
    "list": {"type": "array", "title": "Output", "items": {"type": "string", "format": "uri"}},
    "object": {
        "type": "object",
        "title": "Output",
        "properties": {"audio": {"type": "object", "properties": {"url": {"type": "string"}}}},
    },
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """An input with its defaults filled in, and the files that it names, by field."""

    values: dict[str, Any]
    references: dict[str, Reference]


@dataclass(frozen=True, slots=True)
class Model:
    """One version of a model.

    `usd` is the price of an output of an official model; the others cost by the second of
    `hardware`. `length` gives the seconds of a song. `form` is that of the output.
    """

    name: str
    version: str
    fields: tuple[Field, ...]
    length: Callable[[Inputs], float]
    official: bool = False
    usd: float = 0.0
    hardware: str = "L40S"
    form: Form = "text"
    sample_rate: int = 48000

    def filled_in(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the values of all known fields that are given or have a default."""
        known = {field.name: given.get(field.name, field.default) for field in self.fields}
        return {name: value for name, value in known.items() if value is not None}

    def unknown(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the model ignores of an input."""
        names = {field.name for field in self.fields}
        return {name: value for name, value in given.items() if name not in names}

    def renaming(self, old: str, new: str) -> Model:
        """Return a newer version that needs a field under another name."""
        fields = tuple(
            replace(field, name=new, required=True) if field.name == old else field
            for field in self.fields
        )
        return replace(self, fields=fields, version=digest_of(f"{self.version} {old} {new}"))

    def giving(self, form: Form) -> Model:
        """Return a newer version with outputs of this form."""
        return replace(self, form=form, version=digest_of(f"{self.version} {form}"))

    def described(self) -> dict[str, Any]:
        """Return the answer to a look at the model."""
        owner, _, name = self.name.partition("/")
        return {
            "url": f"https://replicate.com/{self.name}",
            "owner": owner,
            "name": name,
            "description": f"Songs by {name}",
            "visibility": "public",
            "is_official": self.official,
            "github_url": None,
            "paper_url": None,
            "license_url": None,
            "run_count": 4711,
            "cover_image_url": None,
            "default_example": None,
            "latest_version": self.version_described(),
        }

    def version_described(self) -> dict[str, Any]:
        """Return the version with its schema."""
        return {
            "id": self.version,
            "created_at": CREATED,
            "cog_version": "0.16.2",
            "openapi_schema": {
                "openapi": "3.0.2",
                "info": {"title": "Cog", "version": "0.1.0"},
                "paths": {},
                "components": {"schemas": self._schemas()},
            },
        }

    def _schemas(self) -> dict[str, Any]:
        choices = {
            field.name: {"title": field.name, "type": "string", "enum": list(field.choices)}
            for field in self.fields
            if field.choices
        }
        properties = {f.name: f.described(order) for order, f in enumerate(self.fields)}
        entry: dict[str, Any] = {"type": "object", "title": "Input", "properties": properties}
        if needed := [field.name for field in self.fields if field.required]:
            entry["required"] = needed
        return choices | {"Input": entry, "Output": OUTPUTS[self.form]}


def digest_of(text: str) -> str:
    """Return the name of a version."""
    return hashlib.sha256(text.encode()).hexdigest()
