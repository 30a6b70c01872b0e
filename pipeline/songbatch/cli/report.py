"""`songbatch report`: a page to listen to what was rendered, to compare and to choose."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.options import profile_option, project_option, specs_argument
from songbatch.cli.pasting import pasteable
from songbatch.cli.session import engine_of_profile, read_verdicts, wanted_renders
from songbatch.diagnostics import UsageError, printable
from songbatch.files.named import write_page
from songbatch.formatting import count, size
from songbatch.layout import SELECTS_NAME
from songbatch.outputs.manifests import recorded_manifests
from songbatch.run.session import Session
from songbatch.spec_files import no_such_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.report.links import Links
    from songbatch.report.page import Page, Saving
    from songbatch.report.sources import Sources
    from songbatch.workspace import Workspace

DEFAULT = "outputs/report.html"
MANY = 100
"""Waveforms: more take long enough to say so."""


@click.command("report")
@specs_argument
@project_option
@click.option("--engine", metavar="NAME[/MODEL]", help="Only what this engine rendered.")
@profile_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Where the page goes. Default: {DEFAULT}",
)
@click.option(
    "--embed", is_flag=True, help="Put all audio into the page, so that it can be sent on its own."
)
@click.option(
    "--serve",
    "is_served",
    is_flag=True,
    help="Write no file: serve the page on loopback, where it saves to specs/selects.yaml.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8018,
    show_default=True,
    help="With --serve; 0 picks a free one.",
)
def command(
    *,
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    profile: str | None,
    output: Path | None,
    embed: bool,
    is_served: bool,
    port: int,
) -> None:
    """Make one HTML page of everything that was rendered from each SPEC (default: all).

    It plays from disk, without a network: listen, compare takes, pick, rate, note. Your choices
    are saved as selects.yaml, to put beside the specs; with --serve they are written there.
    """
    if is_served and (embed or output is not None):
        raise UsageError("--serve writes no page", fix="omit --embed and --output")
    session = Session.open(project)
    engine = engine_of_profile(session, specs, engine, profile)
    if is_served:
        _serve(session, specs, engine, port)
    else:
        _write(session, specs, engine, output, embed=embed)


def _write(
    session: Session, specs: Sequence[str], engine: str | None, output: Path | None, *, embed: bool
) -> None:
    from songbatch.report.html import listening_page  # noqa: PLC0415
    from songbatch.report.links import EmbeddedLinks, RelativeLinks  # noqa: PLC0415

    workspace = session.workspace
    target = (output or workspace.root / DEFAULT).absolute()
    links = (
        EmbeddedLinks(workspace.read_bytes)
        if embed
        else RelativeLinks(workspace.root, Path(os.path.realpath(target.parent)))
    )
    sources = _sources(session, specs, engine, links)
    page = _page(session, sources)
    text = listening_page(page).encode()
    if output is None:
        workspace.write(DEFAULT, text)
    else:
        write_page(output, text, fix="write elsewhere with -o FILE")
    click.echo(printable(f"{target}: {', '.join([*_contents(page), size(len(text))])}"))
    if sources.left_over:
        click.echo(
            f"left out: {sources.left_over:,} without audio that no spec asks for; "
            + pasteable("songbatch gc drops them")
        )


def _contents(page: Page) -> Iterator[str]:
    from songbatch.report.page import GONE  # noqa: PLC0415

    earlier = sum(card.is_gone for card in page.cards)
    yield count(len(page.cards) - earlier, "song")
    yield count(sum(take.status != GONE for card in page.cards for take in card.takes), "take")
    if earlier:
        yield count(earlier, "earlier song")


def _serve(session: Session, specs: Sequence[str], engine: str | None, port: int) -> None:
    from songbatch.report.html import listening_page  # noqa: PLC0415
    from songbatch.report.links import ServedLinks  # noqa: PLC0415
    from songbatch.report.news import rendered_as_of  # noqa: PLC0415
    from songbatch.report.page import Saving  # noqa: PLC0415
    from songbatch.report.selects import seen, write_selects  # noqa: PLC0415
    from songbatch.serve.listening import (  # noqa: PLC0415
        FILES,
        NEWS,
        SELECTS,
        OneTimeLogin,
        PageState,
        SaveResult,
        build_app,
    )
    from songbatch.serve.server import listen, run, url_of  # noqa: PLC0415

    root = session.workspace.root

    def news() -> str:
        return rendered_as_of(Session.open(root).workspace)

    def show() -> PageState:
        as_of = news()  # what comes while the page is made is news to it
        now, links = Session.open(root), ServedLinks(FILES)
        sources = _sources(now, specs, engine, links)
        page = _page(now, sources, Saving(SELECTS, seen(now.workspace), NEWS, as_of))
        return PageState(listening_page(page), frozenset(links.files))

    def keep(data: bytes, page_saw: str) -> SaveResult:
        workspace = Session.open(root).workspace
        current = seen(workspace)
        if page_saw != current:
            return SaveResult(
                current, f"{SELECTS_NAME} has changed since the page was loaded", stale=True
            )
        refusal = write_selects(workspace, data)
        return SaveResult(seen(workspace), refusal)

    show()  # What is wrong is reported here, not in the browser; and every waveform is drawn.
    door = OneTimeLogin()
    with contextlib.closing(listen("127.0.0.1", port)) as listening:
        url = f"{url_of(listening)}/?token={door.token}"
        app = build_app(session.workspace.open, door, show, keep, news)
        run(
            app,
            listening,
            lambda: click.echo(f"this link works once; Ctrl-C ends the server\nlisten at {url}"),
        )


def _sources(session: Session, specs: Sequence[str], engine: str | None, links: Links) -> Sources:
    """Return what is recorded. Raises UsageError if that is nothing."""
    from songbatch.report.sounds import Sounds  # noqa: PLC0415
    from songbatch.report.sources import find_sources  # noqa: PLC0415

    workspace, blobs = session.workspace, session.blobs
    wanted = _named(specs, workspace) if specs else None
    sounds = Sounds(workspace, blobs, links, _say_drawing)
    recorded = recorded_manifests(workspace)
    return find_sources(
        workspace,
        blobs,
        sounds,
        recorded,
        session.ledger_state(),
        specs=wanted,
        engine=engine,
        wanted=wanted_renders(session, recorded.values(), engine),
    )


def _page(session: Session, sources: Sources, saving: Saving | None = None) -> Page:
    from songbatch.report.gather import gather  # noqa: PLC0415

    return gather(sources, read_verdicts(session.workspace), saving)


def _named(specs: Sequence[str], workspace: Workspace) -> set[str]:
    asked = workspace.asked(specs)
    for word in asked.unknown:
        raise no_such_spec(word, asked.files)
    return {spec.name for spec in asked.files}


def _say_drawing(number: int) -> None:
    if number > MANY:
        click.echo(f"drawing {number:,} waveforms, once", err=True)
