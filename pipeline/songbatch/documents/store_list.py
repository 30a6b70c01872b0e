"""The list `stores` of a user's `config.yaml`, edited as text: all else stays as it was written.

An edit is tried, read back, and kept only if it says what was wanted; a file that is written in a
way of its own is left to its author.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import has_errors
from songbatch.documents.project import load_user_config
from songbatch.documents.store_addresses import STORES
from songbatch.documents.yaml_nodes import Items, Scalar, Table
from songbatch.documents.yaml_reader import read
from songbatch.sharing.address import StoreAddress, WrongAddress
from songbatch.sources import Source

if TYPE_CHECKING:
    from songbatch.documents.project import ProjectSettings
    from songbatch.documents.yaml_places import Stretch

_PLAIN = re.compile(r"[A-Za-z0-9:/._=+-]+")
"""What YAML takes as it is."""


def with_store(source: Source | None, path: str, store: StoreAddress) -> str | None:
    """Return the text of a configuration that also allows `store`; None if that takes its author.

    `source` is the valid configuration as it is, None if there is none; `path` names it.
    """
    if source is None:
        return f"version: 1\n{STORES}:\n- {_written(store)}\n"
    stores = _list(source)
    wanted = load_user_config(source)[0].stores | {store}
    return _sound(_added(source.text, stores, _written(store)), source, path, wanted)


def without_store(source: Source, path: str, store: StoreAddress) -> str | None:
    """Return the text of a configuration that no longer allows `store`, as `with_store` does."""
    stores = _list(source)
    wanted = load_user_config(source)[0].stores - {store}
    text = _removed(source.text, stores, store) if stores is not None else None
    return _sound(text, source, path, wanted)


def _sound(
    text: str | None, before: Source, path: str, wanted: frozenset[StoreAddress]
) -> str | None:
    if text is None:
        return None
    settings, found = load_user_config(Source(path, text))
    is_kept = _others(settings) == _others(load_user_config(before)[0])
    return text if not has_errors(found) and settings.stores == wanted and is_kept else None


def _others(settings: ProjectSettings) -> object:
    return settings.engines, settings.confirm_above


class _List(msgspec.Struct, frozen=True):
    """Where the list stands: its key, its value, and the texts of its items."""

    key: int
    start: int
    end: int
    items: tuple[Scalar, ...]


def _list(source: Source) -> _List | None:
    document, _ = read(source)
    entry = document.get(STORES) if isinstance(document, Table) else None
    if entry is None or not isinstance(entry.value, Items):
        return None
    value = entry.value
    scalars = tuple(item for item in value.items if isinstance(item, Scalar))
    return _List(entry.key.stretch.start, value.stretch.start, value.stretch.end, scalars)


def _written(store: StoreAddress) -> str:
    return store.text if _PLAIN.fullmatch(store.text) else json.dumps(store.text)


def _added(text: str, stores: _List | None, store: str) -> str:
    if stores is None:
        line_end = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{line_end}{STORES}:\n- {store}\n"
    if text[stores.start] == "[":
        comma = ", " if stores.items else ""
        at = stores.items[-1].stretch.end if stores.items else stores.start + 1
        return f"{text[:at]}{comma}{store}{text[at:]}"
    first, end = _line(text, stores.items[-1].stretch)
    indent = text[first:end].partition("-")[0]
    line_end = "" if text[:end].endswith("\n") else "\n"
    return f"{text[:end]}{line_end}{indent}- {store}\n{text[end:]}"


def _removed(text: str, stores: _List, store: StoreAddress) -> str | None:
    """Return the text without an item; without the list if nothing is left of it."""
    left = [item for item in stores.items if not _is(item, store)]
    if not left:
        return _without_list(text, stores)
    if text[stores.start] == "[":
        flow = ", ".join(item.stretch.text for item in left)
        end = text.index("]", stores.items[-1].stretch.end) + 1
        return f"{text[: stores.start]}[{flow}]{text[end:]}"
    for item in reversed(stores.items):
        if _is(item, store):
            start, end = _line(text, item.stretch)
            text = text[:start] + text[end:]
    return text


def _without_list(text: str, stores: _List) -> str:
    start = text.rfind("\n", 0, stores.key) + 1
    last = stores.items[-1].stretch
    end = text.find("\n", last.end)
    return text[:start] + (text[end + 1 :] if end >= 0 else "")


def _is(item: Scalar, store: StoreAddress) -> bool:
    try:
        return StoreAddress.parse(item.text) == store
    except WrongAddress:
        return False


def _line(text: str, stretch: Stretch) -> tuple[int, int]:
    """Return where the lines of an item begin and end, the end of the last one included."""
    end = text.find("\n", stretch.end)
    return text.rfind("\n", 0, stretch.start) + 1, end + 1 if end >= 0 else len(text)
