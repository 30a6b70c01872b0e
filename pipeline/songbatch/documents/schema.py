"""The shipped JSON Schemas: does a document hold to one, and if not, what is wrong with it."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Literal

from songbatch.documents.yaml_nodes import plain

if TYPE_CHECKING:
    import jsonschema_rs

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Node

Kind = Literal["spec", "project", "selects", "config", "runners", "album"]


@functools.cache
def schema_text(kind: Kind = "spec") -> str:
    """Return the shipped JSON Schema of specs or of another file that people write."""
    from importlib import resources  # noqa: PLC0415  (a spec that was compiled before needs none)

    return resources.files("songbatch.documents").joinpath(f"{kind}.schema.json").read_text("utf-8")


def judge(document: Node, kind: Kind = "spec") -> tuple[Node, list[Diagnostic]]:
    """Return the document with its ill-formed nodes made `Broken`, and what is wrong with them."""
    return judge_by(document, schema_text(kind), f"the {kind}")


def judge_by(document: Node, schema: str, root: str) -> tuple[Node, list[Diagnostic]]:
    """Return the same by any JSON Schema, given as text; `root` is what messages call the whole.

    One library decides and another explains. What the first refuses is never valid: if the other
    sees no error, there is a general diagnostic at the first one's place.
    """
    validator = _validator(schema)
    data = plain(document)
    if validator.is_valid(data):
        return document, []
    from songbatch.documents.schema_errors import explain  # noqa: PLC0415  (loads jsonschema)

    refusals = ((tuple(e.instance_path), e.message) for e in validator.iter_errors(data))
    return explain(document, schema, root, refusals)


@functools.cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs  # noqa: PLC0415  (a spec that was compiled before needs none)

    return jsonschema_rs.Draft202012Validator(json.loads(schema))
