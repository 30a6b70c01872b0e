"""Cuts of references: `from` and `to` as authors write them, in milliseconds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.documents.codes import make_diagnostic
from songbatch.formatting import moment
from songbatch.model import RecordingCut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.sources import Span

_MOMENT = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d{1,3})?)")
_MOST_MS = 6 * 3600 * 1000


class BadCut(Exception):
    """The cut cannot be: it was told why."""


def milliseconds(text: str) -> int | None:
    """Return the place that `42.5`, `0:42.5` or `1:02:03.5` means, None for anything else."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None or len(text) > 32:
        return None
    hours, minutes, seconds = match.groups()
    if minutes is not None and float(seconds) >= 60:
        return None
    whole = 60 * int(hours or 0) + int(minutes or 0)
    place = 60000 * whole + round(1000 * float(seconds))
    return place if place <= _MOST_MS else None


def cut_of(
    scalars: Mapping[str, Scalar], diagnostics: list[Diagnostic]
) -> tuple[RecordingCut | None, Span | None]:
    """Return the part of a reference that its keys name, and where that stands. Raises BadCut."""
    named = {key: scalars[key] for key in ("from", "to") if key in scalars}
    if not named:
        return None, None
    places = {key: _place(scalar) for key, scalar in named.items()}
    if None in places.values():
        for key, place in places.items():
            # Of another form than the schema's, the schema has told it.
            if place is None and _MOMENT.fullmatch(named[key].text):
                detail = f"{key} is {named[key].text}"
                fix = f"recordings last {moment(_MOST_MS)} at most"
                diagnostics.append(make_diagnostic("reference.cut", named[key].span, detail, fix))
        raise BadCut
    first, last = places.get("from") or 0, places.get("to")
    if last is not None and last <= first:
        fix = f'write a to behind {moment(first)}, such as to: "{moment(first + 30_000)}"'
        detail = f"from {moment(first)} to {moment(last)}"
        diagnostics.append(make_diagnostic("reference.cut", named["to"].span, detail, fix))
        raise BadCut
    span = named.get("to", named.get("from"))
    if first == 0 and last is None:
        return None, None
    return RecordingCut(first, last), span.span if span is not None else None


def _place(scalar: Scalar) -> int | None:
    if isinstance(scalar.value, bool):
        return None
    if isinstance(scalar.value, int | float):
        seconds = float(scalar.value)
        return round(1000 * seconds) if 0 <= 1000 * seconds <= _MOST_MS else None
    return milliseconds(scalar.text)
