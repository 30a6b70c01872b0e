"""`songbatch lyrics`: pasted lyrics made tidy; how long lyrics are."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.lyric_meter import meter
from songbatch.diagnostics import UsageError, printable
from songbatch.exit_codes import EXIT_DONE
from songbatch.files.named import read_named, write_named
from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from songbatch.lyrics.pasted_lines import Mark

MAX_LYRICS_BYTES = 2**20
_FIX = "name a text file of lyrics, or a spec"
_SPECS = {".yaml", ".yml"}


@click.group("lyrics")
def command() -> None:
    """Work with lyrics: tidy what was pasted, see how long they are."""


command.add_command(meter)


@command.command("tidy")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--song", help="Of a spec, the song whose inline lyrics are meant. Default: all.")
@click.option("--write", is_flag=True, help="Change the file. Default: only show what would be.")
def tidy(file: Path, song: str | None, *, write: bool) -> int:
    """Take out of FILE what pages and programs wrote into lyrics, and write repeats out.

    FILE is a text file of lyrics, a template of them, or a spec, whose comments and layout stay.
    Prints a diff; only lines in it are changed. Words are never dropped.
    """
    from songbatch.files.encodings import text_and_form  # noqa: PLC0415
    from songbatch.sources import Unreadable  # noqa: PLC0415

    data = read_named(file, fix=_FIX, limit=MAX_LYRICS_BYTES)
    try:
        text, form = text_and_form(str(file), data)
    except Unreadable as error:
        raise UsageError(f"{file}: {error.reason}", fix=error.fix) from error
    is_spec = file.suffix.lower() in _SPECS
    if song is not None and not is_spec:
        raise UsageError(f"{file} is no spec, and has no songs", fix="omit --song")
    changed, marks = _in_spec(file, text, song) if is_spec else _in_text(text)
    if changed == text:
        click.echo(printable(f"{file}: nothing to tidy"))
        return EXIT_DONE
    if write:
        try:
            new = form.bytes_of(changed)
        except UnicodeEncodeError as error:
            raise UsageError(
                f"{file}: its encoding, {form.codec}, has no {error.object[error.start]!r}",
                fix="save the file as UTF-8 first",
            ) from error
        write_named(file, new, fix=_FIX)
    for line in _diff(str(file), text, changed):
        click.echo(line)
    click.echo(printable(_summary(file, marks, is_written=write)), err=True)
    return EXIT_DONE


def _in_text(text: str) -> tuple[str, Sequence[Mark]]:
    """Return a text of lyrics without pasted marks; lines that stay have their own line ends."""
    from songbatch.lyrics import is_template  # noqa: PLC0415
    from songbatch.lyrics.pasted import tidied  # noqa: PLC0415

    parts = re.split(r"(\r\n|\r|\n)", text)
    lines, ends = parts[::2], parts[1::2]
    usual = ends[0] if ends else "\n"
    result = tidied("\n".join(lines), is_template=is_template(text))
    kept = [
        line.text + (ends[line.number - 1] if line.number <= len(ends) else usual)
        for line in result.lines
    ]
    if kept and result.lines[-1].number > len(ends):
        kept[-1] = result.lines[-1].text
    return "".join(kept), result.marks


def _in_spec(file: Path, text: str, song: str | None) -> tuple[str, Sequence[Mark]]:
    from songbatch.sources import Source  # noqa: PLC0415
    from songbatch.spec.tidy_spec import CannotTidy, tidied_spec  # noqa: PLC0415

    try:
        result = tidied_spec(Source(str(file), text), song)
    except CannotTidy as error:
        raise UsageError(f"{file}: {error}", fix=error.fix) from error
    return result.text, result.marks


def _diff(name: str, old: str, new: str) -> Iterable[str]:
    """Yield the lines of a unified diff, safe to print."""
    before, after = (re.split(r"\r\n|\r|\n", text) for text in (old, new))
    for line in difflib.unified_diff(before, after, name, f"{name} (tidy)", lineterm=""):
        yield printable(line)


def _summary(file: Path, marks: Sequence[Mark], *, is_written: bool) -> str:
    kinds = Counter(mark.kind for mark in marks)
    told = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()))
    found = f"{count(len(marks), 'mark')} ({told})" if told else "what nobody sees"
    if is_written:
        return f"{file}: tidied, {found}"
    return f"{file}: {found}; nothing is changed yet, add --write"
