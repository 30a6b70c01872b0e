"""`songbatch gc`: drop stored bytes that neither a manifest nor a spec nor a listener needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from songbatch.cli.consent import ask, can_ask
from songbatch.cli.numbers import age
from songbatch.cli.options import project_option, store_option
from songbatch.cli.pasting import pasteable
from songbatch.cli.session import print_diagnostics, tell_waiting
from songbatch.cli.views.garbage import garbage_lines, paid_usd, totals
from songbatch.diagnostics import InvalidSpecs, Refused, Severity, printable
from songbatch.formatting import count, money, size
from songbatch.layout import SETTINGS_NAME
from songbatch.outputs.earlier import EarlierTakes, earlier_takes
from songbatch.outputs.garbage import garbage, still_heard
from songbatch.outputs.manifests import recorded_manifests
from songbatch.outputs.wanted import Wanted, count_left_overs, forget_left_overs
from songbatch.run.session import Session
from songbatch.store.conversions import Conversions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Manifest, ManifestId
    from songbatch.store.blobs import Blob


class UnneededBlobs(msgspec.Struct, frozen=True):
    """What may be dropped, what is known of the songs among it, and which earlier takes stay."""

    blobs: Sequence[Blob]
    songs: dict[str, EarlierTake]
    """By digest."""
    kept: Sequence[Blob]
    recorded: Mapping[ManifestId, Manifest]
    wanted: Wanted
    left_over: int
    """Entries of manifests without audio that are not wanted."""
    conversions: Sequence[tuple[str, int]]
    """What was made of recordings that no spec names: files, and bytes."""
    variants: frozenset[str]
    """Ids, without takes, of what the specs have."""


@click.command("gc")
@project_option
@click.option("--dry-run", is_flag=True, help="Only list what would be dropped.")
@click.option(
    "--earlier",
    is_flag=True,
    help="Drop earlier takes, too: of songs that have other audio now, if nobody picked, rated or "
    "noted them.",
)
@click.option(
    "--shared", is_flag=True, help="Look through the shared store instead; drops only with --yes."
)
@click.option(
    "--older-than",
    callback=age,
    default="90d",
    show_default=True,
    metavar="AGE",
    help="Of the shared store, what has been there for so long: 90d, 12w, 36h.",
)
@store_option
@click.option("--yes", is_flag=True, help="Drop audio that was paid for without asking.")
@click.option("--no-wait", is_flag=True, help="Exit 4 if another run is working on the project.")
def command(
    project: Path | None,
    dry_run: bool,
    earlier: bool,
    shared: bool,
    older_than: float,
    store: str | None,
    yes: bool,
    no_wait: bool,
) -> None:
    """Drop audio and downloads that no manifest under outputs/ names and no spec asks for.

    That includes the audio of songs that are no longer in a spec: bringing such a song back would
    request it, and pay for it, again. Earlier takes of songs that are in a spec stay, unless
    --earlier is given; what listeners said something of is never dropped, and nothing is while a
    spec lies in a folder below specs/.

    With --shared: songs of the shared store that no spec and no manifest of any branch or tag
    names. They are listed; --yes drops them.
    """
    session = Session.open(project)
    if shared:
        from songbatch.cli.shared_gc import collect_shared  # noqa: PLC0415  (loads what shares)

        collect_shared(session, store, older_than, drops=yes and not dry_run)
        return
    if dry_run:
        _show(_collect(session, earlier=earlier), "Would drop")
        return
    with session.lock(wait=not no_wait, on_wait=tell_waiting):
        collected = _collect(session, earlier=earlier)
        if not yes:
            _demand_consent(collected)
        for blob in collected.blobs:
            session.blobs.drop(blob.sha256)
        conversions = Conversions(session.workspace.state)
        for path, _ in collected.conversions:
            conversions.drop(path)
        forget_left_overs(session.workspace, collected.recorded, collected.wanted)
        takes = EarlierTakes(session.workspace.state, session.blobs)
        takes.forget({blob.sha256 for blob in collected.blobs})
        _show(collected, "Dropped")


def _collect(session: Session, *, earlier: bool) -> UnneededBlobs:
    batch = session.load((), None, {})
    unread = _unread(session, batch)
    state = session.ledger_state()
    recorded, blobs = recorded_manifests(session.workspace), list(session.blobs)
    manifests = recorded.values()
    takes = earlier_takes(session.workspace.state, session.blobs, manifests, state)
    heard, own = still_heard(takes, batch), session.blobs.own_encodings.known()

    def unneeded(besides: Sequence[EarlierTake]) -> list[Blob]:
        return garbage(blobs, batch, manifests, state.receipts, state.names, unread, besides, own)

    all_of_it, dropped = unneeded(()), unneeded(() if earlier else heard)
    digests = {blob.sha256 for blob in dropped}
    stay = [blob for blob in all_of_it if blob.sha256 not in digests]
    songs = {own.get(take.audio_sha256, take.audio_sha256): take for take in reversed(takes)}
    variants = frozenset(render.id.rpartition("/")[0] for render in batch.renders)
    wanted = Wanted.of(batch)
    left = count_left_overs(recorded, wanted)
    tracks = [track for named in batch.tracks.values() for track in named.values()]
    conversions = Conversions(session.workspace.state)
    unneeded_wavs = list(conversions.unneeded({(track.sha256, track.cut) for track in tracks}))
    return UnneededBlobs(dropped, songs, stay, recorded, wanted, left, unneeded_wavs, variants)


def _show(collected: UnneededBlobs, verb: str) -> None:
    for line in garbage_lines(collected.blobs, collected.songs, collected.variants):
        click.echo(printable(line))
    if collected.conversions:
        bytes_ = sum(number for _, number in collected.conversions)
        click.echo(f"WAV made of recordings that no spec names: {size(bytes_)}")
    if collected.left_over:
        click.echo(f"without audio, and no spec asks for it: {collected.left_over:,}, 0 B")
    click.echo(totals(verb, collected.blobs, collected.songs))
    if collected.kept:
        click.echo(
            f"{totals('Kept', collected.kept, {}, noun='earlier take')} "
            + pasteable("songbatch gc --earlier drops those")
        )


def _demand_consent(collected: UnneededBlobs) -> None:
    """Ask before what was paid for is dropped. Raises Refused if the answer is no, or nobody's."""
    paid = paid_usd(collected.blobs, collected.songs)
    if not paid:
        return
    what = f"{count(len(paid), 'song')} that cost {money(sum(paid))}"
    if not can_ask():
        raise Refused(
            f"{what} would be dropped; making them again costs as much again",
            fix="look at the list: songbatch gc --dry-run; if all of it may go: songbatch gc --yes",
        )
    if not ask(f"Drop {what}?"):
        raise Refused("nothing was dropped", fix="--yes answers yes")


def _unread(session: Session, batch: Batch) -> set[str]:
    """Return the specs whose engine is not there any more: nobody knows what they want.

    Raises InvalidSpecs for any other mistake.
    """
    print_diagnostics(batch.diagnostics)
    errors = [found for found in batch.diagnostics if found.severity is Severity.ERROR]
    if any(found.code not in {"engine.unknown", "engine.settings"} for found in errors):
        raise InvalidSpecs(batch.diagnostics)
    specs = {spec.name for spec in session.workspace.specs()}
    if any(found.span.path == SETTINGS_NAME for found in errors):
        return specs
    return specs - {spec.name for spec in batch.specs}
