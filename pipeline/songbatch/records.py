"""Records of earlier runs: receipts from the ledger, entries of a manifest.

Types only; `songbatch.store` reads and writes them, `songbatch.plan` decides by them. An entry is a
struct because manifests are read by its types, ten thousand at a time: they are held to them, and
digests to their form (`songbatch.store.manifest_records`), since a manifest may be edited, or a
stranger's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec

from songbatch.digest import Count, Digest, ManyDigests, Real
from songbatch.measures import Finding, Measures
from songbatch.model import (
    AudioFormat,
    AudioSetting,
    Cover,
    PartPlace,
    Purpose,
    ReferenceUse,
    RenderInputs,
    Rights,
    Value,
    is_part,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.model import EngineIdentity

STATES = {"done", "failed", "held"}
"""How a recorded render ended; a forecast has other words (`songbatch.diff.compare`)."""

UNDER_WAY = "under way"
"""How a render ended that goes on at its service: no manifest says so, the ledger does."""

NOT_ASKED_FOR = "not asked for: "
"""How the error of a render begins whose request no service took, because of what comes behind."""
NOT_ASKED = f"{NOT_ASKED_FOR}the run was interrupted"
"""The error of a render that a run did not come to."""
NOT_ASKED_YET = "not asked for yet: "
"""How the error of a render begins that its service, too busy, never took."""

BELOW, ODD, CREDENTIAL = "below", "odd", "credential"
"""The codes of findings that are made of an entry's warnings and of its field `credential`, and
never written down again."""
ODD_ANSWER = "odd answer: "
"""How a warning begins that is about the answer which audio came in, and not about the audio."""

ManifestId = tuple[str, str]
"""Spec and engine: what a manifest is of."""

UploadKey = tuple[str, str, Purpose, str]
"""Engine account, digest of the reference, purpose, and what it is stored as: uploaded once."""


RECORDED_INPUTS = tuple(name for name in RenderInputs.__struct_fields__ if name != "engine")
"""The inputs that an entry has as fields; the engine is its manifest's."""


