"""`songbatch selects`: listeners' verdicts, from several files into one; and earlier takes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.paths import ExistingPath
from songbatch.cli.session import print_diagnostics
from songbatch.cli.takes import drop, list_takes, save
from songbatch.conflicts import find_conflict, parted
from songbatch.diagnostics import UsageError, has_errors, printable, sort_key
from songbatch.exit_codes import EXIT_DONE, EXIT_INVALID
from songbatch.files.named import read_named, write_named
from songbatch.formatting import count
from songbatch.selects import Decide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.sources import Source

MAX_SELECTS_BYTES = 64 * 2**20


@click.group("selects")
def command() -> None:
    """Work with selects.yaml: what listeners picked, rated and noted; and with earlier takes."""


command.add_command(list_takes)
command.add_command(save)
command.add_command(drop)


@command.command("merge")
@click.argument("files", nargs=-1, required=True, type=ExistingPath(dir_okay=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output; it may be one of FILES.",
)
@click.option(
    "--decide",
    type=click.Choice([decide.value for decide in Decide]),
    help="Whose picks choose a take. Default: what the first file says.",
)
def merge(files: tuple[Path, ...], output: Path | None, decide: str | None) -> int:
    """Combine several listeners' FILES into one.

    Every listener's opinions are kept under the listener's name. That one listener says two things
    of the same audio is an error (exit 2). A file with git's conflict markers counts as two, one
    for each side.
    """
    from songbatch.documents.selects_file import is_all_said, load_selects, merge_selects  # noqa: PLC0415  (loads the YAML parser)

    sides = [(path, side) for path in files for side in _sides(_source(path))]
    read = [load_selects(side) for _, side in sides]
    merged = merge_selects(read, Decide(decide) if decide else None)
    diagnostics = sorted(set(merged.diagnostics), key=sort_key)
    print_diagnostics(diagnostics)
    if has_errors(diagnostics):
        return EXIT_INVALID
    commented = dict.fromkeys(
        path
        for (path, side), one in zip(sides, read, strict=True)
        if not is_all_said(one.selects, side.text)
    )
    _guard_comments(list(commented), output)
    text = merged.selects.dump()
    if output is None:
        click.echo(text, nl=False)
        return EXIT_DONE
    write_named(output, text, fix="write to another file with -o")
    listeners = count(len(merged.selects.listeners), "listener")
    chosen = count(len(merged.selects.chosen), "take")
    click.echo(printable(f"{output}: {listeners}, {chosen} chosen"))
    return EXIT_DONE


def _guard_comments(commented: Sequence[Path], output: Path | None) -> None:
    """Warn of files whose comments are left out. Raises UsageError if one would be replaced."""
    for path in commented:
        if output is not None and os.path.realpath(path) == os.path.realpath(output):
            raise UsageError(
                f"{path} has comments, which would be lost",
                fix="write to another file with -o, or unite the lines by hand",
            )
    for path in commented:
        click.echo(printable(f"warning: {path} has comments, which are left out"), err=True)


def _sides(source: Source) -> list[Source]:
    from songbatch.sources import Source  # noqa: PLC0415

    sides = parted(source.text) if find_conflict(source.text) is not None else None
    texts = (source.text,) if sides is None else sides[1:]
    return [Source(source.path, text) for text in texts]


def _source(path: Path) -> Source:
    from songbatch.files.encodings import as_source  # noqa: PLC0415
    from songbatch.sources import Unreadable  # noqa: PLC0415

    data = read_named(path, fix="name files of selects", limit=MAX_SELECTS_BYTES)
    try:
        return as_source(str(path), data)
    except Unreadable as error:
        raise UsageError(f"{path}: {error.reason}", fix=error.fix) from error
