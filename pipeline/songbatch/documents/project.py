"""`songbatch.yaml`, what a project knows better than the defaults, and the user's `config.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.schema import Kind, judge
from songbatch.documents.store_addresses import (
    SharingSettings,
    allowed_stores,
    sharing_settings,
    wrong_addresses,
)
from songbatch.documents.veil import veiled
from songbatch.documents.yaml_nodes import Broken, Items, Scalar, Table, scalars
from songbatch.documents.yaml_reader import read
from songbatch.model import EngineSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Node
    from songbatch.model import Value
    from songbatch.sharing.address import StoreAddress
    from songbatch.sources import Source, Span

CONFIRM_ABOVE = "confirm_above"


class ProjectSettings(msgspec.Struct, frozen=True):
    """A project's settings of engines, by name, and the sum in US dollars above which to ask.

    `places` are where the engines are named, `sections` what stands there.
    """

    engines: Mapping[str, EngineSettings] = msgspec.field(default_factory=dict)
    confirm_above: float | None = None
    require_rights: bool = False
    """Whether every reference in use must say its rights."""
    places: Mapping[str, Span] = msgspec.field(default_factory=dict)
    sections: Mapping[str, Node] = msgspec.field(default_factory=dict)
    sharing: SharingSettings = SharingSettings()
    stores: frozenset[StoreAddress] = frozenset()
    """The shared stores that a user allows projects to name."""
    profiles: Mapping[str, Node] = msgspec.field(default_factory=dict)
    """What commands lay over all songs, by name."""


def load_project(source: Source) -> tuple[ProjectSettings, list[Diagnostic]]:
    """Return the settings of a project, and what is wrong with them."""
    document, diagnostics = _judged(source, "project")
    return ProjectSettings() if document is None else _settings(document), diagnostics


def load_user_config(source: Source) -> tuple[ProjectSettings, list[Diagnostic]]:
    """Return what a user says for every project, and what is wrong with the file."""
    document, diagnostics = _judged(source, "config")
    return ProjectSettings() if document is None else _settings(document), diagnostics


def _settings(document: Table) -> ProjectSettings:
    engines = document.get("engines")
    table = engines.value if engines is not None else None
    entries = table if isinstance(table, Table) else ()
    settings = {entry.name: _engine(entry.value) for entry in entries}
    places = {entry.name: entry.key.span for entry in entries}
    sections = {entry.name: entry.value for entry in entries}
    above = _number(scalars(document), CONFIRM_ABOVE)
    rights = scalars(document).get("require_rights")
    profiles = document.get("profiles")
    named = profiles.value if profiles is not None else None
    return ProjectSettings(
        settings,
        above,
        require_rights=rights is not None and rights.value is True,
        places=places,
        sections=sections,
        sharing=sharing_settings(document),
        stores=allowed_stores(document),
        profiles={entry.name: entry.value for entry in named} if isinstance(named, Table) else {},
    )


def _judged(source: Source, kind: Kind) -> tuple[Table | None, list[Diagnostic]]:
    document, diagnostics = read(source)
    if document is None:
        return None, veiled(source, None, diagnostics)
    sound, more = judge(document, kind)
    table = sound if isinstance(sound, Table) else None
    if table is not None:
        more += wrong_addresses(table)
    return table, veiled(source, document, diagnostics + more)


def _engine(node: Node) -> EngineSettings:
    parts = scalars(node)
    own = node.get("settings") if isinstance(node, Table) else None
    jobs = _number(parts, "jobs")
    return EngineSettings(
        _number(parts, "usd_per_render"),
        _number(parts, "seconds_per_render"),
        None if jobs is None else int(jobs),
        **{name: parts[name].text for name in _TEXTS if name in parts},
        lost_after=_number(parts, "lost_after"),
        settings=dict(_own(own.value)) if own is not None else {},
        models=_rows(node, "models"),
        hands=_rows(node, "hands"),
    )


def _rows(node: Node, name: str) -> dict[str, Any]:
    """Return rows for a table of models, as far as they are well-formed."""
    entry = node.get(name) if isinstance(node, Table) else None
    rows = entry.value if entry is not None else None
    return {
        row.name: _sound(row.value)
        for row in (rows if isinstance(rows, Table) else ())
        if isinstance(row.value, Table)
    }


def _sound(node: Node) -> Any:
    """Return a node as plain data, without what is broken in it."""
    match node:
        case Table():
            return {e.name: _sound(e.value) for e in node if not isinstance(e.value, Broken)}
        case Items(items=items):
            return [_sound(item) for item in items if not isinstance(item, Broken)]
        case Scalar(value=value):
            return value


def _own(node: Node) -> Iterator[tuple[str, Value | tuple[Value, ...]]]:
    """Yield the settings that only an engine's author understands."""
    for entry in node if isinstance(node, Table) else ():
        match entry.value:
            case Scalar(value=value):
                yield entry.name, value
            case Items(items=items):
                yield entry.name, tuple(item.value for item in items if isinstance(item, Scalar))


_TEXTS = ("kind", "url", "queue_url", "platform_url", "upload_url", "model", "key_env", "face")


def _number(parts: Mapping[str, Scalar], key: str) -> float | None:
    value = parts[key].value if key in parts else None
    return float(value) if isinstance(value, int | float) else None
