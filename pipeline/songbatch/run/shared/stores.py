"""The shared store of a run: which one, by whose word, and whether that suffices.

A project's file may be a stranger's, so it can only name a store that its user has allowed. What is
said on the command line or in the environment is the user's own word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import Refused, UsageError
from songbatch.diff.git import Repository
from songbatch.documents.store_list import with_store, without_store
from songbatch.documents.user_config import NAME, read_user_config, user_config_folder
from songbatch.files.named import write_named
from songbatch.layout import SETTINGS_NAME, folder_in_repository
from songbatch.run.consent import user_settings
from songbatch.sharing.address import StoreAddress, WrongAddress
from songbatch.shell import shell_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.store_addresses import SharingSettings
    from songbatch.sharing.shared_store import SharedStore

OPTION, VARIABLE = "--store", "SONGBATCH_STORE"
NONE = "none"
"""What is said instead of an address to do without a store."""


class ChosenStore(msgspec.Struct, frozen=True):
    """The store that counts, None for none, and who named it: option, variable or file."""

    address: StoreAddress | None = None
    source: str = ""
    shares_all: bool = False
    """Also songs that are free and made the same again."""

    @property
    def is_by_project(self) -> bool:
        """Whether nobody but the project's file names it."""
        return self.source == SETTINGS_NAME


def chosen_store(
    sharing: SharingSettings, option: str | None, environment: Mapping[str, str]
) -> ChosenStore:
    """Return the store that counts: the option wins over the variable, that over the file.

    Asks nobody and reads nothing. Raises UsageError for what is no address.
    """
    for said, source in ((option, OPTION), (environment.get(VARIABLE), VARIABLE)):
        if said:
            return ChosenStore(_named(said, source), source, sharing.is_all)
    if sharing.store is None:
        return ChosenStore()
    return ChosenStore(sharing.store, SETTINGS_NAME, sharing.is_all)


def _named(said: str, source: str) -> StoreAddress | None:
    if said.strip().lower() == NONE:
        return None
    try:
        return StoreAddress.parse(said)
    except WrongAddress as error:
        raise UsageError(
            f"{source}: {error}", fix=f"{error.fix}; or {NONE}, to do without one"
        ) from error


def usable_store(
    chosen: ChosenStore, report: Callable[[Sequence[Diagnostic]], None] = lambda _found: None
) -> StoreAddress | None:
    """Return the store if it may be used; to be asked before the first word goes to it.

    `report` is given what is wrong with the user's config.yaml. Raises Refused if only the
    project's file names the store, and the user has not allowed it.
    """
    store = chosen.address
    if store is None or not chosen.is_by_project or store in user_settings(report).stores:
        return store
    raise Refused(
        f"{SETTINGS_NAME} shares songs in {store.text}, and you have not said that it may",
        fix=f"if songs may go there and come from there: songbatch store --allow "
        f"{shell_word(store.text)}; to do without: {OPTION} {NONE}",
    )


def demand_store(
    chosen: ChosenStore, report: Callable[[Sequence[Diagnostic]], None] = lambda _found: None
) -> StoreAddress:
    """Return the store that counts, for a command that is about one.

    Raises UsageError if there is none, Refused as `usable_store` does.
    """
    store = usable_store(chosen, report)
    if store is None:
        raise UsageError(
            "no shared store is named",
            fix=f"write store: ADDRESS into {SETTINGS_NAME}, or say {OPTION} ADDRESS",
        )
    return store


def project_name(root: Path) -> str:
    """Return what a shared store knows a project by, the same in every clone; "" if unknown.

    `gc --shared` drops nothing where other projects share, whose songs it cannot know.
    """
    try:
        first = Repository(root).first_commit()
    except UsageError:  # no repository, no commit, no git
        return ""
    return f"{first} {folder_in_repository(root)}" if first else ""


def opened_store(chosen: ChosenStore, environment: Mapping[str, str], root: Path) -> SharedStore:
    """Open the store that counts for the project in `root`; nobody is asked yet.

    Raises ValueError if there is none, Refused if it may not be used, UsageError if it cannot be.
    """
    from songbatch.sharing.shared_store import SharedStore  # noqa: PLC0415  (few runs lack songs)

    address = usable_store(chosen)
    if address is None:
        raise ValueError("no store was chosen")
    return SharedStore.open(address, environment, project=project_name(root))


def allow_store(
    store: StoreAddress, report: Callable[[Sequence[Diagnostic]], None] = lambda _found: None
) -> tuple[str, bool]:
    """Let projects name a store; return the file that says so, and whether it was changed.

    Raises UsageError if the file has errors or cannot be written.
    """
    is_there = store in user_settings(report).stores
    return _rewritten(store, is_wanted=True) if not is_there else (_path(), False)


def forbid_store(
    store: StoreAddress, report: Callable[[Sequence[Diagnostic]], None] = lambda _found: None
) -> tuple[str, bool]:
    """Let projects no longer name a store, as `allow_store` does."""
    is_there = store in user_settings(report).stores
    return _rewritten(store, is_wanted=False) if is_there else (_path(), False)


def _path() -> str:
    return str(user_config_folder() / NAME)


def _rewritten(store: StoreAddress, *, is_wanted: bool) -> tuple[str, bool]:
    path = _path()
    source = read_user_config(user_config_folder())
    if is_wanted:
        text = with_store(source, path, store)
    else:
        text = without_store(source, path, store) if source is not None else None
    if text is None:
        what = "add it to" if is_wanted else "remove it from"
        raise UsageError(
            f"{path} is written in a way that this command does not edit",
            fix=f"{what} the list `stores` there yourself: {store.text}",
        )
    # A configuration that is a link, as into a folder of dotfiles, stays one.
    target = (user_config_folder() / NAME).resolve()
    write_named(target, text.encode(), fix="make its folder writable")
    return path, True
