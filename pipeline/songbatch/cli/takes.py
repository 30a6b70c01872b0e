"""Earlier takes on the command line: listed, saved as files, and no longer chosen."""

from __future__ import annotations

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
from songbatch.formatting import clock, count
from songbatch.layout import SELECTS_NAME
from songbatch.plan.selection import matching

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Manifest, ManifestId
    from songbatch.run.session import Session
    from songbatch.selects import Heard, Opinion, Selects

DIGITS = 12
"""Of a digest, as shown; so many, or more, name a take."""


def _open(project: Path | None) -> Session:
    # `songbatch selects merge` needs no project, and should not wait for what reads one.
    from songbatch.run.session import Session  # noqa: PLC0415

    return Session.open(project)


def _earlier(
    session: Session, recorded: Mapping[ManifestId, Manifest] | None = None
) -> list[EarlierTake]:
    """Return the earlier takes of a project, the newest first; `recorded` are its manifests."""
    from songbatch.outputs.earlier import earlier_takes  # noqa: PLC0415  (see `_open`)
    from songbatch.outputs.manifests import recorded_manifests  # noqa: PLC0415

    if recorded is None:
        recorded = recorded_manifests(session.workspace)
    state = session.workspace.state
    return earlier_takes(state, session.blobs, recorded.values(), session.ledger_state())


@click.command("list")
@click.argument("patterns", nargs=-1, metavar="[GLOB]...")
@project_option
def list_takes(patterns: tuple[str, ...], project: Path | None) -> None:
    """List earlier takes: audio that songs had before, and that the store still has.

    GLOB is an id, or a part of one, as for --select. The newest come first.
    """
    session = _open(project)
    takes = _earlier(session)
    if patterns:
        wanted = set().union(*(matching(pattern, takes) for pattern in patterns))
        takes = [take for take in takes if take.id in wanted]
    opinions = read_verdicts(session.workspace).opinions
    for take in takes:
        click.echo(printable(_line(take, opinions)))
    if takes:
        click.echo(
            f"\n{count(len(takes), 'earlier take')}; "
            + pasteable("songbatch selects save DIGEST makes a file")
        )
    else:
        click.echo("No earlier takes: no song has had other audio that the store still has.")


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
    takes = _earlier(session)
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
    if take.entry is None or take.identity is None:
        data, name = session.blobs.read(take.audio_sha256), "take.audio"
    else:
        from songbatch.outputs.earlier_output import output_of  # noqa: PLC0415  (see `_open`)

        data = b"".join(output_of(take.entry, take.identity, session.blobs, session.workspace))
        name = take.entry.output.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    target = output or Path(f"{stem}-{take.audio_sha256[:8]}{dot}{suffix}")
    write_named(target, data, fix="write elsewhere with -o FILE")
    click.echo(printable(f"{target}: {take.id}, sha256 {sha256(data)[:DIGITS]}…"))


@click.command("drop")
@click.argument("renders", nargs=-1, required=True, metavar="ID...")
@project_option
def drop(renders: tuple[str, ...], project: Path | None) -> None:
    """Take back picks of audio that renders do not have any more; those of what they have now stay.

    ID is that of a render, such as friends/lanterns/1. Ratings and notes stay.
    """
    session = _open(project)
    selects = read_verdicts(session.workspace)
    dropped = list(_dropped(session, selects, renders))
    for name in renders:
        if not any(name in names for _, names in dropped):
            click.echo(printable(f"{name}: nothing is picked that it had before"))
    if not dropped:
        return
    gone = [opinion for opinion, _ in dropped]
    opinions = tuple(
        msgspec.structs.replace(one, pick=False) if one in gone else one for one in selects.opinions
    )
    after = msgspec.structs.replace(selects, opinions=opinions)
    session.workspace.write(SELECTS_NAME, after.dump())
    taken = f"{SELECTS_NAME}: {count(len(gone), 'pick')} taken back."
    click.echo(f"{taken} {pasteable('Next: songbatch render')}")


def _dropped(
    session: Session, selects: Selects, renders: Sequence[str]
) -> Iterator[tuple[Opinion, set[str]]]:
    from songbatch.outputs.manifests import recorded_manifests  # noqa: PLC0415  (see `_open`)

    recorded = recorded_manifests(session.workspace)
    now = {
        (engine, entry.audio_sha256)
        for (_, engine), manifest in recorded.items()
        for entry in manifest
    }
    earlier = _earlier(session, recorded)
    for one in selects.opinions:
        heard = one.heard
        if one.pick and (heard.engine, heard.audio_sha256) not in now:
            names = {heard.render, *(take.id for take in earlier if _is_of(heard, take))}
            if names & set(renders):
                yield one, names
