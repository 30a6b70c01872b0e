"""The manifest of one spec and one engine: `outputs/SPEC/ENGINE/manifest.json`, version 1.

Its JSON Schema is manifest.schema.json beside this file. Equal contents are equal bytes, but for
what somebody else has laid out: an entry that did not change is written as it was read.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from pipeline.diagnostics import BrokenState
from pipeline.measures import Finding
from pipeline.model import (
    AudioFormat,
    AudioSetting,
    Cover,
    EngineIdentity,
    Purpose,
    ReferenceUse,
)
from pipeline.records import Delivered, Entry, Manifest, ReferenceEntry
from pipeline.store import measured
from pipeline.store.indented import indented

VERSION = 1


def schema_text() -> str:
    """Return the JSON Schema of this format."""
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
        return _in_pieces(text) or _manifest(_checked(json.loads(text), path), text)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenState(
            f"{path} is not a manifest: {error or type(error).__name__}",
            fix="restore it (git checkout), or delete it: the next render writes it again, from "
            "the ledger and without asking for anything that is in the store",
        ) from error


def _in_pieces(text: bytes) -> Manifest | None:
    """Read a manifest entry by entry: all of them as trees would take four times their text.

    None for whatever is odd, for somebody else to say what it is.
    """
    shell, pieces = _cut(text)
    try:
        tree = json.loads(shell)
        if not pieces or tree["manifest"] != VERSION or tree["renders"] != []:
            return None
        entries = tuple(_entry(json.loads(bytes(piece))) for piece in pieces)
        return replace(_manifest(tree, text), renders=entries)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _checked(tree: dict[str, Any], path: str) -> dict[str, Any]:
    if (version := tree["manifest"]) != VERSION:
        raise BrokenState(
            f"{path} has manifest version {version!r}; this songbatch reads {VERSION}",
            fix="use the newer songbatch that wrote it, or delete the file to make it again",
        )
    return tree


def _manifest(tree: dict[str, Any], text: bytes) -> Manifest:
    return Manifest(
        spec=tree["spec"],
        engine=EngineIdentity(**tree["engine"]),
        references={
            name: ReferenceEntry(**{**reference, "purpose": Purpose(reference["purpose"])})
            for name, reference in tree["references"].items()
        },
        renders=tuple(_entry(entry) for entry in tree["renders"]),
        text=text,
    )


def _entry(tree: dict[str, Any]) -> Entry:
    delivered = tree["delivered"]
    typed = {
        "voice": (voice := tree["voice"]) and _use(**voice),
        "instrumental": (instrumental := tree["instrumental"]) and _use(**instrumental),
        "audio": _audio(**tree["audio"]),
        "delivered": delivered and _delivered(**delivered),
        "cover": Cover(**cover) if (cover := tree.get("cover")) else None,
        "warnings": tuple(tree["warnings"]),
        "measures": measured.parse(tree.get("measures")),
        "findings": tuple(Finding(**finding) for finding in tree.get("findings", ())),
    }
    return Entry(**{**tree, **typed})


# Thousands of songs share a few of these.


@lru_cache(256)
def _use(reference: str, purpose: str, sha256: str) -> ReferenceUse:
    return ReferenceUse(reference, Purpose(purpose), sha256)


@lru_cache(256)
def _audio(format: str, sample_rate: int, bitrate: int) -> AudioSetting:  # noqa: A002  (a field)
    return AudioSetting(AudioFormat(format), sample_rate, bitrate)


@lru_cache(256)
def _delivered(format: str, sample_rate: int, bitrate: int, channels: int) -> Delivered:  # noqa: A002
    return Delivered(AudioFormat(format), sample_rate, bitrate, channels)
