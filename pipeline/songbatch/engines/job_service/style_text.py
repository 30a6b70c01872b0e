"""Text of a style, with the keys of a song that a row writes into it by a fixed phrase. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.formatting import plain_value

if TYPE_CHECKING:
    from songbatch.engines.base import Generation
    from songbatch.engines.job_service.rows import ModelRow

_PHRASES = {"bpm": "BPM", "scale": "Key", "meter": "Meter"}
"""Keys that may stand in a style, and how they are called there. A change of these makes other
requests: then the numbers of all rows that write them go up."""


def in_style(model: ModelRow) -> list[str]:
    """Return the keys of a song that a row writes into the style."""
    fields = {name: getattr(model.sends, name) for name in _PHRASES}
    return [name for name, field in fields.items() if field is not None and field.in_style]


def style_of(request: Generation, model: ModelRow) -> str:
    """Return the text that goes by the style; "" where nothing is said."""
    style = request.style or ""
    field = model.sends.style
    if field is not None and field.separator:
        style = field.separator.join(part.strip() for part in style.split(","))
    said = [(name, getattr(request, name)) for name in in_style(model)]
    phrases = [f"{_PHRASES[name]}: {plain_value(value)}." for name, value in said if value]
    return " ".join(filter(None, [style, *phrases]))
