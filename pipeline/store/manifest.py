"""The manifest of one spec and one engine: `outputs/SPEC/ENGINE/manifest.json`, version 1.

Its JSON Schema is manifest.schema.json beside this file. Equal contents are equal bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict
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

VERSION = 1


def schema_text() -> str:
    """Return the JSON Schema of this format."""
    return resources.files(__package__).joinpath("manifest.schema.json").read_text("utf-8")


def dump(manifest: Manifest) -> bytes:
    """Return the one sequence of bytes that stands for the manifest."""
    tree = {
        "manifest": VERSION,
        "spec": manifest.spec,
        "engine": manifest.engine.as_json(),
        "references": {
            name: asdict(reference) for name, reference in sorted(manifest.references.items())
        },
        "renders": [_entry_tree(entry) for entry in manifest.renders],
    }
    return (json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8")


def _entry_tree(entry: Entry) -> dict[str, Any]:
    tree = asdict(entry)
    for role in ("voice", "instrumental"):
        use: ReferenceUse | None = getattr(entry, role)
        tree[role] = use and {"reference": use.name, **use.as_key()}
    spoken = {} if entry.lang is None else {"lang": entry.lang}
    return {name: tree[name] for name in _FIELD_ORDER} | spoken


_FIELD_ORDER = (
    "id", "song", "variant", "take", "key", "status", "output", "sha256", "bytes", "seconds",
    "audio_sha256", "lyrics", "voice", "instrumental", "audio", "delivered", "tags", "cover",
    "tag_version", "warnings", "measures", "findings",
    "trace_id", "attempts", "unknown_outcomes", "cost_usd", "rendered_at", "error",
)  # fmt: skip


def parse(text: bytes, path: str) -> Manifest:
    """Read a manifest back. Raises BrokenState, naming `path`, for anything else."""
    try:
        tree = json.loads(text)
        version = tree["manifest"]
        if version != VERSION:
            raise BrokenState(
                f"{path} has manifest version {version!r}; this songbatch reads {VERSION}",
                fix="use the newer songbatch that wrote it, or delete the file to make it again",
            )
        return _manifest(tree)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenState(
            f"{path} is not a manifest: {error or type(error).__name__}",
            fix="restore it (git checkout), or delete it: the next render writes it again, from "
            "the ledger and without asking for anything that is in the store",
        ) from error


def _manifest(tree: dict[str, Any]) -> Manifest:
    return Manifest(
        spec=tree["spec"],
        engine=EngineIdentity(**tree["engine"]),
        references={
            name: ReferenceEntry(**{**reference, "purpose": Purpose(reference["purpose"])})
            for name, reference in tree["references"].items()
        },
        renders=tuple(_entry(entry) for entry in tree["renders"]),
    )


def _entry(tree: dict[str, Any]) -> Entry:
    delivered = tree["delivered"]
    typed = {
        "voice": _use(tree["voice"]),
        "instrumental": _use(tree["instrumental"]),
        "audio": AudioSetting(**{**tree["audio"], "format": AudioFormat(tree["audio"]["format"])}),
        "delivered": delivered
        and Delivered(**{**delivered, "format": AudioFormat(delivered["format"])}),
        "cover": Cover(**cover) if (cover := tree.get("cover")) else None,
        "warnings": tuple(tree["warnings"]),
        "measures": measured.parse(tree.get("measures")),
        "findings": tuple(Finding(**finding) for finding in tree.get("findings", ())),
    }
    return Entry(**{**tree, **typed})


def _use(tree: dict[str, str] | None) -> ReferenceUse | None:
    if tree is None:
        return None
    return ReferenceUse(tree["reference"], Purpose(tree["purpose"]), tree["sha256"])
