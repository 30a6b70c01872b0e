"""Addresses of shared stores in `songbatch.yaml` and `config.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.codes import make_diagnostic
from songbatch.documents.yaml_nodes import Items, Scalar
from songbatch.sharing.address import StoreAddress, WrongAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Node, Table

STORE, STORES, SHARE = "store", "stores", "share"


class SharingSettings(msgspec.Struct, frozen=True):
    """Where a project shares its songs; without a `store`, nowhere.

    `is_all`: also songs that are free and made the same again.
    """

    store: StoreAddress | None = None
    is_all: bool = False


def sharing_settings(document: Table) -> SharingSettings:
    """Return what a project says, as far as it is well-formed."""
    share = document.get(SHARE)
    is_all = share is not None and isinstance(share.value, Scalar) and share.value.text == "all"
    found = (address for _, address in _parsed(document, STORE))
    store = next((each for each in found if isinstance(each, StoreAddress)), None)
    return SharingSettings(store, is_all)


def allowed_stores(document: Table) -> frozenset[StoreAddress]:
    """Return the stores that a user allows, as far as they are well-formed."""
    found = (address for _, address in _parsed(document, STORES))
    return frozenset(each for each in found if isinstance(each, StoreAddress))


def wrong_addresses(document: Table) -> list[Diagnostic]:
    """Return what is wrong with the addresses of either file."""
    return [
        make_diagnostic("store.address", node.span, f"it {wrong.problem}", wrong.fix)
        for key in (STORE, STORES)
        for node, wrong in _parsed(document, key)
        if isinstance(wrong, WrongAddress)
    ]


def _parsed(document: Table, key: str) -> Iterator[tuple[Node, StoreAddress | WrongAddress]]:
    entry = document.get(key)
    value = entry.value if entry is not None else None
    for node in value.items if isinstance(value, Items) else [value]:
        if isinstance(node, Scalar):
            try:
                yield node, StoreAddress.parse(node.text)
            except WrongAddress as error:
                yield node, error
