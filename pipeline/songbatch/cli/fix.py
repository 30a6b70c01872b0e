"""`songbatch fix`: a part of a song made anew, as one more take beside the others."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import click

from songbatch.batch.fixed_lyrics import NoSuchLine, sung_lines, with_line
from songbatch.batch.fixes import FIRST_TAKE, Fix, Fixes, parse_fixes
from songbatch.cli import render
from songbatch.cli.numbers import Finite
from songbatch.cli.options import project_option
from songbatch.cli.session import demand_valid
from songbatch.diagnostics import Refused, UsageError, printable
from songbatch.exit_codes import EXIT_DONE
from songbatch.formatting import clock, enumerated, moment
from songbatch.layout import FIXES_NAME
from songbatch.outputs.manifests import read_manifests
from songbatch.plan.selection import matching, near_name
from songbatch.run.session import Session
from songbatch.shell import shell_word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.model import Render
    from songbatch.records import Entry
    from songbatch.workspace import Workspace

_MOMENT = re.compile(r"(?:(\d{1,3}):([0-5]?\d)|(\d{1,5}))(?:\.(\d{1,3}))?")
_MOST_WORDS = 500
"""Characters of a line."""
_MOST_SHOWN = 8
"""Lines that a message lists."""


def _moment(_context: click.Context, _option: click.Parameter, value: str) -> int:
    """Return the milliseconds from a song's start that are written as `0:31` or `31.5`."""
    match = _MOMENT.fullmatch(value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not a time such as 0:31 or 31.5")
    seconds = int(match[3]) if match[3] else 60 * int(match[1]) + int(match[2])
    return 1000 * seconds + int((match[4] or "").ljust(3, "0"))


@click.command("fix")
@click.argument("render_id", metavar="ID")
@click.argument("words", metavar='"NEW LINE"')
@click.option(
    "--from",
    "start",
    required=True,
    callback=_moment,
    metavar="TIME",
    help="Where the part begins, such as 0:31.",
)
@click.option("--to", "end", required=True, callback=_moment, metavar="TIME", help="Where it ends.")
@click.option(
    "--instead",
    metavar="LINE",
    help="The line of the lyrics that it replaces. Default: the one most like it.",
)
@click.option("--engine", metavar="NAME[/MODEL]", help="What it was rendered with, if by --engine.")
@click.option("--max-cost", type=Finite(min=0), metavar="USD", help="Refuse to spend more.")
@click.option("--yes", is_flag=True, help="Spend what it costs without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print events, one JSON object per line.")
@project_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    render_id: str,
    words: str,
    start: int,
    end: int,
    instead: str | None,
    project: Path | None,
    engine: str | None,
    as_json: bool,
    **spending: Any,
) -> int:
    """Make a part of a song anew, with another line, where its engine can.

    What comes of it is one more take, beside the others and to be picked like them; whether all
    around the part stays as it was is up to the engine. It is paid and kept like any song: the
    same fix a second time does nothing. Fixes are written down in specs/fixes.json. The line in
    the spec stays: changing it would ask for the whole song.
    """
    session = Session.open(project)
    batch = session.load((), engine, {})
    demand_valid(batch)
    made = _meant(render_id, batch)
    _demand_able(made, batch)
    entry = _recorded(made, session)
    _demand_inside(start, end, entry)
    lyrics = _lyrics(made, words, instead, (start + end) / 2000 / (entry.seconds or 1))
    known = _known(session.workspace)
    fix = _fix(known, made, entry, start, end, lyrics)
    with _written_down(session.workspace, known, fix):
        code: int = context.invoke(
            render.command,
            specs=(fix.id,),
            project=project,
            engine=engine,
            overrides={},
            as_json=as_json,
            **spending,
        )
    if code == EXIT_DONE and not as_json:
        click.echo(printable(f"{fix.id} is {made.id} from {moment(start)} to {moment(end)} anew."))
    return code


