"""Settings of a song with the defaults merged in: still nodes, with their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.documents.yaml_nodes import Broken, Items, Scalar, Table, scalars
from songbatch.languages import canonical
from songbatch.model import AudioFormat, AudioSetting, Until
from songbatch.spec.written import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.documents.yaml_nodes import KeyValue, Node
    from songbatch.model import Value
    from songbatch.sources import Span

_MERGED = ("vars", "tags", "audio")
ENGINE = "engine"
"""The key of a spec, of defaults and of a song, and the dimension of a matrix."""
ROLES = ("reference", "voice", "instrumental")
WORDS = ("lyrics", "template", "sections")
"""The ways to give the words of a song, of which it has one."""
OPTIONS = "options"
"""Merged too, by engine and by field."""
_SETS_ASIDE = {
    "lyrics": {"template", "sections"},
    "template": {"lyrics", "sections"},
    "sections": {"lyrics", "template"},
    "reference": {"voice", "instrumental"},
    "voice": {"reference"},
    "instrumental": {"reference"},
    "takes": {"until"},
    "until": {"takes"},
}
"""Which defaults a song's own key replaces besides the one of its name."""


class SongSettings(msgspec.Struct, frozen=True):
    """A song: `settings` by key, its own and the defaults'; `tags` and `audio` merged."""

    key: Scalar
    settings: Mapping[str, Node]
    variables: Mapping[str, Value]
    vars: Mapping[str, Scalar]
    tags: Mapping[str, Scalar]
    audio: AudioSetting
    audio_node: Node
    takes: int
    until: Until | None
    labels: tuple[str, ...]
    lang: str | None
    lrc: bool
    incomplete: bool

    @property
    def name(self) -> str:
        """What the spec calls it."""
        return self.key.text

    @property
    def span(self) -> Span:
        """Where its name stands."""
        return self.key.span

    def scalar(self, key: str) -> Scalar | None:
        """Return the setting if it is a well-formed single value."""
        node = self.settings.get(key)
        return node if isinstance(node, Scalar) else None

    @property
    def lyrics_file(self) -> Scalar | None:
        """The name of a file of plain lyrics, if the song has one."""
        return scalars(self.settings.get("lyrics")).get("file")

    @property
    def has_words(self) -> bool:
        """Whether the song names lyrics, in whatever way."""
        is_file = isinstance(self.settings.get("lyrics"), Table)
        is_list = isinstance(self.settings.get("sections"), Items)
        return is_file or is_list or any((self.scalar("lyrics"), self.scalar("template")))

    def is_broken(self, *keys: str) -> bool:
        """Return whether one of the settings was written, but wrongly."""
        return self.incomplete or any(isinstance(self.settings.get(key), Broken) for key in keys)


def song(
    entry: KeyValue,
    defaults: Node | None,
    above: Mapping[str, Value],
    profile: Table | None = None,
    takes: int | None = None,
) -> SongSettings | None:
    """Return a song with its defaults, or None if it is not one; `above`: the spec's vars.

    Over both lies a `profile`, and over that what the command says of `takes`.
    """
    if not isinstance(entry.value, Table):
        return None
    own = entry.value if profile is None else laid_over(entry.value, profile)
    table = defaults if isinstance(defaults, Table) else Table(own.stretch, {})
    settings = _settings(table, own)
    parts = {key: _merged(key, table, own) for key in _MERGED}
    until = _until(settings.get("until")) if takes is None else None
    lang, lrc = settings.get("lang"), settings.get("lrc")
    return SongSettings(
        key=entry.key,
        settings=settings,
        variables={**above, **{name: written(node) for name, node in parts["vars"].items()}},
        vars=parts["vars"],
        tags=parts["tags"],
        audio=_audio(parts["audio"]),
        audio_node=parts["audio"].get("bitrate")
        or parts["audio"].get("sample_rate")
        or settings.get("audio", entry.key),
        takes=until.max_takes if until is not None else takes or _whole(settings.get("takes")),
        until=until,
        labels=_labels(settings.get("labels")),
        lang=canonical(lang.text) if isinstance(lang, Scalar) else None,
        lrc=isinstance(lrc, Scalar) and lrc.value is True,
        incomplete=own.incomplete or table.incomplete,
    )


def laid_over(below: Table, above: Table) -> Table:
    """Return a table with what another says over it, as songs lie over defaults."""
    entries = {key.name: key for key in (*below, *above)}
    settings = _settings(below, above)
    audio = [one.value for table in (below, above) if (one := table.get("audio")) is not None]
    if len(audio) > 1 and all(isinstance(each, Table) for each in audio):
        settings["audio"] = _with_fields(*audio)
    merged = {name: replace(entries[name], value=node) for name, node in settings.items()}
    return Table(below.stretch, merged, below.incomplete or above.incomplete)


def _settings(defaults: Table, own: Table) -> dict[str, Node]:
    aside: set[str] = set()
    for entry in own:
        aside |= _SETS_ASIDE.get(entry.name, set())
    inherited = {entry.name: entry.value for entry in defaults if entry.name not in aside}
    settings = inherited | {entry.name: entry.value for entry in own}
    first, second = defaults.get(OPTIONS), own.get(OPTIONS)
    if first is not None and second is not None:
        settings[OPTIONS] = _with_fields(first.value, second.value)
    return settings


def _with_fields(defaults: Node, own: Node) -> Node:
    """Return options merged by engine and field."""
    if not isinstance(defaults, Table) or not isinstance(own, Table):
        return own
    entries = dict(defaults.entries)
    for entry in own:
        above, fields = entries.get(entry.name), entry.value
        if above is not None and isinstance(above.value, Table) and isinstance(fields, Table):
            fields = replace(fields, entries={**above.value.entries, **fields.entries})
        entries[entry.name] = replace(entry, value=fields)
    return replace(own, entries=entries)


def _merged(key: str, defaults: Table, own: Table) -> dict[str, Scalar]:
    first, second = defaults.get(key), own.get(key)
    return scalars(first.value if first else None) | scalars(second.value if second else None)


def _audio(parts: Mapping[str, Scalar]) -> AudioSetting:
    usual = AudioSetting()
    return AudioSetting(
        AudioFormat(parts["format"].text) if "format" in parts else usual.format,
        _whole(parts["sample_rate"]) if "sample_rate" in parts else usual.sample_rate,
        _whole(parts["bitrate"]) if "bitrate" in parts else usual.bitrate,
    )


def _until(node: Node | None) -> Until | None:
    parts = scalars(node)
    if not {"good", "max_takes"} <= parts.keys():
        return None
    usd = parts["max_usd"].value if "max_usd" in parts else None
    most = float(usd) if isinstance(usd, int | float) else None
    return Until(_whole(parts["good"]), _whole(parts["max_takes"]), most)


def _labels(node: Node | None) -> tuple[str, ...]:
    items = node.items if isinstance(node, Items) else ()
    return tuple(item.text for item in items if isinstance(item, Scalar))


def _whole(node: Node | None) -> int:
    # The schema has made sure of a whole number; 2.0 is one too.
    value = node.value if isinstance(node, Scalar) else None
    return int(value) if isinstance(value, int | float) else 1
