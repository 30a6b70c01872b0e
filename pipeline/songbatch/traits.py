"""Traits of an engine: what its requests take, ignore, need and cannot have. Data only.

`check`, `plan`, `songbatch engines` and the docs go by them; nobody asks which engine it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from songbatch import limits
from songbatch.extras import Extra
from songbatch.model import AudioFormat, Purpose, ReferenceForm, Value

SONG_KEYS = (
    "style",
    "duration",
    "seed",
    "bpm",
    "scale",
    "meter",
    "vocals",
    "follow",
    "strength",
    "options",
    "lang",
)
"""The keys of a song that an engine takes, ignores or cannot have, in the order of the docs."""


class Grammar(StrEnum):
    """How an engine wants lyrics written."""

    HASHES = "hashes"
    """`##` at both ends asks for accompaniment; section lines would be sung."""
    BOTH = "both"
    """`##` at both ends asks for accompaniment, and `[Section]` lines are understood."""
    SECTIONS = "sections"
    """`[Section]` lines are understood; `##` means nothing."""
    SECTIONS_ALONE = "sections-alone"
    """The same, and what is not sung must still have a section with a line in it."""


class HandedOver(StrEnum):
    """How the bytes of a reference get to an engine."""

    IDS = "ids"
    """Uploaded once; requests name the ids that the upload answered."""
    BYTES = "bytes"
    """Sent along with every request."""
    LINK = "link"
    """Uploaded to the service's storage, for nothing; requests name the address, which expires."""
    MADE = "made"
    """Uploaded, and an id made of it by a job, which may cost something; requests name the id."""


class Range(msgspec.Struct, frozen=True):
    """Bounds, both included."""

    least: float
    most: float

    def has(self, value: float) -> bool:
        """Return whether a value is within the bounds."""
        return self.least <= value <= self.most


class TextRule(msgspec.Struct, frozen=True):
    """Bounds of a text in characters; `code` is that of the diagnostic for one that is longer.

    What is longer than `advised` gets a warning.
    """

    most: int
    advised: int | None = None
    is_needed: bool = False
    code: str = "engine.too-long"


class ReferenceRule(msgspec.Struct, frozen=True):
    """How a reference of one purpose is used: `meaning` completes "it is used as".

    `seconds` are the durations that are taken; shorter than `advised_seconds` gets a warning.
    A rule that `is_blurred` cannot tell this purpose from others, which deserves a warning.
    """

    handed_over: HandedOver
    meaning: str
    seconds: Range
    advised_seconds: float | None = None
    form: ReferenceForm | None = None
    """The form that the file is brought into first if its sound is followed; None for as it is."""
    is_blurred: bool = False
    is_hosted_contract: bool = False
    """Whether what is wrong with a file has the codes of the hosted contract."""
    stored_as: str = ""
    """What an upload is at the service: one handle serves all rules that say the same."""
    usd: float = 0.0
    """US dollars for one that is made."""
    is_public: bool = False
    """Whether anybody who has the address can hear an uploaded file."""


class PartRule(msgspec.Struct, frozen=True):
    """How a song is made whose lyrics are longer than one request takes: in parts that are joined.

    Lyrics are cut into parts of at most `most` characters; 0 for an engine that takes long ones,
    and makes parts only of a song that is written in `sections`. Where the parts `carry_on` they
    are one performance: each knows its place, begins `lead` seconds before its first bar and ends
    `tail` seconds after its last, and they overlap by that. Elsewhere they are cross-faded.
    """

    most: int = 0
    carries_on: bool = False
    lead: float = 0.0
    tail: float = 0.0


class OptionType(StrEnum):
    """What a field of `options` holds, in the words of a message."""

    WHOLE = "a whole number"
    NUMBER = "a number"
    YES_NO = "true or false"
    TEXT = "a text"


