"""The manifest of one spec and one engine: `outputs/SPEC/ENGINE/manifest.json`, version 1.

Its JSON Schema is manifest.schema.json beside this file. Equal contents are equal bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from pipeline.diagnostics import BrokenState
from pipeline.model import AudioFormat, AudioSetting, EngineIdentity, Purpose, ReferenceUse, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE_NAME = "manifest.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """What received audio was measured to be: Hz, bit/s on average."""

    format: AudioFormat
    sample_rate: int
    bitrate: int
    channels: int


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """A reference as the manifest lists it; `bytes` and `seconds` None for an unfetched URL."""

    source: str
    purpose: Purpose
    sha256: str
    bytes: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One render of a manifest; the schema describes each field.

    `sha256` to `audio_sha256`, `delivered` and `rendered_at` are None unless the status is done.
    """

    id: str
    song: str
    variant: Mapping[str, Value]
    take: int
    key: str
    status: str
    output: str
    lyrics: str
    voice: ReferenceUse | None
    instrumental: ReferenceUse | None
    audio: AudioSetting
    tags: Mapping[str, str]
    sha256: str | None = None
    bytes: int | None = None
    seconds: float | None = None
    audio_sha256: str | None = None
    delivered: Delivered | None = None
    warnings: tuple[str, ...] = ()
    trace_id: str | None = None
    attempts: int = 0
    unknown_outcomes: int = 0
    cost_usd: float | None = None
    rendered_at: str | None = None
    error: str | None = None

    @property
    def done(self) -> bool:
        """Whether the entry stands for a file."""
        return self.status == "done"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one spec's outputs are."""

    spec: str
    engine: EngineIdentity
    references: Mapping[str, ReferenceEntry] = field(default_factory=dict)
    renders: tuple[Entry, ...] = ()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.renders)


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
    return {name: tree[name] for name in _FIELD_ORDER}


_FIELD_ORDER = (
    "id", "song", "variant", "take", "key", "status", "output", "sha256", "bytes", "seconds",
    "audio_sha256", "lyrics", "voice", "instrumental", "audio", "delivered", "tags", "warnings",
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
        "warnings": tuple(tree["warnings"]),
    }
    return Entry(**{**tree, **typed})


def _use(tree: dict[str, str] | None) -> ReferenceUse | None:
    if tree is None:
        return None
    return ReferenceUse(tree["reference"], Purpose(tree["purpose"]), tree["sha256"])
