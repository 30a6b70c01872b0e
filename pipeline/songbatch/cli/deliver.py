"""`songbatch deliver`: an album as it is handed over, from what was picked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from songbatch.cli.options import profile_option, project_option
from songbatch.cli.pasting import pasteable
from songbatch.cli.session import demand_valid, print_diagnostics
from songbatch.diagnostics import InvalidSpecs, UsageError, printable
from songbatch.exit_codes import EXIT_DONE, EXIT_INVALID
from songbatch.formatting import count, size
from songbatch.run.session import Session
from songbatch.shell import shell_path, shell_word
from songbatch.spec.layers import Layer

if TYPE_CHECKING:
    from songbatch.album import AlbumSheet
    from songbatch.batch.loading import Batch
    from songbatch.handover.content_credentials import Algorithm, Signing
    from songbatch.handover.delivering import PreparedAlbum
    from songbatch.handover.for_shop import AskedShop
    from songbatch.handover.package_record import PackageRecord
    from songbatch.handover.takes import DeliveryProblem

DELIVERED = "delivered"


@click.command("deliver")
@click.argument("album", required=False, metavar="[SPEC|ALBUM]")
@project_option
@profile_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR|ZIP",
    help=f"Where the package goes; a name that ends in .zip makes one. Default: {DELIVERED}/NAME",
)
@click.option(
    "--check", "is_check", is_flag=True, help="Show the table of the album, and write nothing."
)
@click.option(
    "--for",
    "shop_name",
    metavar="SHOP",
    help="Check the album against what a shop asks for (bandcamp, distrokid, youtube, or "
    "shops/SHOP.yaml), and write it only if the shop would take it. For youtube, with a video.",
)
@click.option("--anyway", is_flag=True, help="With --for, write it though the shop would not.")
@click.option(
    "--sign",
    type=click.Path(path_type=Path),
    metavar="PEM",
    help="Sign Content Credentials (C2PA) into WAV, FLAC and MP3 with this chain of certificates "
    "and key.",
)
@click.option(
    "--sign-algorithm",
    type=click.Choice(["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"]),
    default="es256",
    show_default=True,
    help="What the key is made for.",
)
@click.option("--sign-time", metavar="URL", default="", help="Who vouches for the time (RFC 3161).")
@click.option(
    "--limiter", is_flag=True, help="Hold peaks down where they keep the album from its target."
)
def command(
    *,
    album: str | None,
    project: Path | None,
    profile: str | None,
    output: Path | None,
    is_check: bool,
    shop_name: str | None,
    anyway: bool,
    sign: Path | None,
    sign_algorithm: Algorithm,
    sign_time: str,
    limiter: bool,
) -> int:
    """Make a package of the takes that were picked: masters, tags, lyrics, credits, checksums.

    What is in it and in which order says `album:` in a spec, or a file in specs/albums/. It asks
    no engine for anything and costs nothing. Whoever has the package can check it with songbatch
    verify.
    """
    from songbatch.handover.delivering import Delivery, Undeliverable  # noqa: PLC0415  (numpy)
    from songbatch.handover.for_shop import AskedShop  # noqa: PLC0415
    from songbatch.handover.package import VIDEO_SOUND, fill  # noqa: PLC0415
    from songbatch.handover.package_files import demand_own, write_package  # noqa: PLC0415

    session = Session.open(project)
    batch, sheet = _load(session, album, Layer(profile))
    if limiter:
        sheet = replace(sheet, loudness=replace(sheet.loudness, limiter=True))
    if anyway and shop_name is None:
        raise UsageError("--anyway goes with --for", fix="add --for SHOP, or leave it out")
    try:
        shop = None if shop_name is None else AskedShop.find(shop_name, session.workspace)
    except InvalidSpecs as error:
        print_diagnostics(error.diagnostics)
        return EXIT_INVALID
    has_video = shop is not None and shop.makes_video
    if has_video:
        sheet = replace(sheet, whole=tuple(dict.fromkeys((*sheet.whole, VIDEO_SOUND))))
    signing = None if sign is None else _signing(sign, sign_algorithm, sign_time)
    target = output or session.workspace.root / DELIVERED / sheet.name
    if not is_check:
        demand_own(target)
    said = f" --profile {shell_word(profile)}" if profile else ""
    delivery = Delivery(session, batch, _tell, said)
    try:
        prepared = delivery.prepare(sheet)
    except Undeliverable as error:
        _show_problems(error.problems)
        return EXIT_INVALID
    if shop is not None:
        shop.compare(prepared)
    is_taken = shop is None or shop.takes_it
    if is_check or not (is_taken or anyway):
        _show(prepared, None)
        _show_shop(shop, is_check=is_check)
        return EXIT_DONE if is_taken else EXIT_INVALID
    made = replace(delivery.make(prepared), has_video=has_video, signing=signing)
    records: list[PackageRecord] = []
    _tell("write", f"{_short(target)}, with its video" if has_video else f"{_short(target)}")
    write_package(target, lambda sink: records.append(fill(made, delivery.cache, sink)))
    delivery.cache.shrink()
    _show(prepared, records[0])
    _show_shop(shop, is_check=True)
    _say_where(target, records[0])
    return EXIT_DONE


def _load(session: Session, word: str | None, layer: Layer) -> tuple[Batch, AlbumSheet]:
    """Return the specs that an album is of, without errors, and the album."""
    from songbatch.batch.albums import with_albums  # noqa: PLC0415
    from songbatch.handover.choosing_albums import (  # noqa: PLC0415
        album_in,
        album_of,
        meant_file,
        no_such_album,
        only_album,
    )

    workspace = session.workspace
    files = workspace.albums()
    file = meant_file(word, files) if word is not None else None
    if word is None or file is not None:
        batch = with_albums(session.load((), None, {}, layer=layer), workspace)
        demand_valid(batch)
        return batch, only_album(batch) if file is None else album_in(batch, file)
    asked = workspace.asked([word])
    if asked.unknown or asked.only or len(asked.files) != 1:
        names = [*(spec.name for spec in workspace.specs()), *(one.name for one in files)]
        raise no_such_album(word, names)
    batch = with_albums(session.load([word], None, {}, layer=layer), workspace, files=())
    demand_valid(batch)
    return batch, album_of(batch, asked.files[0].name)


def _show(prepared: PreparedAlbum, record: PackageRecord | None) -> None:
    from songbatch.cli.views.album_text import album_text  # noqa: PLC0415

    click.echo(album_text(prepared, record))


def _signing(path: Path, algorithm: Algorithm, time_authority: str) -> Signing:
    """Return who signs. Raises UsageError, also if the extra is not installed."""
    from songbatch.extras import demand_package  # noqa: PLC0415
    from songbatch.files.named import read_named  # noqa: PLC0415
    from songbatch.handover.content_credentials import signing_of  # noqa: PLC0415

    demand_package("c2pa", extra="c2pa")
    pem = read_named(path, fix="name the PEM file of your certificates and key", limit=2**20)
    return signing_of(pem.decode("utf-8", "replace"), algorithm, time_authority)


def _show_shop(shop: AskedShop | None, *, is_check: bool) -> None:
    """Show what a shop asks for; say that nothing was written, unless that was asked for."""
    if shop is None:
        return
    click.echo()
    click.echo(shop.table(), nl=False)
    if not is_check:
        click.echo(click.style("error: ", fg="red", bold=True) + "nothing was written", err=True)
        click.echo("  fix: mend what is required, or write it all the same: --anyway", err=True)


def _tell(action: str, what: str) -> None:
    """Say on the side of messages what begins: a long album is minutes of work."""
    click.echo(f"  {click.style(f'{action:8}', fg='cyan')} {printable(what)}", err=True)


def _say_where(target: Path, record: PackageRecord) -> None:
    shown = _short(target)
    bytes_in_all = sum(file.bytes for file in record.files)
    files = count(len(record.files) + 2, "file")
    click.echo()
    click.echo(printable(f"{shown}: {files}, {size(bytes_in_all)}"))
    click.echo(printable(f"check it anywhere: songbatch verify {shell_path(shown)}"))


def _short(target: Path) -> Path:
    """Return a path as it is short to type where the user stands."""
    try:
        below = os.path.relpath(target)
    except ValueError:  # on another drive
        return target
    return target if below.startswith("..") else Path(below)


def _show_problems(problems: tuple[DeliveryProblem, ...]) -> None:
    for problem in problems:
        click.echo(click.style("error: ", fg="red", bold=True) + printable(problem.text), err=True)
        click.echo(f"  fix: {printable(pasteable(problem.fix))}", err=True)
