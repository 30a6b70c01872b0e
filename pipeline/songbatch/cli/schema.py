"""`songbatch schema`: the shipped JSON Schemas, for editors and other programs."""

from __future__ import annotations

from typing import Literal

import click


@click.command("schema")
@click.argument(
    "kind",
    type=click.Choice(["spec", "album", "project", "selects", "config", "manifest"]),
    default="spec",
)
def command(kind: Literal["spec", "album", "project", "selects", "config", "manifest"]) -> None:
    """Print the JSON Schema of specs (the default) or of another file.

    The others are those of specs/albums/, songbatch.yaml (project), selects.yaml, the user's config.yaml, and manifests.
    """
    from songbatch.documents.schema import schema_text  # noqa: PLC0415
    from songbatch.store import manifest  # noqa: PLC0415

    text = manifest.schema_text() if kind == "manifest" else schema_text(kind)
    click.echo(text.rstrip("\n"))
