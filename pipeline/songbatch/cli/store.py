"""`songbatch store`: the shared store, and which ones projects may name."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from songbatch.batch.project_files import load_sharing
from songbatch.cli.options import project_option, store_option
from songbatch.cli.session import print_diagnostics
from songbatch.diagnostics import InvalidSpecs, UsageError, has_errors, printable, printable_json
from songbatch.formatting import count
from songbatch.run.shared.stores import (
    ChosenStore,
    allow_store,
    chosen_store,
    demand_store,
    forbid_store,
)
from songbatch.sharing.address import StoreAddress
from songbatch.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from songbatch.documents.store_addresses import SharingSettings
    from songbatch.sharing.shared_store import SharedStore

THE_PROJECTS = "the project's"
_ADDRESS: dict[str, Any] = {"metavar": "[ADDRESS]", "is_flag": False, "flag_value": THE_PROJECTS}


@click.command("store")
@project_option
@store_option
@click.option("--allow", **_ADDRESS, help="Let projects name it; default: what this one names.")
@click.option("--forbid", **_ADDRESS, help="Take that back.")
@click.option(
    "--release", metavar="KEY", help="End what dead runs claim of a song, as if nothing was paid."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    project: Path | None,
    store: str | None,
    allow: str | None,
    forbid: str | None,
    release: str | None,
    as_json: bool,
) -> None:
    """Show who is at work in the shared store, what is claimed and held, its size and cost so far.

    A store that only songbatch.yaml names is used once you have said that it may be: whoever wrote
    that file could otherwise choose where your songs go, and what you hear. What you allow stands
    in your own config.yaml, and holds for every project.
    """
    said = {"--allow": allow, "--forbid": forbid, "--release": release}
    options = [name for name, value in said.items() if value is not None]
    if len(options) > 1:
        raise UsageError(f"{' and '.join(options)} exclude each other", fix="keep one of them")
    if allow is not None:
        _allow(_meant(allow, project))
    elif forbid is not None:
        _forbid(_meant(forbid, project))
    else:
        chosen = chosen_store(_sharing(project), store, os.environ)
        demand_store(chosen, print_diagnostics)
        if release is not None:
            _release(chosen, release)
        else:
            _show(chosen, as_json=as_json)


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


def _opened(chosen: ChosenStore) -> SharedStore:
    from songbatch.sharing.shared_store import SharedStore  # noqa: PLC0415  (--allow needs none)

    assert chosen.address is not None  # noqa: S101  (demanded before)
    return SharedStore.open(chosen.address, os.environ)


def _show(chosen: ChosenStore, *, as_json: bool) -> None:
    from songbatch.cli.views.store_views import store_lines, store_object  # noqa: PLC0415

    survey = _opened(chosen).survey()
    if as_json:
        click.echo(printable_json(store_object(chosen, survey)))
    else:
        click.echo("\n".join(store_lines(chosen, survey)))


def _release(chosen: ChosenStore, key: str) -> None:
    if not re.fullmatch("[0-9a-f]{64}", key):
        raise UsageError(
            f"{key!r} is no key of a song", fix="songbatch store shows those that are held"
        )
    ended = _opened(chosen).release(key)
    if ended:
        click.echo(f"{count(ended, 'claim')} ended: the next render may ask for it")
    else:
        click.echo("no claim of it is open")
