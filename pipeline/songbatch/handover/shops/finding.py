"""A shop by the name that a user gives it: a project's own file before the one that comes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import InvalidSpecs, UsageError, did_you_mean
from songbatch.formatting import enumerated
from songbatch.handover.shops.files import FOLDER, SHIPPED, load_shop, own_path, shipped
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from songbatch.handover.shops.shop import Shop
    from songbatch.sources import Source
    from songbatch.workspace import Workspace


def find_shop(name: str, workspace: Workspace) -> Shop:
    """Return what a shop asks for.

    Raises UsageError if there is none of that name, and InvalidSpecs, with all that is wrong, if
    the project's file of it has errors.
    """
    source = _own(name, workspace) or shipped(name)
    if source is None:
        raise UsageError(f"there is no shop {name!r}", fix=_fix(name, workspace))
    shop, diagnostics = load_shop(source)
    if shop is None:
        raise InvalidSpecs(diagnostics)
    return shop


def shop_names(workspace: Workspace) -> list[str]:
    """Return the names of all shops, those of the project included."""
    own = (path.removeprefix(f"{FOLDER}/") for path in workspace.files(FOLDER, ".yaml"))
    names = (name.removesuffix(".yaml") for name in own)
    return sorted({*SHIPPED, *(name for name in names if own_path(name))})


def _own(name: str, workspace: Workspace) -> Source | None:
    path = own_path(name)
    if path is None:
        return None
    try:
        return workspace.read(path)
    except Unreadable as error:
        if error.is_missing:
            return None
        raise UsageError(f"{path} cannot be read: {error.reason}", fix=error.fix) from error


def _fix(name: str, workspace: Workspace) -> str:
    names = shop_names(workspace)
    known = f"there are {enumerated(names)}; one of your own is a file {FOLDER}/NAME.yaml"
    return " ".join(filter(None, (did_you_mean(name.lower(), names), known)))
