"""`songbatch schema`: the shipped JSON Schemas, for editors and other programs."""

from __future__ import annotations

from typing import Literal

import click


@click.command("schema")
@click.argument(
    "kind", type=click.Choice(["spec", "project", "selects", "manifest"]), default="spec"
)
def command(kind: Literal["spec", "project", "selects", "manifest"]) -> None:
    """Print the JSON Schema of specs (the default), songbatch.yaml, selects.yaml, or manifests."""
    from pipeline import spec  # noqa: PLC0415
    from pipeline.store import manifest  # noqa: PLC0415

    text = manifest.schema_text() if kind == "manifest" else spec.schema_text(kind)
    click.echo(text.rstrip("\n"))
