"""`songbatch credits`: what made each song, the recordings it follows, and their rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.options import format_options, project_option
from songbatch.cli.session import print_warning, read_verdicts
from songbatch.cli.views.choice import credits_formats
from songbatch.diagnostics import SongbatchError, UsageError
from songbatch.exit_codes import EXIT_DONE
from songbatch.outputs.credits import picked_audio, picked_earlier, song_credits
from songbatch.outputs.manifests import recorded_manifests
from songbatch.plan.selection import matching, near_name
from songbatch.run.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.cli.views.choice import Show
    from songbatch.outputs.credits import SongCredits
    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Entry, Manifest, ManifestId
    from songbatch.selects import Selects

FORMATS = credits_formats()


@click.command("credits")
@click.argument("words", nargs=-1, metavar="[SPEC|ID]...")
@project_option
@click.option("--engine", metavar="NAME[/MODEL]", help="Only what this engine rendered.")
@format_options(FORMATS, "For people, for a page, for programs, or for spreadsheets.")
def command(
    words: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    show: Show[list[SongCredits]],
) -> int:
    """List what made each song, and the recordings that it follows, with their rights.

    Of a song of which takes were picked, only those are listed. SPEC and ID (default: everything
    that was rendered) are as for render. Rights are what the spec said at the last render; after a
    change, render writes them down for free.
    """
    session = Session.open(project)
    every = recorded_manifests(session.workspace)
    recorded = {place: m for place, m in every.items() if engine in {None, place[1]}}
    manifests = [manifest.without_parts() for manifest in recorded.values()]
    selects = read_verdicts(session.workspace)
    takes = [t for t in _earlier(session, every, selects) if engine in {None, t.engine}]
    listed = song_credits(manifests, selects, takes)
    ids = _meant(words, [*(e for m in manifests for e in m if e.done), *takes])
    listed = [one for one in listed if one.id in ids]
    if not listed:
        raise UsageError("no song has been rendered yet", fix="render one: songbatch render")
    click.echo(show(listed))
    for changed in _changed(session, manifests):
        print_warning(changed)
    return EXIT_DONE


def _meant(words: Sequence[str], takes: Sequence[EarlierTake | Entry]) -> frozenset[str]:
    """Return the ids that words mean, all without words. Raises UsageError for a word of none."""
    if not words:
        return frozenset(take.id for take in takes)
    ids: set[str] = set()
    for word in words:
        found = matching(word, takes)
        if not found:
            raise UsageError(
                f"no song that was rendered is {word!r}",
                fix=near_name(word, takes) or "songbatch credits lists all",
            )
        ids |= found
    return frozenset(ids)


def _earlier(
    session: Session, recorded: Mapping[ManifestId, Manifest], selects: Selects
) -> list[EarlierTake]:
    """Return the takes that listeners chose and that no manifest lists any more."""
    manifests = list(recorded.values())
    gone = picked_earlier(picked_audio(manifests, selects), manifests)
    if not gone:
        return []
    from songbatch.report.sources import find_earlier  # noqa: PLC0415  (few picks are of the past)

    takes = find_earlier(session.workspace, session.blobs, recorded, session.ledger_state())
    by_audio = {(t.engine, t.audio_sha256): t for t in takes if t.entry is not None}
    return [take for audio, take in sorted(by_audio.items()) if audio in gone]


def _changed(session: Session, manifests: Sequence[Manifest]) -> Iterator[SongbatchError]:
    """Yield what the specs say of rights now and manifests do not, if the specs can be read."""
    try:
        batch = session.load((), None, {})
    except UsageError:
        return
    names = sorted({name for m in manifests for name in _rewritten(m, batch)})
    if names:
        yield UsageError(
            f"the specs say other rights now of: {', '.join(names)}",
            fix="songbatch render writes them down; that is free",
        )


def _rewritten(manifest: Manifest, batch: Batch) -> Iterator[str]:
    """Yield the references of a manifest whose rights the spec has changed."""
    now, tracks = batch.references.get(manifest.spec, {}), batch.tracks.get(manifest.spec, {})
    for name, one in manifest.references.items():
        is_same = name in tracks and tracks[name].sha256 == one.sha256
        if is_same and now[name].rights != one.rights:
            yield f"{manifest.spec}/{name}"