def _meant(word: str, batch: Batch) -> Render:
    """Return the one render that a word means. Raises UsageError for none, and for several."""
    # A part is of the song that it is joined to.
    ids = {one.id for one in batch.songs} & matching(word, batch.renders)
    ids = ids or {one.rpartition("/")[0] for one in matching(word, batch.renders)}
    if len(ids) > 1:  # a song is meant as its spec has it, and not its fixes
        ids = {one for one in ids if int(one.rpartition("/")[2]) < FIRST_TAKE} or ids
    if len(ids) == 1:
        return next(render for render in batch.renders if render.id in ids)
    if ids:
        several = enumerated(sorted(ids)[:_MOST_SHOWN])
        raise UsageError(f"{word!r} is several takes: {several}", fix="name one of them")
    fix = near_name(word, batch.renders) or "songbatch plan --all lists the ids"
    raise UsageError(f"there is no render {word!r}", fix=fix)


def _demand_able(made: Render, batch: Batch) -> None:
    engine, song = made.inputs.engine.name, made.id.rpartition("/")[0]
    if made.parts:
        raise UsageError(
            f"{made.id} is joined of parts: songbatch fix cannot make a piece of it anew",
            fix="edit the line in the lyrics: only the part that has it is rendered again; "
            f"songbatch plan {shell_word(song)} shows which",
        )
    if batch.engines[engine].traits.repaint is None:
        raise UsageError(
            f"{engine} cannot make a part of a song anew",
            fix=f"edit the line in the spec and render all of it: songbatch plan "
            f"{shell_word(song)}; or ask for more `takes` to choose from",
        )


def _recorded(made: Render, session: Session) -> Entry:
    """Return what the manifest has of a render. Raises UsageError if its audio is not here."""
    last = read_manifests(session.workspace, made.inputs.engine.name).get(made.spec)
    entry = next((one for one in last or () if one.id == made.id), None)
    is_there = entry is not None and entry.done and entry.key == made.key
    if entry is None or not is_there or not session.blobs.has(entry.audio_sha256 or ""):
        raise UsageError(
            f"{made.id} is not here as its spec wants it now",
            fix=f"songbatch render {shell_word(made.id)}",
        )
    return entry


def _demand_inside(start: int, end: int, entry: Entry) -> None:
    if not start < end <= 1000 * (entry.seconds or 0) + 1:
        raise UsageError(
            f"the part from {moment(start)} to {moment(end)} is not in {entry.id}, which lasts "
            f"{clock(entry.seconds)}",
            fix="say where the line is sung: --from 0:31 --to 0:38",
        )


def _lyrics(made: Render, words: str, instead: str | None, at: float) -> str:
    """Return the lyrics with the new line. Raises UsageError if it is not clear where it goes."""
    plain = words.strip()
    if not plain or len(plain) > _MOST_WORDS or not plain.isprintable():
        raise UsageError("the new line is not one line of words", fix="give the words of one line")
    lyrics = made.unresolved.lyrics or ""
    try:
        return with_line(lyrics, plain, instead, at)[0]
    except NoSuchLine as error:
        lines = [f"--instead {shell_word(one.words)}" for one in sung_lines(lyrics)]
        raise UsageError(
            str(error), fix="say which line it replaces: " + " | ".join(lines[:_MOST_SHOWN])
        ) from error


def _known(workspace: Workspace) -> Fixes:
    source = workspace.fixes()  # `load` has read it, and found it sound
    return Fixes() if source is None else parse_fixes(source.text)


def _fix(known: Fixes, made: Render, entry: Entry, start: int, end: int, lyrics: str) -> Fix:
    """Return a fix: the same that is there already, or a new one."""
    new = Fix(
        render=made.id,
        engine=made.inputs.engine.name,
        key=made.key,
        audio_sha256=entry.audio_sha256 or "",
        take=known.free_take(made.id.rpartition("/")[0]),
        from_ms=start,
        to_ms=end,
        seconds=made.inputs.duration or entry.seconds_asked or entry.seconds or 0.0,
        lyrics=lyrics,
    )
    for fix in known.fixes:
        if fix == new.but(take=fix.take):
            return fix
    return new


@contextlib.contextmanager
def _written_down(workspace: Workspace, known: Fixes, fix: Fix) -> Iterator[None]:
    """Have a fix among those of the project; if the run is refused before it spends, as before."""
    if fix in known.fixes:
        yield
        return
    workspace.write(FIXES_NAME, known.with_one(fix).dump())
    try:
        yield
    except (Refused, UsageError):
        if known.fixes:
            workspace.write(FIXES_NAME, known.dump())
        else:
            workspace.tree.remove(workspace.tree.resolved(FIXES_NAME))
        raise
