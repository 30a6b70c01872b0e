"""Earlier takes on the command line: listed, saved as files, and no longer chosen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from songbatch.cli.options import project_option
from songbatch.cli.pasting import pasteable
from songbatch.cli.session import read_verdicts
from songbatch.diagnostics import UsageError, did_you_mean, printable
from songbatch.digest import sha256
from songbatch.files.named import write_named
from songbatch.formatting import clock, count, enumerated
from songbatch.layout import SELECTS_NAME
from songbatch.plan.selection import matching, near_name
from songbatch.selects import DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Manifest, ManifestId
    from songbatch.run.session import Session
    from songbatch.selects import Heard, Opinion, Selects


def _open(project: Path | None) -> Session:
    # `songbatch selects merge` needs no project, and should not wait for what reads one.
    from songbatch.run.session import Session  # noqa: PLC0415

    return Session.open(project)


def _recorded(session: Session) -> Mapping[ManifestId, Manifest]:
    from songbatch.outputs.manifests import recorded_manifests  # noqa: PLC0415  (see `_open`)

    return recorded_manifests(session.workspace)


def _earlier(session: Session, recorded: Mapping[ManifestId, Manifest]) -> list[EarlierTake]:
    """Return the earlier takes of a project, the newest first; `recorded` are its manifests."""
    from songbatch.report.sources import find_earlier  # noqa: PLC0415  (see `_open`)

    return find_earlier(session.workspace, session.blobs, recorded, session.ledger_state())


@click.command("list")
@click.argument("patterns", nargs=-1, metavar="[GLOB]...")
@project_option
@click.option("--engine", metavar="NAME[/MODEL]", help="Only what this engine rendered.")
def list_takes(patterns: tuple[str, ...], project: Path | None, engine: str | None) -> None:
    """List earlier takes: audio that songs had before, and that the store still has.

    GLOB is an id, or a part of one, as for --select. The newest come first.
    """
    session = _open(project)
    recorded = _recorded(session)
    everything = _earlier(session, recorded)
    earlier = takes = [take for take in everything if engine in {None, take.engine}]
    if patterns and earlier:
        now = list(_takes_of_now(recorded.values()))
        wanted = set().union(*(_named(pattern, now, earlier) for pattern in patterns))
        takes = [take for take in earlier if take.id in wanted]
    opinions = read_verdicts(session.workspace).opinions
    for take in takes:
        click.echo(printable(_line(take, opinions)))
    if takes:
        click.echo(
            f"\n{count(len(takes), 'earlier take')}; "
            + pasteable("songbatch selects save DIGEST makes a file")
        )
    elif earlier:
        click.echo(
            printable(f"No earlier takes of {enumerated(patterns)}{_on(engine)}; ")
            + pasteable(f"songbatch selects list shows all {len(everything):,}")
        )
    elif everything:
        engines = enumerated(sorted({take.engine for take in everything if take.engine}))
        click.echo(printable(f"No earlier takes of {engine}; there are some of {engines}"))
    else:
        click.echo("No earlier takes: no song has had other audio that the store still has.")


def _on(engine: str | None) -> str:
    return "" if engine is None else f" on {engine}"


def _named(pattern: str, now: Sequence[EarlierTake], earlier: Sequence[EarlierTake]) -> set[str]:
    """Return the ids of earlier takes that a pattern means. Raises UsageError for no song."""
    if found := matching(pattern, earlier):
        return found
    if matching(pattern, now):
        return set()
    near = near_name(pattern, [*now, *earlier])
    raise UsageError(
        f"{pattern!r} is no song that has audio here, or had any",
        fix=near or "songbatch selects list shows all that are earlier",
    )


def _takes_of_now(recorded: Iterable[Manifest]) -> Iterator[EarlierTake]:
    """Yield what renders have now, in the form of earlier takes."""
    from songbatch.outputs.earlier import of_entry  # noqa: PLC0415  (see `_open`)

    for manifest in recorded:
        yield from (
            of_entry(entry, manifest.engine) for entry in manifest.without_parts() if entry.done
        )


def _line(take: EarlierTake, opinions: Sequence[Opinion]) -> str:
    pickers = [o.listener for o in opinions if o.pick and _is_of(o.heard, take)]
    facts = [
        take.audio_sha256[:DIGITS],
        f"{take.id} on {take.engine}" if take.engine else take.id,
        clock(take.seconds),
        f"received {take.at}" if take.at else "",
        f"picked by {', '.join(sorted(pickers))}" if pickers else "",
    ]
    return "  ".join(fact for fact in facts if fact)


def _is_of(heard: Heard, take: EarlierTake) -> bool:
    return heard.audio_sha256 == take.audio_sha256 and heard.engine == take.engine


@click.command("save")
@click.argument("digest")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to. Default: the name of its output, with the digest, in this folder.",
)
@project_option
def save(digest: str, output: Path | None, project: Path | None) -> None:
    """Save an earlier take as a file; DIGEST is the beginning of one that `selects list` shows."""
    session = _open(project)
    takes = _earlier(session, _recorded(session))
    found = {t.audio_sha256: t for t in takes if t.audio_sha256.startswith(digest.lower())}
    if len(digest) < DIGITS:
        raise UsageError(
            f"{digest!r} is too short: {DIGITS} digits name a take",
            fix="songbatch selects list shows them",
        )
    if len(found) != 1:
        near = did_you_mean(digest, [take.audio_sha256[:DIGITS] for take in takes])
        reason = f"{len(found)} earlier takes have" if found else "no earlier take has"
        raise UsageError(
            f"{reason} a digest that begins with {digest!r}",
            fix=near or f"songbatch selects list shows {DIGITS} digits of each",
        )
    (take,) = found.values()
    from songbatch.outputs.earlier_output import bare_output, output_of  # noqa: PLC0415  (see `_open`)

    if take.entry is None or take.identity is None:
        data, suffix = bare_output(session.blobs.read(take.audio_sha256))
        name = f"take.{suffix}"
    else:
        data = b"".join(output_of(take.entry, take.identity, session.blobs, session.workspace))
        name = take.entry.output.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    target = output or Path(f"{stem}-{take.audio_sha256[:8]}{dot}{suffix}")
    write_named(target, data, fix="write elsewhere with -o FILE")
    click.echo(printable(f"{target}: {take.id}, sha256 {sha256(data)[:DIGITS]}…"))


@click.command("drop")
@click.argument("names", nargs=-1, required=True, metavar="ID|DIGEST...")
@click.option("--listener", metavar="NAME", help="Take back only what this listener picked.")
@project_option
def drop(names: tuple[str, ...], listener: str | None, project: Path | None) -> None:
    """Take back picks of audio that renders do not have any more; those of what they have now stay.

    ID is that of a render, such as friends/lanterns/1, and means all that it had before, on all
    engines; friends/lanterns/1@sketch is on one. DIGEST, as `selects list` shows it, means one of
    them. Ratings and notes stay.
    """
    session = _open(project)
    selects = read_verdicts(session.workspace)
    if listener is not None and listener not in selects.listeners:
        raise UsageError(
            f"no listener {listener!r} has picked, rated or noted anything",
            fix=did_you_mean(listener, selects.listeners) or _listeners(selects),
        )
    recorded = _recorded(session)
    earlier, now = _earlier(session, recorded), list(_takes_of_now(recorded.values()))
    _demand_known(names, {*_names([*now, *earlier]), *_names_of_heard(selects)})
    dropped = [
        (opinion, meant)
        for opinion, called in _picks_of_earlier(selects, now, earlier)
        if listener in {None, opinion.listener} and (meant := _meant(names, called))
    ]
    for name in dict.fromkeys(names):
        if not any(name in meant for _, meant in dropped):
            click.echo(printable(f"{name}: nothing is picked that it had before"))
    if not dropped:
        return
    gone = [opinion for opinion, _ in dropped]
    opinions = tuple(
        msgspec.structs.replace(one, pick=False) if one in gone else one for one in selects.opinions
    )
    after = msgspec.structs.replace(selects, opinions=opinions)
    session.workspace.write(SELECTS_NAME, after.dump())
    whose = ", ".join(sorted({one.listener for one in gone}))
    click.echo(
        printable(f"{SELECTS_NAME}: {count(len(gone), 'pick')} taken back, of {whose}. ")
        + pasteable("Next: songbatch render")
    )


def _meant(names: Sequence[str], called: set[str]) -> set[str]:
    """Return those of `names` that mean what is `called` so, by its ids and its digest."""
    return {
        name
        for name in names
        if name in called
        or (_is_digest(name) and any(one.startswith(name.lower()) for one in called))
    }


def _is_digest(name: str) -> bool:
    return len(name) >= DIGITS and "/" not in name


def _listeners(selects: Selects) -> str:
    if not selects.listeners:
        return "omit --listener"
    return f"name {' or '.join(sorted(selects.listeners))}, or omit --listener: all of them count"


def _demand_known(names: Iterable[str], known: set[str]) -> None:
    """Raise UsageError for a name that is neither an id nor the beginning of a digest."""
    for name in names:
        if not _meant([name], known):
            # An engine is only spoken of to those who name one.
            told = [one for one in known if "@" in name or "@" not in one]
            shown = {one if "/" in one else one[:DIGITS] for one in told}
            near = did_you_mean(name, shown) or did_you_mean(name.lower(), shown)
            begun = [one for one in sorted(shown) if one.startswith(name.lower())]
            if len(begun) == 1:
                near = f'did you mean "{begun[0]}"?'
            if len(name) < DIGITS and _HEX.fullmatch(name):
                reason = f"{name!r} is too short: {DIGITS} digits name a take"
            else:
                reason = f"there is no render {name!r}, and no audio with such a digest"
            raise UsageError(reason, fix=near or "songbatch selects list shows earlier takes")


_HEX = re.compile("[0-9a-fA-F]+")


def _names(takes: Iterable[EarlierTake]) -> Iterator[str]:
    for take in takes:
        yield from (take.id, f"{take.id}@{take.engine}", take.audio_sha256)


def _names_of_heard(selects: Selects) -> Iterator[str]:
    for opinion in selects.opinions:
        heard = opinion.heard
        yield from (heard.render, f"{heard.render}@{heard.engine}", heard.audio_sha256)


def _picks_of_earlier(
    selects: Selects, now: Iterable[EarlierTake], earlier: Sequence[EarlierTake]
) -> Iterator[tuple[Opinion, set[str]]]:
    """Yield the picks of audio that no render has now, with its ids and its digest."""
    here: set[tuple[str, str | None]] = {(take.engine, take.audio_sha256) for take in now}
    here |= {(take.engine, take.song_sha256) for take in now if take.song_sha256}
    for one in selects.opinions:
        heard = one.heard
        names = {heard.audio_sha256, one.song_sha256 or heard.audio_sha256}
        if one.pick and here.isdisjoint((heard.engine, name) for name in names):
            ids = {heard.render, *(take.id for take in earlier if _is_of(heard, take))}
            yield one, {heard.audio_sha256, *ids, *(f"{name}@{heard.engine}" for name in ids)}
