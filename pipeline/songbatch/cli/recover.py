"""`songbatch recover`: which render a loose MP3 is, and what made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from songbatch.audio.tags import untagged
from songbatch.diagnostics import UsageError, printable, printable_json
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED
from songbatch.files.named import UnusableFile, read_named, write_named
from songbatch.outputs.provenance import NotOurs, Origin, origin

if TYPE_CHECKING:
    from collections.abc import Iterator

LABEL_WIDTH = 13


@click.command("recover")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--received",
    metavar="NEW",
    type=click.Path(path_type=Path),
    help="Write the one FILE as it was received, with the tags it came with, to NEW.",
)
def command(files: tuple[Path, ...], as_json: bool, received: Path | None) -> int:
    """Show which spec, song, take, lyrics and references made each FILE, from its tag alone.

    Any MP3 that songbatch wrote will do, wherever it is and whatever it is called now.
    """
    if received is not None and len(files) != 1:
        raise UsageError("--received writes one file", fix="name one FILE")
    origins: list[tuple[Path, Origin]] = []
    unknown: list[tuple[Path, NotOurs]] = []
    for file in files:
        try:
            origins.append((file, _read(file)))
        except NotOurs as error:
            unknown.append((file, error))
    if as_json:
        click.echo(printable_json(_as_json(origins, unknown)))
    else:
        click.echo("\n\n".join("\n".join(_lines(*one)) for one in origins), nl=bool(origins))
        for file, why in unknown:
            click.echo(printable(f"error: {file}: {why}"), err=True)
            click.echo(printable(f"  fix: {why.fix}"), err=True)
    if received is not None and origins:
        _write_received(*origins[0], received)
    return EXIT_FAILED if unknown else EXIT_DONE


def _read(file: Path) -> Origin:
    try:
        return origin(read_named(file, fix="name an MP3 file that songbatch wrote"))
    except UnusableFile as error:
        raise NotOurs(error.reason, error.fix) from error


def _write_received(file: Path, one: Origin, new: Path) -> None:
    """Write a file as it was received. Raises UsageError if it cannot be had back."""
    if one.audio_sha256 is None:
        raise UsageError(
            f"{file}: what was received is not in its tag",
            fix="look for it in .songbatch/store, under the manifest's audio_sha256",
        )
    data = untagged(read_named(file, fix="name an MP3 file that songbatch wrote"))
    write_named(new, data, fix="name a file in a folder that exists")


def _as_json(
    origins: list[tuple[Path, Origin]], unknown: list[tuple[Path, NotOurs]]
) -> dict[str, Any]:
    return {
        "recovered": [
            {"file": str(file), "id": one.id, **msgspec.to_builtins(one)} for file, one in origins
        ],
        "unknown": [
            {"file": str(file), "problem": str(error), "fix": error.fix} for file, error in unknown
        ],
    }


def _lines(file: Path, one: Origin) -> Iterator[str]:
    yield click.style(printable(f"{file}: {one.id}"), bold=True)
    yield from _row("engine", one.engine)
    for role in ("voice", "instrumental"):
        use = one.inputs.get(role)
        if isinstance(use, dict):
            yield from _row(role, f"a {use.get('purpose')} reference, sha256 {use.get('sha256')}")
    yield from _row("key", one.key)
    if not one.intact:
        yield from _row("", "which is not that of its inputs: somebody has edited this tag")
    yield from _row("received as", one.audio_sha256 or "")
    for name, text in one.tags.items():
        yield from _row(name.replace("_", " "), text)
    yield from _row("cover", "yes" if one.has_cover else "")
    yield from _row("note", one.note)
    yield from _row("lyrics", str(one.inputs.get("lyrics", "")))


def _row(name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n") if text else ()):
        label = name if number == 0 else ""
        yield f"  {label:<{LABEL_WIDTH}}{printable(line)}".rstrip()
