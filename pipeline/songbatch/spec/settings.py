"""Settings of a song with the defaults merged in: still nodes, with their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.documents.yaml_nodes import Broken, Items, Scalar, Table, scalars
from songbatch.languages import canonical
from songbatch.model import AudioFormat, AudioSetting
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


def song(entry: KeyValue, defaults: Node | None, above: Mapping[str, Value]) -> SongSettings | None:
    """Return a song with its defaults, or None if it is not one; `above`: the spec's vars."""
    if not isinstance(entry.value, Table):
        return None
    table = defaults if isinstance(defaults, Table) else Table(entry.value.stretch, {})
    settings = _settings(table, entry.value)
    parts = {key: _merged(key, table, entry.value) for key in _MERGED}
    takes = settings.get("takes")
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
        takes=_whole(takes) if isinstance(takes, Scalar) else 1,
        lang=canonical(lang.text) if isinstance(lang, Scalar) else None,
        lrc=isinstance(lrc, Scalar) and lrc.value is True,
        incomplete=entry.value.incomplete or table.incomplete,
    )


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


def _whole(node: Scalar) -> int:
    # The schema has made sure of a whole number; 2.0 is one too.
    return int(node.value) if isinstance(node.value, int | float) else 1
