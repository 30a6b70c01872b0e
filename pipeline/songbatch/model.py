"""The frozen types that travel between the rooms. Data only: no I/O, no clock.

Structs and not dataclasses: making the classes of those takes a third of a command's start.

Spec ─ lists ─▶ Reference, UnresolvedRender ─ resolved to ─▶ Render ─ planned as ─▶ step of a plan
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import msgspec
from msgspec.structs import force_setattr

from songbatch.digest import Count, ManyDigests, Real, canonical_json, sha256
from songbatch.sources import Span

KEY_VERSION = 1

Value = str | int | float | bool | None
"""What a variable of a template may be."""


class Purpose(StrEnum):
    """What a reference is a reference for; decides which ids its upload answers."""

    SONG = "song"
    VOICE = "voice"
    INSTRUMENTAL = "instrumental"

    @property
    def gives_voice(self) -> bool:
        """Whether an upload with this purpose returns a voice id."""
        return self is not Purpose.INSTRUMENTAL

    @property
    def gives_instrumental(self) -> bool:
        """Whether an upload with this purpose returns an instrumental id."""
        return self is not Purpose.VOICE


class AudioFormat(StrEnum):
    """The container of the rendered audio; PCM is 16-bit little-endian stereo without a header."""

    MP3 = "mp3"
    WAV = "wav"
    PCM = "pcm"


SAMPLE_RATES = (16000, 24000, 32000, 44100)
"""Hz, as the hosted contract lists them."""

BITRATES = (32000, 64000, 128000, 256000)
"""bit/s, as the hosted contract lists them."""

MPEG2_MAX_BITRATE = 160000
"""bit/s: MPEG-2 Layer III, which 16 and 24 kHz mean, has no higher rate (ISO/IEC 13818-3)."""


class AudioSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the audio shall be: `sample_rate` in Hz, `bitrate` in bit/s (of MP3)."""

    format: AudioFormat = AudioFormat.MP3
    sample_rate: Count = 44100
    bitrate: Count = 256000

    def as_json(self) -> dict[str, Any]:
        """Return the setting as the contract, the key and the manifest write it."""
        return {
            "format": self.format.value,
            "sample_rate": self.sample_rate,
            "bitrate": self.bitrate,
        }

    @property
    def reachable_bitrate(self) -> int:
        """The MP3 bit rate (bit/s) nearest to the asked one that MPEG has at this sample rate."""
        return min(self.bitrate, MPEG2_MAX_BITRATE) if self.sample_rate < 32000 else self.bitrate


MP3_ADDS = 2304
"""Frames that an encoder puts in front, and fills its last block with, at most."""


class ReferenceForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form an engine takes references in: WAV of 16 bits, or MP3 of `bitrate` bit/s.

    `sample_rate` in Hz; 1 or 2 `channels`. References last exactly `seconds`: longer ones are cut
    off, shorter ones are repeated as a whole until they fill it. Or they are cut off after
    `most_seconds`, with what an MP3 encoder adds.
    """

    format: AudioFormat
    sample_rate: int
    channels: int = 2
    bitrate: int = 256000
    seconds: float | None = None
    most_seconds: float | None = None

    @property
    def most_frames(self) -> int | None:
        """How many frames of a reference are of use; None for all."""
        if self.seconds is not None:
            return round(self.seconds * self.sample_rate)
        if self.most_seconds is None:
            return None
        added = MP3_ADDS if self.format is AudioFormat.MP3 else 0
        return math.floor(self.most_seconds * self.sample_rate) - added


class EngineSettings(msgspec.Struct, frozen=True):
    """A project's settings of an engine; None for what it leaves to the defaults.

    Price in US dollars and duration in seconds, both of one render; `jobs` requests at once. `kind`
    is whose code it runs, `key_env` the variable that holds its key, `face` which of its interfaces
    is spoken. `lost_after` seconds go by before a job that the server has forgotten is given up.
    `settings` are those of an engine that another package brings. `models` and `hands` are rows for
    the tables of a job service, as its file has them; the further addresses move parts of it.
    """

    usd_per_render: float | None = None
    seconds_per_render: float | None = None
    jobs: int | None = None
    kind: str | None = None
    url: str | None = None
    model: str | None = None
    key_env: str | None = None
    face: str | None = None
    lost_after: float | None = None
    settings: Mapping[str, Value | tuple[Value, ...]] = msgspec.field(default_factory=dict)
    queue_url: str | None = None
    platform_url: str | None = None
    upload_url: str | None = None
    models: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    hands: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)


class AudioInfo(msgspec.Struct, frozen=True):
    """What was measured of audio bytes: duration in seconds, rate in Hz, bitrate in bit/s."""

    format: AudioFormat
    seconds: Real
    sample_rate: Count
    channels: Count
    bitrate: Count


class Rights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may allow the use of a recording, and on what terms; None for what nobody said."""

    holder: str | None = None
    licence: str | None = None
    consent: str | None = None
    note: str | None = None

    @property
    def are_cleared(self) -> bool:
        """Whether they say whose the recording is, and why it may be used."""
        return bool(self.holder and (self.licence or self.consent))

    def said(self) -> dict[str, str]:
        """Return what was said, by its key in a spec, in the order of the keys."""
        every = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: text for name, text in every if text is not None}


