"""The manifest of one spec and one engine: `outputs/SPEC/ENGINE/manifest.json`, version 1.

Its JSON Schema is manifest.schema.json beside this file. Equal contents are equal bytes, but for
what somebody else has laid out: an entry that did not change is written as it was read.
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.diagnostics import BrokenState
from pipeline.records import Entry, Manifest
from pipeline.store import manifest_records
from pipeline.store.indented import indented

if TYPE_CHECKING:
    from pipeline.model import ReferenceUse

VERSION = 1


def schema_text() -> str:
    """Return the JSON Schema of this format."""
    from importlib import resources  # noqa: PLC0415  (only people ask)

    return resources.files(__package__).joinpath("manifest.schema.json").read_text("utf-8")


_FIRST, _BETWEEN, _LAST = b'"renders": [\n  {\n', b"\n  },\n  {\n", b"\n  }\n ]\n}\n"
"""Lines of this depth are nowhere else in a manifest: no text in JSON has a line end."""


def dump(manifest: Manifest, last: Manifest | None = None) -> bytes:
    """Return the one sequence of bytes that stands for the manifest.

    Entries that are the very ones of `last`, as it was read, are copied from its text: writing out
    ten thousand of them takes a second.
    """
    kept = _texts(last) if last is not None else {}
    tree = {
        "manifest": VERSION,
        "spec": manifest.spec,
        "engine": manifest.engine.as_json(),
        "references": {
            name: asdict(reference) for name, reference in sorted(manifest.references.items())
        },
        "renders": [],
    }
    before, _, after = indented(tree).rpartition("]")
    # One by one: all of them as trees would take ten times their text.
    parts: list[bytes | memoryview] = [before.encode()]
    for entry in manifest.renders:
        parts.append(b"\n  " if len(parts) == 1 else b",\n  ")
        parts.append(kept.get(id(entry)) or indented(_entry_tree(entry), depth=2).encode())
    closing = "\n ]" if manifest.renders else "]"
    parts.append(f"{closing}{after}\n".encode())
    return b"".join(parts)


def _texts(manifest: Manifest) -> dict[int, memoryview]:
    """Return the texts of a manifest's entries by their identity; none if it is laid out oddly."""
    _, pieces = _cut(manifest.text)
    if len(pieces) != len(manifest.renders):
        return {}
    return {id(entry): piece for entry, piece in zip(manifest.renders, pieces, strict=True)}


def _cut(text: bytes) -> tuple[bytes, list[memoryview]]:
    """Return a manifest's text without its entries, and theirs; none if it is laid out oddly."""
    found, end = text.find(_FIRST), len(text) - len(_LAST)
    first = found + len(_FIRST)
    if found < 0 or end < first or not text.endswith(_LAST):
        return text, []
    starts = [first, *(between.end() for between in re.finditer(_BETWEEN, text))]
    ends = [*(start - len(_BETWEEN) for start in starts[1:]), end]
    view = memoryview(text)  # slices of the text itself would be as large again
    pieces = zip(starts, ends, strict=True)
    shell = text[:first].removesuffix(b"\n  {\n") + b"]\n}"
    return shell, [view[start - 2 : end + 4] for start, end in pieces]


def _entry_tree(entry: Entry) -> dict[str, Any]:
    tree = {name: getattr(entry, name) for name in _FIELD_ORDER}
    tree["audio"] = entry.audio.as_json()
    for role in ("voice", "instrumental"):
        use: ReferenceUse | None = tree[role]
        tree[role] = use and {"reference": use.name, **use.as_key()}
    for part in ("delivered", "cover", "measures"):
        tree[part] = tree[part] and _fields(tree[part])
    tree["findings"] = [_fields(finding) for finding in entry.findings]
    return tree if entry.lang is None else tree | {"lang": entry.lang}


def _fields(record: Any) -> dict[str, Any]:
    # dataclasses.asdict copies everything below, ten times as slowly.
    return {name: getattr(record, name) for name in record.__slots__}


_FIELD_ORDER = (
    "id", "song", "variant", "take", "key", "status", "output", "sha256", "bytes", "seconds",
    "audio_sha256", "lyrics", "voice", "instrumental", "audio", "delivered", "tags", "cover",
    "tag_version", "warnings", "measures", "findings",
    "trace_id", "attempts", "unknown_outcomes", "cost_usd", "rendered_at", "error",
)  # fmt: skip


def parse(text: bytes, path: str) -> Manifest:
    """Read a manifest back. Raises BrokenState, naming `path`, for anything else."""
    try:
        return _in_pieces(text) or _manifest(_checked(text, path), text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BrokenState(
            f"{path} is not a manifest: {error}",
            fix="restore it (git checkout), or delete it: the next render writes it again, from "
            "the ledger and without asking for anything that is in the store",
        ) from error


def _in_pieces(text: bytes) -> Manifest | None:
    """Read a manifest entry by entry: all of them as trees would take four times their text.

    None for whatever is odd, for somebody else to say what it is.
    """
    around, pieces = _cut(text)
    try:
        shell = manifest_records.shell(around)
        if not pieces or shell.manifest != VERSION or shell.renders:
            return None
        entries = tuple(manifest_records.entry(piece).read() for piece in pieces)
        return replace(_manifest(shell, text), renders=entries)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _checked(text: bytes, path: str) -> manifest_records.Shell:
    if (version := manifest_records.version(text).manifest) != VERSION:
        raise BrokenState(
            f"{path} has manifest version {version!r}; this songbatch reads {VERSION}",
            fix="use the newer songbatch that wrote it, or delete the file to make it again",
        )
    return manifest_records.shell(text)


def _manifest(shell: manifest_records.Shell, text: bytes) -> Manifest:
    return Manifest(
        spec=shell.spec,
        engine=shell.engine,
        references=shell.references,
        renders=tuple(entry.read() for entry in shell.renders),
        text=text,
    )