class OptionRule(msgspec.Struct, frozen=True):
    """What a field of `options` may be. `aliases` are the other names that the engine knows it by.

    `ignored` is why it makes no difference, "" if it does; it completes "FIELD is ignored: ".
    `needs` are the packages that values need, `languages` those of words for which values count,
    as BCP 47 has them, two letters or three; a value that is not there counts for all. With values
    that are `trained`, a trained model makes what is heard.
    """

    type: OptionType
    range: Range | None = None
    values: tuple[str, ...] = ()
    """The texts that are taken; none: any."""
    aliases: tuple[str, ...] = ()
    ignored: str = ""
    needs: Mapping[str, Extra] = msgspec.field(default_factory=dict)
    languages: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
    trained: frozenset[Value] = frozenset()


class RepaintRule(msgspec.Struct, frozen=True):
    """How a part of a song is asked to be made anew: fields of a request that follows the song.

    `start` and `end` are the fields for seconds, `constants` what else is sent.
    """

    start: str
    end: str
    constants: Mapping[str, Value] = msgspec.field(default_factory=dict)

    def fields(self, from_ms: int, to_ms: int) -> dict[str, Value]:
        """Return the fields for a part of a song."""
        return {**self.constants, self.start: _seconds(from_ms), self.end: _seconds(to_ms)}


def _seconds(ms: int) -> Value:
    return ms // 1000 if ms % 1000 == 0 else ms / 1000


class Traits(msgspec.Struct, frozen=True):
    """What a model takes. A key that is neither in `takes` nor in `ignores` is an error, but for
    `lang`, which says nothing that the words do not, and `vocals` where nobody would sing anyway.

    `ignores` has a reason for each key, which completes "KEY is ignored: ". `cannot` has reasons in
    the same way for values or combinations of a key that is taken otherwise, as `key=value`.
    `song` are the durations of songs that come, in seconds. `duration` are those that may be asked
    for; where `length_is_needed` and a song says none, it is estimated from the lyrics
    (`songbatch.lyrics.length`). `master` is the one form that the engine delivers, None if it takes
    the setting of the spec. `silent_lyrics` are sent where nobody sings.
    """

    grammar: Grammar
    lyrics: TextRule
    takes: frozenset[str]
    ignores: Mapping[str, str]
    references: Mapping[Purpose, ReferenceRule]
    needs_reference: bool
    song: Range
    cannot: Mapping[str, str] = msgspec.field(default_factory=dict)
    style: TextRule | None = None
    duration: Range | None = None
    duration_is_cap: bool = False
    duration_is_bounded: bool = False
    """Whether another duration is no error, but brought within the bounds, with a warning."""
    length_is_needed: bool = False
    seed: Range | None = None
    bpm: Range | None = None
    languages: frozenset[str] = frozenset()
    """Languages that a request may name, as BCP 47 does: two letters, or three; none: any."""
    options: frozenset[str] = frozenset()
    """Fields that `options` must not hold, because the engine sets them itself."""
    option_rules: Mapping[str, OptionRule] = msgspec.field(default_factory=dict)
    """The fields that `options` may hold, by name; empty: nobody knows."""
    master: AudioFormat | None = None
    master_rate: int = 48000
    """Hz; only used to set room aside."""
    has_jobs: bool = False
    finds_lost: bool = False
    """Whether the service lists requests, among which a lost one may be found."""
    silent_lyrics: str | None = None
    parts: PartRule = PartRule()
    in_style: tuple[str, ...] = ()
    """Keys of a song that are written into the text of its style."""
    repaint: RepaintRule | None = None
    """How a part of a song is made anew; None where that cannot be asked for."""
    known_models: tuple[str, ...] = ()
    """Names of models, without who serves them. There may be others."""

    def why_no_place(self, purpose: Purpose) -> str:
        """Return why there can be no reference of a purpose; completes "cannot: "."""
        return self.cannot.get(purpose, NO_PLACE)

    def why_bounded(self, duration: float) -> str:
        """Return why a duration is brought within the bounds, "" if it is not."""
        bounds = self.duration
        if not self.duration_is_bounded or bounds is None or bounds.has(duration):
            return ""
        return f"its songs last {bounds.least:g} to {bounds.most:g} s"

    @property
    def left_out_beside_reference(self) -> tuple[str, ...]:
        """Keys of a song that make no difference beside a reference."""
        return ("style", *self.in_style) if STYLE_BESIDE_REFERENCE in self.ignores else ()