class RecordingCut(msgspec.Struct, frozen=True):
    """The part of a recording that counts, in milliseconds; `to_ms` is None for its end."""

    from_ms: int = 0
    to_ms: int | None = None


class Reference(msgspec.Struct, frozen=True):
    """An audio track a spec lists: either `file` (relative to the project, POSIX) or `url`."""

    name: str
    purpose: Purpose
    span: Span
    """Where its name stands."""
    source_span: Span
    """Where its file or URL stands."""
    file: str | None = None
    url: str | None = None
    sha256: str | None = None
    """The pinned digest, as the author wrote it; required beside `url`."""
    cut: RecordingCut | None = None
    """The part that counts; None for the whole."""
    cut_span: Span | None = None
    """Where its beginning stands, or its end if it has no beginning."""
    rights: Rights | None = None
    """What the author says of who may allow its use. Never part of a key."""

    @property
    def source(self) -> str:
        """Where the bytes come from, for people."""
        return self.file or self.url or ""


class TrackRemark(msgspec.Struct, frozen=True):
    """What deserves a warning about the bytes of a reference: a code and a sentence's predicate."""

    code: str
    text: str


class Track(msgspec.Struct, frozen=True):
    """The bytes behind a reference. `info` is None for a URL that was not fetched yet.

    `begins` is the second at which its first sound is there, None for silence. With a `cut`,
    `info` and all else are of that part, and `whole` are the seconds of all of it.
    """

    sha256: str
    bytes: int | None
    info: AudioInfo | None
    begins: Real | None = 0
    remarks: tuple[TrackRemark, ...] = ()
    cut: RecordingCut | None = None
    whole: Real | None = None
    kind: str = ""
    """The format that a WAV is made of, as people call it; "" for bytes that are taken as is."""


class ReferenceUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reference in one role of a render. Identity is digest, purpose and cut, not its name.

    Of a cut, `from_ms` is there, and `to_ms` if it ends before the recording does.
    """

    reference: str
    purpose: Purpose
    sha256: ManyDigests
    from_ms: Count | None = None
    to_ms: Count | None = None

    @classmethod
    def of(cls, reference: str, purpose: Purpose, track: Track) -> ReferenceUse:
        """Return the use of a reference whose bytes are `track`."""
        if track.cut is None:
            return cls(reference, purpose, track.sha256)
        return cls(reference, purpose, track.sha256, track.cut.from_ms, track.cut.to_ms)

    def as_key(self) -> dict[str, Any]:
        """Return what of the reference belongs to a render's key."""
        key: dict[str, Any] = {"sha256": self.sha256, "purpose": self.purpose.value}
        cut = {"from_ms": self.from_ms, "to_ms": self.to_ms}
        return key | {name: place for name, place in cut.items() if place is not None}

    @property
    def cut(self) -> RecordingCut | None:
        """The part that counts; None for the whole."""
        return None if self.from_ms is None else RecordingCut(self.from_ms, self.to_ms)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a spec names: a file relative to the project, POSIX, and where it is named."""

    file: str
    span: Span = field(compare=False)


class Cover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The picture in an output's tag. Identity is the digest; `file` is for people."""

    file: str
    sha256: str


class Uploaded(msgspec.Struct, frozen=True):
    """What an upload answered: the ids that its purpose gives, or the `handle` of the reference.

    A handle is an address or an id; `until` is when it expires (UTC, ISO 8601), None for never.
    `cost_usd` is what a job cost that made it, in US dollars, None if its service does not say.
    """

    voice_id: str | None
    instrumental_id: str | None
    trace_id: str | None = None
    handle: str | None = None
    until: str | None = None
    cost_usd: float | None = None


class EngineIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of an engine decides how a render sounds, and what people call it.

    `name` is an engine, or an engine and its model: `acestep`, `fal/music-3`. `sound` goes up when
    equal requests begin to sound different. `kind` is whose code it runs, where that is not the
    name. `master` is the one form in which it delivers, "" if it delivers what a spec asks for.
    """

    name: str
    model: str
    sound: str = ""
    kind: str = ""
    master: Literal["", "mp3", "wav"] = ""

    def as_json(self) -> dict[str, str]:
        """Return the identity as keys have it: whatever people call the engine."""
        named = {"name": self.kind or self.name, "model": self.model}
        return named | {"sound": self.sound} if self.sound else named

    def as_named(self) -> dict[str, str]:
        """Return the identity as manifests write it."""
        written = {"name": self.name, "model": self.model}
        further = {"sound": self.sound, "kind": self.kind, "master": self.master}
        return written | {name: text for name, text in further.items() if text}


class PartPlace(StrEnum):
    """Where in its song a part is, for an engine whose parts carry on."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"


class PartText(msgspec.Struct, frozen=True, array_like=True):
    """A part of a song that is made by itself: its words, and what it has of its own."""

    lyrics: str
    style: str | None = None
    options: Mapping[str, Mapping[str, Value]] | None = None


class Until(msgspec.Struct, frozen=True):
    """How long takes of a variant are asked for: until so many are good, at most so many in all.

    `max_usd` is the most that they may cost together, in US dollars; None for no bound.
    """

    good: int
    max_takes: int
    max_usd: float | None = None


class UnresolvedRender(msgspec.Struct, frozen=True, array_like=True):
    """A render whose references are still names: what a spec alone gives.

    `lyrics` have their section lines, however an engine wants them. `seed` is that of the take.
    `output` is the file's name without folder and suffix.
    `tags` are the author's over the usual ones.
    """

    spec: str
    song: str
    variant: Mapping[str, Value]
    label: str
    take: int
    lyrics: str | None
    voice: str | None
    instrumental: str | None
    audio: AudioSetting
    tags: Mapping[str, str]
    output: str
    lang: str | None = None
    """The language of the lyrics, a BCP 47 tag; None if it is left to the engine."""
    cover: Picture | None = None
    lrc: bool = False
    """Whether a file with the times of the lines shall lie beside the song."""
    style: str | None = None
    duration: float | None = None
    seed: int | None = None
    bpm: int | None = None
    scale: str | None = None
    meter: str | None = None
    vocals: str | None = None
    follow: str | None = None
    strength: float | None = None
    options: Mapping[str, Mapping[str, Value]] | None = None
    """Fields for requests as they are, by the engine's name."""
    engine: str | None = None
    """What its spec says that makes it; None if it says nothing. `--engine` wins over it."""
    labels: tuple[str, ...] = ()
    """Words by which it is selected. They decide nothing of the audio."""
    until: Until | None = None
    """Up to when takes of its variant are asked for; None for all of them."""
    parts: tuple[PartText, ...] = ()
    """The parts that it is joined of; none for what is made in one piece."""
    part: int = 0
    """Which part of its song it is, from 1; 0 for a song."""
    id: str = ""
    """The render's name for people: spec/song[/variant]/take, and /part-2 for a part of it.

    Derived from the other fields.
    """

    def __post_init__(self) -> None:
        song = render_id(self.spec, self.song, self.label, self.take)
        force_setattr(self, "id", f"{song}/{PART}{self.part}" if self.part else song)


PART = "part-"
"""How the last word of an id begins that is of a part of a song."""


def is_part(name: str) -> bool:
    """Return whether an id is that of a part of a song."""
    return name.rpartition("/")[2].startswith(PART)


def render_id(spec: str, song: str, label: str, take: int) -> str:
    """Return a render's name for people; `label` is that of its variant, "" if it has none."""
    return f"{spec}/{song}/{label}/{take}" if label else f"{spec}/{song}/{take}"


class Spec(msgspec.Struct, frozen=True):
    """One spec file, read, checked and expanded.

    `engine` is that of songs which name none; None if the author names none at all.
    """

    name: str
    path: str
    title: str
    engine: str | None
    references: Mapping[str, Reference]
    renders: tuple[UnresolvedRender, ...]


class Change(msgspec.Struct, frozen=True):
    """One fact of a render, as it was recorded and as it is now."""

    field: str
    was: object
    now: object


class RenderInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides a render's audio: renders with equal inputs are one request.

    The key, the tag, "X changed", --explain, the diff and the engine's request are made of its
    fields, and a manifest's entry gives them back (`songbatch.records.Entry.inputs`). Never among
    them: uploaded ids, paths, names, titles, tags, output names, the tool's version, time.

    A field that is new has None as its default and is left out of the key while it is None.
    Otherwise everybody would pay for everything again.
    """

    engine: EngineIdentity
    lyrics: str | None
    """In the grammar of the engine; None where nobody sings."""
    voice: ReferenceUse | None
    instrumental: ReferenceUse | None
    audio: AudioSetting | None
    """None where the engine delivers in one form, whatever is made of it then."""
    take: int
    lang: str | None = None
    """The language of the lyrics, a BCP 47 tag, where the engine has a place for it."""
    style: str | None = None
    """Genre, mood, instruments, voice."""
    duration: float | None = None
    """Seconds that the song shall last."""
    seed: int | None = None
    """Only where it is not the number of the take."""
    bpm: int | None = None
    scale: str | None = None
    meter: str | None = None
    vocals: str | None = None
    follow: str | None = None
    strength: float | None = None
    """From 0 to 1: how closely a reference is followed."""
    options: Mapping[str, Value] | None = None
    """Fields of the request as they are."""
    part: PartPlace | None = None
    """Where in its song it is, if the engine makes one performance of the parts of a song."""
    parts: tuple[ManyDigests, ...] | None = None
    """The keys of the parts that a song is joined of: nobody is asked for the song itself."""

    @property
    def key(self) -> str:
        """The identity of the audio: the SHA-256 of the inputs as canonical JSON."""
        return sha256(canonical_json(self.as_json()))

    def as_json(self) -> dict[str, Any]:
        """Return what the key is made of, as canonical JSON can have it: without fractions."""
        return {"key_version": KEY_VERSION} | {
            name: _WHOLE[name](value) if name in _WHOLE else value
            for name, value in self.facts().items()
            if value is not None or name in REFERENCE_INPUTS
        }

    def facts(self, *, named: bool = False) -> dict[str, Any]:
        """Return every field as JSON has it; `named` adds what references are called."""
        return {name: _fact(getattr(self, name), named=named) for name in self.__struct_fields__}

    def changes_since(self, was: RenderInputs, *, named: bool = False) -> list[Change]:
        """Return the fields that differ from earlier inputs. Names of references do not count."""
        before, after = was.facts(), self.facts()
        fields = [name for name in after if before[name] != after[name]]
        if fields and named:
            before, after = was.facts(named=True), self.facts(named=True)
        return [Change(name, before[name], after[name]) for name in fields]


REFERENCE_INPUTS = ("voice", "instrumental")
PART_INPUTS = ("part", "parts")
"""The inputs that come of how a song is cut: no key of a song is called so."""
OPTIONAL_INPUTS = tuple(
    name
    for name in RenderInputs.__struct_fields__[-len(RenderInputs.__struct_defaults__) :]
    if name not in PART_INPUTS
)
"""The other inputs that came after the first version of the key."""


_WHOLE: Mapping[str, Callable[[Any], object]] = {
    "duration": lambda seconds: round(1000 * seconds),
    "strength": lambda share: round(1000 * share),
    "options": lambda fields: {
        name: repr(value) if isinstance(value, float) else value for name, value in fields.items()
    },
}
"""How a key has what may be a fraction: milliseconds, thousandths, text."""


def _fact(value: object, *, named: bool) -> object:
    if isinstance(value, ReferenceUse):
        return {"reference": value.reference, **value.as_key()} if named else value.as_key()
    if isinstance(value, float) and value.is_integer():
        return int(value)  # a manifest reads 90 as 90.0
    if isinstance(value, tuple):
        return list(value)
    return value.as_json() if isinstance(value, EngineIdentity | AudioSetting) else value


class Render(msgspec.Struct, frozen=True):
    """One generation request: a song's variant and take, with everything resolved.

    `output` is the path of the file, relative to the project. `key` decides identity: two renders
    with one key are one piece of audio, whatever they are called.
    """

    unresolved: UnresolvedRender
    inputs: RenderInputs
    output: str
    cover: Cover | None = None
    parts: tuple[Render, ...] = ()
    """What it is joined of; none for what is made in one piece."""
    key: str = ""
    """Derived from the inputs."""

    def __post_init__(self) -> None:
        force_setattr(self, "key", self.inputs.key)

    @property
    def id(self) -> str:
        """The render's name for people."""
        return self.unresolved.id

    @property
    def spec(self) -> str:
        """The spec that it is of."""
        return self.unresolved.spec

    @property
    def is_part(self) -> bool:
        """Whether it is only a part of a song."""
        return self.unresolved.part > 0

    @property
    def values(self) -> Mapping[str, Value]:
        """What tells its variant from the others of its song, by variable."""
        return self.unresolved.variant

    @property
    def labels(self) -> tuple[str, ...]:
        """Words by which it is selected."""
        return self.unresolved.labels

    @property
    def references(self) -> tuple[ReferenceUse, ...]:
        """The references in use, the voice first."""
        uses = (self.inputs.voice, self.inputs.instrumental)
        return tuple(use for use in uses if use is not None)