class ServiceFacts(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the service said of a song, beyond its price and its audio.

    `seed` and `model` are those it used, `seed_asked` and `seconds_asked` what it was asked for;
    `is_cap` says that it may make shorter songs than it is asked for. `cost_kind` is `told`,
    `computed` of units that it billed, or `planned` where it said nothing of that; `line_times` are
    seconds and the lines that are sung then; `filled_in` is what it used for keys of a song,
    said or not; `notes` what it did otherwise than asked.
    """

    job: str | None = None
    seed: Count | None = None
    seed_asked: Count | None = None
    seconds_asked: Real | None = None
    is_cap: bool = False
    model: str | None = None
    cost_kind: str | None = None
    filled_in: Mapping[str, Value] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    line_times: tuple[tuple[Real, str], ...] = ()
    part_starts: tuple[Real, ...] = ()
    """The seconds at which the parts begin that a song was joined of here."""
    part_audio: tuple[Digest, ...] = ()
    """The digests of those parts, as they were received."""


class MadeReference(msgspec.Struct, frozen=True):
    """What a job makes an id of, where it makes no song: a reference, by its digest."""

    sha256: str
    purpose: Purpose
    stored_as: str


class JobRecord(Protocol):
    """What the ledger has of a song under way."""

    @property
    def attempt(self) -> int:
        """Which request for its key it came of, from 1."""

    @property
    def job(self) -> str:
        """Its name at the service."""

    @property
    def engine(self) -> str:
        """Which engine was asked, by the name it had."""

    @property
    def account(self) -> str:
        """Whose job it is."""

    @property
    def format(self) -> AudioFormat:
        """In which container the song comes."""

    @property
    def seed(self) -> int | None:
        """Which seed was asked for."""

    @property
    def seconds(self) -> float | None:
        """How long it was asked to last."""

    @property
    def usd(self) -> float | None:
        """What it was planned to cost, in US dollars."""

    @property
    def reference(self) -> MadeReference | None:
        """What it makes an id of; None for a song."""


class Receipt(msgspec.Struct, frozen=True):
    """Audio that was received for a key: the artefact, and what is known of how it came.

    `seconds` is the duration of the audio, None if nobody measured it; `at` when it was
    received; `cost_usd` None if neither the service nor a price list gave one. `song_sha256` is
    what the song is on every machine, None from an engine that does not say. `attempts` is how
    many requests it took, of which `unknown_outcomes` may have been paid without an answer.
    """

    key: str
    audio_sha256: str
    bytes: Count
    seconds: Real | None
    at: str
    trace_id: str | None = None
    cost_usd: Real | None = None
    facts: ServiceFacts = ServiceFacts()
    song_sha256: Digest | None = None
    attempts: Count = 0
    unknown_outcomes: Count = 0


class Master(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it was received, of which the output is made."""

    sha256: Digest
    format: AudioFormat


class Delivered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What received audio was measured to be: Hz, bit/s on average."""

    format: AudioFormat
    sample_rate: Count
    bitrate: Count
    channels: Count


class ReferenceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reference as the manifest lists it; `bytes` and `seconds` None for an unfetched URL."""

    source: str
    purpose: Purpose
    sha256: Digest
    bytes: Count | None
    seconds: Real | None
    rights: Rights | None = None


class SongRecord(Protocol):
    """A record of a song."""

    @property
    def key(self) -> str:
        """The identity of its request."""

    @property
    def audio_sha256(self) -> str | None:
        """Which bytes were received."""

    @property
    def song_sha256(self) -> str | None:
        """What the song is on every machine, if the engine says so."""


def is_same_song(one: SongRecord, other: SongRecord) -> bool:
    """Return whether two records are of the same song: in the same bytes, or in others.

    Encoders and decoders give other ones on another processor.
    """
    if one.audio_sha256 == other.audio_sha256:
        return True
    are_known = one.song_sha256 is not None and one.key == other.key
    return are_known and one.song_sha256 == other.song_sha256


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One render of a manifest; the schema describes each field.

    `sha256` to `audio_sha256`, `delivered` and `rendered_at` are None unless the status is done.
    """

    id: str
    song: str
    variant: Mapping[str, Value]
    take: Count
    key: ManyDigests
    status: str
    output: str
    lyrics: str | None
    voice: ReferenceUse | None
    instrumental: ReferenceUse | None
    audio: AudioSetting
    tags: Mapping[str, str]
    sha256: ManyDigests | None = None
    bytes: Count | None = None
    seconds: Real | None = None
    audio_sha256: ManyDigests | None = None
    delivered: Delivered | None
    warnings: tuple[str, ...]
    trace_id: str | None = None
    attempts: Count = 0
    unknown_outcomes: Count = 0
    cost_usd: Real | None = None
    rendered_at: str | None = None
    error: str | None = None
    lang: str | None = None
    style: str | None = None
    duration: Real | None = None
    seed: Count | None = None
    bpm: Count | None = None
    scale: str | None = None
    meter: str | None = None
    vocals: str | None = None
    follow: str | None = None
    strength: Real | None = None
    options: Mapping[str, Value] | None = None
    part: PartPlace | None = None
    parts: tuple[ManyDigests, ...] | None = None
    seed_honoured: bool | None = None
    seed_asked: Count | None = None
    """Only where another one was used."""
    seconds_asked: Real | None = None
    """Only where the song says no duration."""
    model: str | None = None
    job: str | None = None
    master: Master | None = None
    song_sha256: ManyDigests | None = None
    """What the song is on every machine, where its bytes are not the same."""
    cost_kind: str | None = None
    notes: tuple[str, ...] = ()
    credential: str | None = None
    """The kind of the Content Credential that its audio came with."""
    cover: Cover | None = None
    tag_version: Count = 0
    """How the output's tag was written; 0 if it has none of ours."""
    measures: Measures | None = None
    findings: tuple[Finding, ...] = ()

    def inputs(self, engine: EngineIdentity) -> RenderInputs:
        """Return what decided its audio; `engine` is that of its manifest."""
        own = {name: getattr(self, name) for name in RECORDED_INPUTS}
        asked = self.seed if self.seed_asked is None else self.seed_asked
        own["seed"] = None if asked == self.take else asked
        own["audio"] = None if engine.master and self.parts is None else self.audio
        return RenderInputs(engine=engine, **own)

    def but(self, **fields: Any) -> Self:
        """Return it with other values of some fields."""
        return msgspec.structs.replace(self, **fields)

    @property
    def values(self) -> Mapping[str, Value]:
        """What tells its variant from the others of its song, by variable."""
        return self.variant

    @property
    def is_part(self) -> bool:
        """Whether it is only a part of a song."""
        return is_part(self.id)

    @property
    def done(self) -> bool:
        """Whether the entry stands for a file."""
        return self.status == "done"

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """All remarks on its audio: how it came, and findings."""
        if not self.warnings and self.credential is None:
            return self.findings
        odd = [w.removeprefix(ODD_ANSWER) for w in self.warnings if w.startswith(ODD_ANSWER)]
        made = ((BELOW, self.shortfalls), (ODD, odd))
        delivery = (Finding(code, "; ".join(texts)) for code, texts in made if texts)
        return (*delivery, *self._credentials(), *self.findings)

    def _credentials(self) -> Iterator[Finding]:
        if self.credential is None:
            return
        # What it vouches for is the file as it was received, byte by byte.
        where = "`songbatch recover --received NEW FILE` writes the file that it is bound to"
        if self.master is not None or self.audio.format is not AudioFormat.MP3:
            where = f"the file that it is bound to is in the store, as {self.audio_sha256}"
        yield Finding(CREDENTIAL, f"it came with a Content Credential ({self.credential}): {where}")

    @property
    def shortfalls(self) -> list[str]:
        """How its audio differs from what was asked for."""
        return [warning for warning in self.warnings if not warning.startswith(ODD_ANSWER)]

    @property
    def was_not_asked(self) -> bool:
        """Whether it has no audio because no service took a request for it, and nothing else."""
        return (self.error or "").startswith((NOT_ASKED_FOR, NOT_ASKED_YET))

    @property
    def ending(self) -> str:
        """How a run ended for it: its status, but `not asked` where that is why it has no audio."""
        return "not asked" if self.status == "failed" and self.was_not_asked else self.status

    @property
    def is_measured(self) -> bool:
        """Whether its audio was measured, or cannot be."""
        return self.measures is not None or any(f.code == "unmeasured" for f in self.findings)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one spec's outputs are."""

    spec: str
    engine: EngineIdentity
    references: Mapping[str, ReferenceEntry] = field(default_factory=dict)
    renders: tuple[Entry, ...] = ()
    texts: Sequence[msgspec.Raw] = field(default=(), compare=False, repr=False)
    """The texts that the renders were read from, one by one; empty if they were not read."""

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.renders)

    def without_parts(self) -> Manifest:
        """Return the manifest of what is listened to: parts of songs are left out."""
        songs = tuple(entry for entry in self.renders if not entry.is_part)
        return self if len(songs) == len(self.renders) else replace(self, renders=songs, texts=())
