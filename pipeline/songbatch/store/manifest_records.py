"""A manifest's parts as its JSON has them, held to their types."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from msgspec.structs import force_setattr

from songbatch import layout
from songbatch.digest import are_hexadecimal
from songbatch.measures import MEASURES_VERSION
from songbatch.model import AudioFormat, EngineIdentity
from songbatch.records import STATES, Entry, ReferenceEntry


class _Version(msgspec.Struct):
    manifest: int


class Shell(msgspec.Struct, forbid_unknown_fields=True):
    """All of a manifest; its entries are still text."""

    manifest: int
    spec: str
    engine: EngineIdentity
    references: dict[str, ReferenceEntry]
    renders: list[msgspec.Raw]


_version = msgspec.json.Decoder(_Version).decode
shell = msgspec.json.Decoder(Shell).decode
_entry = msgspec.json.Decoder(Entry).decode


def version(text: bytes) -> int:
    """Return the version that a manifest states, whatever else is in it."""
    return _version(text).manifest


def entry(text: msgspec.Raw, parts: dict[object, object]) -> Entry:
    """Read an entry; measures that this songbatch takes otherwise are left out.

    Parts that are equal to others in `parts` are those: ten thousand entries have a few settings.
    """
    read = _read(text)
    for name in _OFTEN_EQUAL:
        part = getattr(read, name)
        force_setattr(read, name, parts.setdefault(part, part))
    return read


_OFTEN_EQUAL = ("voice", "instrumental", "audio", "delivered")


def are_sound(entries: Sequence[Entry], folder: str) -> bool:
    """Return whether all digests are hexadecimal, all states are some, all outputs in `folder`.

    All at once is quick.
    """
    if not all(_is_output(entry, folder) for entry in entries):
        return False
    digests = [
        text for e in entries for text in (e.key, e.sha256, e.audio_sha256, e.song_sha256) if text
    ]
    digests += [key for e in entries for key in e.parts or ()]
    uses = {use.sha256 for e in entries for use in (e.voice, e.instrumental) if use}
    return are_hexadecimal([*digests, *uses]) and {e.status for e in entries} <= STATES


def demand_sound(entry: Entry, folder: str) -> None:
    """Raise msgspec.ValidationError with the place of what is not sound in an entry."""
    if not _is_output(entry, folder):
        folder = layout.parts_folder(folder) if entry.is_part else folder
        form = f"{folder}/NAME.{entry.audio.format}"
        raise msgspec.ValidationError(f"Expected a file {form} - at `$.output`")
    names = ("key", "sha256", "audio_sha256", "song_sha256")
    digests = {name: getattr(entry, name) for name in names}
    digests |= {f"parts[{number}]": key for number, key in enumerate(entry.parts or ())}
    for role, use in (("voice", entry.voice), ("instrumental", entry.instrumental)):
        digests[f"{role}.sha256"] = use.sha256 if use else None
    for name, text in digests.items():
        if text and not are_hexadecimal([text]):
            raise msgspec.ValidationError(f"Expected hexadecimal digits - at `$.{name}`")
    if entry.status not in STATES:
        known = ", ".join(sorted(STATES))
        raise msgspec.ValidationError(f"Expected one of {known} - at `$.status`")


def output_folder(shell: Shell) -> str:
    """Return the folder of the outputs that a manifest may speak of: no other file is one.

    Raises msgspec.ValidationError if spec or engine cannot be a folder.
    """
    named = (("spec", shell.spec, _FOLDER), ("engine.name", shell.engine.name, _ENGINE))
    for place, name, form in named:
        if not form.fullmatch(name):
            raise msgspec.ValidationError(f"Expected a plain name - at `$.{place}`")
    return layout.output_folder(shell.spec, shell.engine.name)


def _is_output(entry: Entry, folder: str) -> bool:
    above, _, name = entry.output.rpartition("/")
    return (
        above == (layout.parts_folder(folder) if entry.is_part else folder)
        and name.endswith(_SUFFIXES[entry.audio.format])
        and _NAME.fullmatch(name) is not None
    )


_SUFFIXES = {audio_format: f".{audio_format}" for audio_format in AudioFormat}
_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_ENGINE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_NAME = re.compile(r"[^./\\\x00-\x1f\x7f-\x9f][^/\\\x00-\x1f\x7f-\x9f]*")
"""One plain name, which is not hidden."""


def _read(text: msgspec.Raw) -> Entry:
    try:
        read = _entry(text)
    except msgspec.ValidationError:
        tree = msgspec.json.decode(text)
        if not _is_measured_otherwise(tree):
            raise
        return msgspec.convert({**tree, "measures": None}, Entry)
    is_ours = read.measures is None or read.measures.version == MEASURES_VERSION
    return read if is_ours else read.but(measures=None)


def _is_measured_otherwise(tree: object) -> bool:
    measures = tree.get("measures") if isinstance(tree, dict) else None
    version = measures.get("version") if isinstance(measures, dict) else None
    return isinstance(version, int) and version != MEASURES_VERSION
