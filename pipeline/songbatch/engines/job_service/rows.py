"""Types of a row of the table of models: what a model takes, and under which fields. Data only.

A row stands in a file of the package, or in a project's `songbatch.yaml`, in the same form. Paths
are names with dots between them, with numbers for places in a list: `audio.url`, `outputs.0`; `.`
is the whole. Fields of a request are such paths, too.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from songbatch.model import AudioFormat, Purpose, Value
from songbatch.prices import Rates
from songbatch.traits import Grammar

UNBOUNDED_CHARACTERS = 100_000
"""Where a service says nothing of how long a text may be."""


class TextField(msgspec.Struct, frozen=True):
    """A text of a request: `field` holds it, with at most `max` characters."""

    field: str
    max: int = UNBOUNDED_CHARACTERS
    needed: bool = False
    grammar: Grammar = Grammar.SECTIONS
    """Of lyrics."""
    separator: str = ""
    """What stands between the parts of a style that a song separates by commas; "" for as it is."""
    silent: str | None = None
    """What is sent as lyrics where nobody sings; None where a field of its own says so."""


class NumberField(msgspec.Struct, frozen=True, rename={"least": "from", "most": "to"}):
    """A number of a request; `least` and `most` are bounds in the units of a song's key.

    None where nobody says any. A duration is in seconds, its `unit` at the service `s` or `ms`.
    `cap`: the song may be shorter. `in_style` writes it into the text of the style, and `field` is
    "" then. `told` is the path at which an answer has the one that was used.
    """

    field: str = ""
    least: float | None = None
    most: float | None = None
    unit: str = "s"
    cap: bool = False
    in_style: bool = False
    told: str = ""


class ChoiceField(msgspec.Struct, frozen=True):
    """A text out of few: `values` gives what the service calls what a song says.

    Without `values`, what a song says is sent as it is.
    """

    field: str = ""
    values: Mapping[str, Value] = msgspec.field(default_factory=dict)
    in_style: bool = False


class ReferenceField(msgspec.Struct, frozen=True, rename={"handed": "as"}):
    """References of some purposes: `field` holds what they were `handed` over as.

    That is `url`, an address in the service's storage, or the name of one of its hands
    (`Hand`). What is sent has one of `formats` and is within `seconds`; other formats are made the
    first of them. `meaning` completes "it is used as".
    """

    field: str
    handed: str = "url"
    purposes: tuple[Purpose, ...] = (Purpose.SONG,)
    formats: tuple[AudioFormat, ...] = (AudioFormat.MP3, AudioFormat.WAV)
    seconds: tuple[float, float] = (0.0, 600.0)
    cut: bool = False
    """Whether longer ones are cut off, and not refused."""
    needed: bool = False
    excludes_style: bool = False
    """Whether style is left out of a request that has it."""
    keeps_tune: bool = False
    """Whether it is followed as by `follow: song`, and not by its sound."""
    meaning: str = "what a song shall sound like"


class FixedField(msgspec.Struct, frozen=True):
    """A field with the value that it has where a song says something."""

    field: str
    value: Value


class Sends(msgspec.Struct, frozen=True):
    """Which fields a request has for the keys of a song; None where the model takes none."""

    lyrics: TextField | None = None
    style: TextField | None = None
    duration: NumberField | None = None
    seed: NumberField | None = None
    bpm: NumberField | None = None
    scale: ChoiceField | None = None
    meter: ChoiceField | None = None
    lang: ChoiceField | None = None
    strength: NumberField | None = None
    reference: tuple[ReferenceField, ...] = ()
    no_vocals: FixedField | None = None
    constants: Mapping[str, Value] = msgspec.field(default_factory=dict)
    marker: str = ""
    """A field that the model ignores and its service repeats: finds lost requests."""


BY_FIELD = (
    "lyrics", "style", "duration", "seed", "bpm", "scale", "meter", "lang", "strength",
)  # fmt: skip
"""Keys of a song that have a field each, by the names that they have in `Sends`."""


class Gives(msgspec.Struct, frozen=True):
    """Where in an answer things are, by paths; "" where they are not."""

    audio: str
    """The address of the song, or a list whose first it is."""
    form: AudioFormat = AudioFormat.WAV
    rate: int = 44100
    """Hz."""
    seconds: tuple[float, float] = (1.0, 600.0)
    """How long songs are."""
    seed: str = ""
    model: str = ""
    duration: str = ""
    duration_unit: str = "s"
    lines: str = ""
    """Sections with lines, or lines, that have `text` and `start`."""
    line_unit: str = "ms"


class OptionField(msgspec.Struct, frozen=True, rename={"least": "from", "most": "to"}):
    """What a field of `options` may be: `whole`, `number`, `yes-no` or `text`; its bounds."""

    type: str
    least: float | None = None
    most: float | None = None
    values: tuple[str, ...] = ()


class MeteredBy(msgspec.Struct, frozen=True):
    """A bill by a number that the service tells of a job: US dollars for one of `by`."""

    by: str
    usd: float


class ModelRow(msgspec.Struct, frozen=True):
    """A row: a model of a service.

    `number` goes up whenever equal inputs would make another request; a row of a project has none,
    and its digest stands for it. `version` pins the model where `endpoint` does not. `unsure` names
    paths of the row that nobody has tried, each with what is not known; `traps` are sentences for
    people. One that is `doubtful` may be gone.
    """

    name: str
    endpoint: str
    sends: Sends
    gives: Gives
    price: Rates
    number: int = 0
    version: str = ""
    title: str = ""
    doubtful: str = ""
    """Why it may be gone."""
    seconds_per_render: float = 60.0
    metered: MeteredBy | None = None
    """How its service bills, where that is not by the units of the price."""
    options: Mapping[str, OptionField] = msgspec.field(default_factory=dict)
    """Fields that `options` may hold; none: nobody knows which."""
    unsure: Mapping[str, str] = msgspec.field(default_factory=dict)
    traps: tuple[str, ...] = ()


class Hand(msgspec.Struct, frozen=True):
    """A way to hand over a reference that costs: a job that makes an id of its address.

    The request has the address in `field`, and `constants`; the id is at the path `gives`.
    """

    name: str
    endpoint: str
    field: str
    gives: str
    usd: float
    constants: Mapping[str, Value] = msgspec.field(default_factory=dict)
    meaning: str = ""
    """What is bought, for people: "a clone of the voice"."""


class ModelTable(msgspec.Struct, frozen=True):
    """The models of a service and its hands, by name."""

    models: Mapping[str, ModelRow]
    hands: Mapping[str, Hand]
