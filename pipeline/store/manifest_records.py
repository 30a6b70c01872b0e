"""A manifest's parts as its JSON has them, and what they are read as.

Every value is held to its type, digests to their form: a manifest may be edited, or a stranger's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from pipeline.measures import MEASURES_VERSION, Finding, Measures
from pipeline.model import AudioSetting, Cover, EngineIdentity, Purpose, ReferenceUse, Value
from pipeline.records import Delivered, Entry, ReferenceEntry

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reference: str
    purpose: Purpose
    sha256: Digest


class _Measured(msgspec.Struct):
    version: int


class _Version(msgspec.Struct):
    manifest: int


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    song: str
    variant: dict[str, Value]
    take: int
    key: Digest
    status: Literal["done", "failed", "held"]
    output: str
    lyrics: str
    voice: _Use | None
    instrumental: _Use | None
    audio: AudioSetting
    tags: dict[str, str]
    sha256: Digest | None
    bytes: int | None
    seconds: float | None
    audio_sha256: Digest | None
    delivered: Delivered | None
    warnings: tuple[str, ...]
    trace_id: str | None
    attempts: int
    unknown_outcomes: int
    cost_usd: float | None
    rendered_at: str | None
    error: str | None
    lang: str | None = None
    # What manifests of earlier versions do not have.
    cover: Cover | None = None
    tag_version: int = 0
    measures: msgspec.Raw = msgspec.Raw(b"null")
    findings: tuple[Finding, ...] = ()

    def read(self) -> Entry:
        """Return what it stands for."""
        typed = {
            "voice": self.voice and _use(self.voice),
            "instrumental": self.instrumental and _use(self.instrumental),
            "measures": _measures(self.measures),
        }
        return Entry(**{name: getattr(self, name) for name in self.__struct_fields__} | typed)


class Shell(msgspec.Struct, forbid_unknown_fields=True):
    """All of a manifest, or what is left of it without its entries."""

    manifest: int
    spec: str
    engine: EngineIdentity
    references: dict[str, ReferenceEntry]
    renders: list[_Entry]


version = msgspec.json.Decoder(_Version).decode
shell = msgspec.json.Decoder(Shell).decode
entry = msgspec.json.Decoder(_Entry).decode
_measured = msgspec.json.Decoder(_Measured | None).decode
_read_measures = msgspec.json.Decoder(Measures).decode


def _measures(text: msgspec.Raw) -> Measures | None:
    """Return measures as this songbatch takes them, None for others."""
    found = _measured(text)
    return _read_measures(text) if found and found.version == MEASURES_VERSION else None


@lru_cache(256)
def _use(use: _Use) -> ReferenceUse:
    # Thousands of songs share a few of these.
    return ReferenceUse(use.reference, use.purpose, use.sha256)
