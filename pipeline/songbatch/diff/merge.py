"""Merging what two branches recorded: manifests and listeners' verdicts, three ways. Pure.

A merge knows the two sides and where they parted, and not what the specs will ask for. So a
manifest keeps both sides' records of songs that both made anew; the next render goes by the one
whose key the specs want, for free, and remembers the other as an earlier take.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar

import msgspec

from songbatch.conflicts import parted
from songbatch.outputs.entries import in_order
from songbatch.selects import Decide, Heard, Opinion, Selects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.records import Entry, Manifest

T = TypeVar("T")


class Sides(msgspec.Struct, frozen=True):
    """A file on two branches, and where they parted; b"" for no such file."""

    base: bytes
    ours: bytes
    theirs: bytes


def sides_of(text: bytes) -> Sides | None:
    """Return the sides of a text with conflict markers, None if these do not part it in two."""
    sides = parted(text.decode("latin-1"))  # every byte is a letter there
    return None if sides is None else Sides(*(side.encode("latin-1") for side in sides))


def merge_manifests(base: Manifest | None, ours: Manifest, theirs: Manifest) -> Manifest:
    """Return the manifest that has what either side has recorded since they parted."""
    encoded = _encoded(base, ours, theirs)
    slots = [_slots(one, encoded) for one in (base, ours, theirs)]
    merged = [
        entry
        for slot in dict.fromkeys([*slots[1], *slots[2]])
        for entry in _entries(*(side.get(slot) for side in slots))
    ]
    made = {entry.id for entry in merged if entry.done}
    entries = [entry for entry in merged if entry.done or entry.id not in made]
    before = base.references if base is not None else {}
    names = {*ours.references, *theirs.references}
    references = {
        name: one
        for name in sorted(names)
        if (one := _either(*(m.get(name) for m in (before, ours.references, theirs.references))))
    }
    engine = theirs.engine if base is not None and ours.engine == base.engine else ours.engine
    return dataclasses.replace(
        ours, engine=engine, references=references, renders=in_order(entries), texts=()
    )


def _encoded(*sides: Manifest | None) -> dict[str | None, str]:
    """Return the digests of songs by those of the bytes that machines have of them."""
    return {
        entry.audio_sha256: entry.song_sha256
        for side in sides
        for entry in side or ()
        if entry.song_sha256 is not None
    }


def _slots(
    manifest: Manifest | None, encoded: Mapping[str | None, str]
) -> dict[tuple[str, str, str | None], Entry]:
    """Return entries by what makes them two records: a name, a key, other audio."""
    return {
        (entry.id, entry.key, encoded.get(entry.audio_sha256, entry.audio_sha256)): entry
        for entry in manifest or ()
    }


def _entries(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> Iterator[Entry]:
    if ours is not None and theirs is not None:
        # The same audio, recorded twice: tags or names may differ.
        if base is None and ours.audio_sha256 != theirs.audio_sha256:
            # Encoders of two machines: whoever merges them chooses the same.
            yield min(ours, theirs, key=_when)
        else:
            yield theirs if ours == base else ours
        return
    only = ours or theirs
    # What only one side has is new there, or the other has made anew or dropped what both had.
    if only is not None and only != base:
        yield only


def _when(entry: Entry) -> tuple[str, str]:
    return entry.rendered_at or "", entry.audio_sha256 or ""


def _either(base: T | None, ours: T | None, theirs: T | None) -> T | None:
    return theirs if ours == base else ours or theirs


class SelectsMerge(msgspec.Struct, frozen=True):
    """Verdicts of two branches; `conflicts` are what one listener said otherwise on each."""

    selects: Selects
    conflicts: tuple[str, ...] = ()


def merge_verdicts(base: Selects, ours: Selects, theirs: Selects) -> SelectsMerge:
    """Return what listeners say on either side, field by field."""
    sides = [{(o.listener, o.heard): o for o in one.opinions} for one in (base, ours, theirs)]
    conflicts: list[str] = []
    opinions = []
    for who in dict.fromkeys([*sides[1], *sides[2]]):
        merged = _opinion(who, sides, conflicts)
        if merged.says_something:
            opinions.append(merged)
    decide = _field(base.decide, ours.decide, theirs.decide)
    if decide is None:
        conflicts.append("how picks decide")
    return SelectsMerge(Selects(tuple(opinions), decide or Decide.ANY), tuple(conflicts))


def _opinion(
    who: tuple[str, Heard],
    sides: list[dict[tuple[str, Heard], Opinion]],
    conflicts: list[str],
) -> Opinion:
    nothing = Opinion(*who)
    base, ours, theirs = (side.get(who, nothing) for side in sides)
    fields: Mapping[str, object] = {}
    for name in Opinion.__struct_fields__[2:]:  # behind the listener and what was heard
        values = tuple(getattr(one, name) for one in (base, ours, theirs))
        if values[1] != values[2] and values[0] not in values[1:]:
            conflicts.append(f"the {name} of {who[1].render} by {who[0]}")
        fields = {**fields, name: values[2] if values[1] == values[0] else values[1]}
    return msgspec.structs.replace(nothing, **fields)


def _field(base: T, ours: T, theirs: T) -> T | None:
    """Return what a field becomes; None if both sides changed it, each otherwise."""
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None
