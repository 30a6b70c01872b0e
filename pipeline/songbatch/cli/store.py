"""`songbatch store`: the shared store, and which ones projects may name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from songbatch.batch.loading import load_sharing
from songbatch.cli.options import project_option, store_option
from songbatch.cli.session import print_diagnostics
from songbatch.diagnostics import InvalidSpecs, UsageError, has_errors, printable
from songbatch.run.stores import ChosenStore, allow_store, chosen_store, forbid_store, usable_store
from songbatch.sharing.address import StoreAddress
from songbatch.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from songbatch.documents.store_addresses import SharingSettings

THE_PROJECTS = "the project's"
_ADDRESS: dict[str, Any] = {"metavar": "[ADDRESS]", "is_flag": False, "flag_value": THE_PROJECTS}


@click.command("store")
@project_option
@store_option
@click.option("--allow", **_ADDRESS, help="Let projects name it; default: what this one names.")
@click.option("--forbid", **_ADDRESS, help="Take that back.")
def command(project: Path | None, store: str | None, allow: str | None, forbid: str | None) -> None:
    """Show the shared store of the project.

    A store that only songbatch.yaml names is used once you have said that it may be: whoever wrote
    that file could otherwise choose where your songs go, and what you hear. What you allow stands
    in your own config.yaml, and holds for every project.
    """
    if allow is not None and forbid is not None:
        raise UsageError("--allow and --forbid exclude each other", fix="omit one of them")
    if allow is not None:
        _allow(_meant(allow, project))
    elif forbid is not None:
        _forbid(_meant(forbid, project))
    else:
        _show(chosen_store(_sharing(project), store, os.environ))


def _sharing(project: Path | None) -> SharingSettings:
    sharing, diagnostics = load_sharing(Workspace.find(project))
    print_diagnostics(diagnostics)
    if has_errors(diagnostics):
        raise InvalidSpecs(diagnostics)
    return sharing


def _meant(said: str, project: Path | None) -> StoreAddress:
    if said != THE_PROJECTS:
        return StoreAddress.parse(said)
    store = _sharing(project).store
    if store is None:
        raise UsageError(
            "songbatch.yaml names no store", fix="name one: songbatch store --allow ADDRESS"
        )
    return store


def _allow(store: StoreAddress) -> None:
    path, is_new = allow_store(store, print_diagnostics)
    done = "projects may share songs in" if is_new else "projects could already share songs in"
    click.echo(printable(f"{done} {store.text}: {path}"))


def _forbid(store: StoreAddress) -> None:
    path, is_new = forbid_store(store, print_diagnostics)
    done = "projects may no longer name" if is_new else "projects could not name it anyway:"
    click.echo(printable(f"{done} {store.text}: {path}"))


def _show(chosen: ChosenStore) -> None:
    if chosen.address is None:
        click.echo("no shared store: write store: ADDRESS into songbatch.yaml, or say --store")
        return
    usable_store(chosen, print_diagnostics)
    click.echo(printable(f"{chosen.address.text} ({chosen.source})"))
