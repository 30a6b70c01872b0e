"""Copies of the schemas that lie in a project, where editors find them, and which of them are old.

A copy says which songbatch made it. So a newer one renews it, and an older one, of a colleague,
leaves it alone.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from songbatch import __version__
from songbatch.documents.schema import schema_text

if TYPE_CHECKING:
    from songbatch.documents.schema import Kind

COPIES: dict[str, Kind] = {
    "specs/album.schema.json": "album",
    "specs/project.schema.json": "project",
    "specs/selects.schema.json": "selects",
    "specs/spec.schema.json": "spec",
}
"""Which schema each path of a project has."""
MAX_BYTES = 2**20
_MADE_BY = re.compile(r"songbatch ([0-9]+(?:\.[0-9]+){0,3})")


def copy_of(kind: Kind) -> bytes:
    """Return the copy that this songbatch makes of a schema."""
    comment = f"A copy, made by songbatch {__version__}. A newer one renews it: songbatch check."
    return schema_text(kind).replace("{\n", f'{{\n  "$comment": "{comment}",\n', 1).encode()


def is_old_copy(data: bytes, kind: Kind) -> bool:
    """Return whether bytes are a copy of this schema that this songbatch would make otherwise.

    A file that is something else, or was made by a newer songbatch, is not.
    """
    try:
        copy = json.loads(data)
    except (ValueError, RecursionError):
        return False
    if not isinstance(copy, dict) or copy.get("title") != json.loads(schema_text(kind))["title"]:
        return False
    made_by = _MADE_BY.search(str(copy.get("$comment", "")))
    return data != copy_of(kind) and (made_by is None or _parts(made_by[1]) <= _parts(__version__))


def _parts(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"[0-9]+", version)[:3]]
