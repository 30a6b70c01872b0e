"""`songbatch schema`: the shipped JSON Schemas, for editors and other programs."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("kind", type=click.Choice(["spec", "manifest"]), default="spec")
def command(kind: str) -> None:
    """Print the JSON Schema of specs (the default) or of manifests."""
    if kind == "spec":
        from pipeline.spec import schema_text  # noqa: PLC0415
    else:
        from pipeline.store.manifest import schema_text  # noqa: PLC0415
    click.echo(schema_text().rstrip("\n"))