class SpecEngine(msgspec.Struct, frozen=True):
    """The engine that a spec is judged for; `kind` is whose code it runs, if not its name."""

    name: str
    traits: Traits
    kind: str = ""
    model: str = ""

    @property
    def option_names(self) -> tuple[str, ...]:
        """Under which names `options` are its own; what stands under a later one wins."""
        return names_of_options(self.name, self.kind, self.model)


def names_of_options(name: str, kind: str, model: str) -> tuple[str, ...]:
    """Return under which names `options` are for an engine: its kind, its own, with its model.

    `model` is the one that renders, whether `name` says it or not.
    """
    alone = filter(None, (kind, name.partition("/")[0]))
    each = [called for one in alone for called in (one, f"{one}/{model}" if model else one)]
    return tuple(dict.fromkeys((*each, name)))


class EngineLookup(Protocol):
    """The engines of a project, as far as specs are judged by them."""

    def for_spec(self, named: str | None) -> SpecEngine:
        """Return what renders a spec that names this engine, or none. Raises UnknownEngine."""

    def demand(self, name: str) -> object:
        """Raise UnknownEngine unless there is an engine of this name."""


class UnknownEngine(Exception):
    """No engine has this name; says why, and what to write."""

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.fix = fix


class NoSuchEngine(UnknownEngine):
    """Neither this program nor an installed package has an engine of this name."""


STRENGTH_ALONE = "strength+follow=style"
"""The entry of `Traits.cannot` for a strength where the reference's tune is not kept."""

NO_PLACE = "it has no place for one"
"""Why there can be no reference of a purpose of which `Traits.cannot` says nothing."""

STYLE_BESIDE_REFERENCE = "style+reference"
"""The entry of `Traits.ignores` for a style, and what is written into it, beside a reference."""

_OWN_WAY = "it follows the reference, and has no such setting"
HOSTED_CONTRACT = Traits(
    grammar=Grammar.HASHES,
    lyrics=TextRule(
        limits.MAX_LYRICS, limits.ADVISED_LYRICS, is_needed=True, code="lyrics.too-long"
    ),
    takes=frozenset(),
    ignores={
        **dict.fromkeys(("style", "bpm", "scale", "meter", "follow", "strength"), _OWN_WAY),
        "duration": "it decides itself how long a song is, at most a minute",
        "seed": "takes vary, and not by a seed",
        "options": "it has no further fields",
    },
    references=dict.fromkeys(
        Purpose,
        ReferenceRule(
            HandedOver.IDS,
            "what it is",
            Range(
                limits.MIN_REFERENCE_SECONDS,
                limits.MAX_REFERENCE_SECONDS + limits.ENCODER_PADDING_SECONDS,
            ),
            limits.ADVISED_REFERENCE_SECONDS,
            is_hosted_contract=True,
        ),
    ),
    needs_reference=True,
    song=Range(limits.MIN_SONG_SECONDS, limits.MAX_SONG_SECONDS),
    parts=PartRule(limits.ADVISED_LYRICS),
)
"""What two engines take: the one it was published for, and the one that stands in for it."""


class HostedOnly(EngineLookup):
    """Lookup where nothing is known of engines: every name is the hosted contract's."""

    def for_spec(self, named: str | None) -> SpecEngine:
        """Return an engine of this name."""
        return SpecEngine(named or "", HOSTED_CONTRACT)

    def demand(self, name: str) -> object:
        """Know every name."""
        return name


ANYTHING = Traits(
    grammar=Grammar.HASHES,
    lyrics=TextRule(2**31),
    takes=frozenset(SONG_KEYS),
    ignores={},
    references={
        purpose: ReferenceRule(HandedOver.IDS, "what it is", Range(0, math.inf))
        for purpose in Purpose
    },
    needs_reference=False,
    song=HOSTED_CONTRACT.song,
)
"""What an engine that nobody knows takes: of its specs, only other mistakes are reported."""
