"""`songbatch init`: a new song project that renders at once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from songbatch.diagnostics import UsageError, printable
from songbatch.documents.schema import schema_text
from songbatch.files.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

SCHEMA_PATH = "specs/spec.schema.json"
DOT_PREFIX = "dot-"
"""Files that begin with a dot are packaged under another name: packagers like to drop them."""


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--github", is_flag=True, help="Add a workflow that checks and drafts for GitHub.")
def command(folder: Path, github: bool) -> None:
    """Make a song project in DIR (default: here): spec, template, reference, editor hints.

    Nothing is overwritten: if any of these files exists, nothing is written.
    """
    files = {PurePosixPath(SCHEMA_PATH): schema_text().encode()} | dict(_starter("project"))
    if github:
        files |= dict(_starter("github"))
    folder.mkdir(parents=True, exist_ok=True)
    tree = Tree(folder)
    existing = [path for path in sorted(files) if tree.is_there(str(path))]
    if existing:
        raise UsageError(
            f"{folder / existing[0]} already exists; nothing was written",
            fix="name an empty folder: songbatch init DIR",
        )
    for path, data in sorted(files.items()):
        tree.write(str(path), data)
        click.echo(f"  made {printable(str(folder / path))}")
    where = "" if folder == Path() else f"cd {printable(str(folder))} && "
    click.echo(f"\nA song project. Next: {where}songbatch render")


def _starter(part: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    root = resources.files("songbatch").joinpath(f"starter/{part}")
    return _files(root, PurePosixPath())


def _files(folder: Traversable, below: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes]]:
    for item in folder.iterdir():
        name = item.name
        if name.startswith(DOT_PREFIX):
            name = "." + name.removeprefix(DOT_PREFIX)
        if item.is_dir():
            yield from _files(item, below / name)
        else:
            yield below / name, item.read_bytes()
