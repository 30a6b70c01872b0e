"""`songbatch schema`: the shipped JSON Schemas, for editors and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from songbatch.documents.schema import Kind

KINDS = ("spec", "album", "project", "selects", "config", "manifest")


@click.command("schema")
@click.argument("kind", type=click.Choice(KINDS), default="spec")
def command(kind: Kind | Literal["manifest"]) -> None:
    """Print the JSON Schema of specs (the default) or of another file.

    The others are those of albums (specs/albums/), songbatch.yaml (project), selects.yaml, the
    user's config.yaml, and manifests.
    """
    from songbatch.documents.schema import schema_text  # noqa: PLC0415
    from songbatch.store import manifest  # noqa: PLC0415

    text = manifest.schema_text() if kind == "manifest" else schema_text(kind)
    click.echo(text.rstrip("\n"))
