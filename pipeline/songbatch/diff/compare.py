"""Comparison of manifests, song by song. Pure.

The newer one may be a forecast: a manifest as it will be once the specs are rendered
(`songbatch.diff.forecast`).
"""

from __future__ import annotations

import difflib
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING

import msgspec

from songbatch.diff.pairing import pair_across, pair_up
from songbatch.model import Change
from songbatch.records import is_same_song

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from songbatch.diff.pairing import Pair
    from songbatch.model import EngineIdentity
    from songbatch.records import Entry, Manifest, ManifestId

PLANNED = "planned"
"""The status of a forecast entry that has to be rendered."""
STORED = "stored"
"""The status of a forecast entry whose audio is in the store, though no manifest records it."""


class Kind(StrEnum):
    """What became of a render."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Fate(StrEnum):
    """What that means for its audio; the text is for people, the name for programs."""

    GONE = "no longer wanted"
    PLANNED = "to render"
    STORED = "rendered before, free"
    RENDERED = "rendered"
    SAME_AUDIO = "the same audio"
    UNFINISHED = "not rendered"


class Difference(msgspec.Struct, frozen=True):
    """One render that is not as it was; at least one of `was` and `now` is not None."""

    was: Entry | None
    now: Entry | None
    changes: tuple[Change, ...] = ()
    is_known: bool = False
    """Whether the older state has its audio already, under whatever name."""

    @property
    def id(self) -> str:
        """The render's id, the newer one if it has two."""
        entry = self.now or self.was
        assert entry is not None  # noqa: S101
        return entry.id

    @property
    def kind(self) -> Kind:
        """What became of the render."""
        if self.was is None:
            return Kind.ADDED
        return Kind.REMOVED if self.now is None else Kind.CHANGED

    @property
    def fate(self) -> Fate:
        """What that means for its audio."""
        if self.now is None:
            return Fate.GONE
        if self.now.status == PLANNED:
            return Fate.PLANNED
        if self.now.status == STORED:
            return Fate.STORED
        if not self.now.done:
            return Fate.UNFINISHED
        if self.was is not None and is_same_song(self.was, self.now):
            return Fate.SAME_AUDIO
        return Fate.STORED if self.is_known else Fate.RENDERED

    @property
    def lyrics(self) -> tuple[str, str] | None:
        """The lyrics before and after, if they changed."""
        changed = any(change.field == "lyrics" for change in self.changes)
        return (
            (self.was.lyrics or "", self.now.lyrics or "")
            if changed and self.was and self.now
            else None
        )


class Comparison(msgspec.Struct, frozen=True):
    """One spec on one engine: what differs, in the order of the newer manifest; how much does not.

    `engine` is its newer identity.
    """

    spec: str
    engine: EngineIdentity
    differences: tuple[Difference, ...]
    same: int


def compare_manifests(was: Manifest | None, now: Manifest | None) -> Comparison:
    """Pair the renders of two manifests, by id and then by key, and compare each pair."""
    newest = now or was
    assert newest is not None  # noqa: S101
    place = newest.spec, newest.engine.name
    befores, afters = ({place: one} if one is not None else {} for one in (was, now))
    (comparison,) = compare_all(befores, afters, [place])
    return comparison


def compare_all(
    was: Mapping[ManifestId, Manifest],
    now: Mapping[ManifestId, Manifest],
    places: Iterable[ManifestId],
) -> tuple[Comparison, ...]:
    """Compare the manifests at `places`, each in `was` or in `now`, in this order.

    Renders are paired by id, by key, and then by key with those of other specs on the same engine:
    a renamed spec has other ids. What moved is a difference of the newer spec.
    """
    pairs = {place: pair_up(was.get(place), now.get(place)) for place in places}
    pair_across(pairs)
    known = {
        song
        for place, manifest in was.items()
        for entry in manifest
        if entry.done
        for song in _songs(place, entry)
    }
    return tuple(
        _comparison(place, now.get(place) or was[place], pairs[place], known) for place in pairs
    )


def _comparison(
    place: ManifestId,
    newest: Manifest,
    pairs: Iterable[Pair],
    known: Set[tuple[str, ...]],
) -> Comparison:
    compared = [_compare(pair) for pair in pairs]
    differences = tuple(
        msgspec.structs.replace(one, is_known=True)
        if one.now is not None and not known.isdisjoint(_songs(place, one.now))
        else one
        for one in compared
        if one is not None
    )
    return Comparison(newest.spec, newest.engine, differences, len(compared) - len(differences))


def _songs(place: ManifestId, entry: Entry) -> Iterator[tuple[str, ...]]:
    """Yield what an engine's song is known by: its bytes, and what its encoder was given."""
    if entry.audio_sha256 is not None:
        yield place[1], entry.audio_sha256
    if entry.song_sha256 is not None:
        yield place[1], entry.key, entry.song_sha256


def _compare(pair: Pair) -> Difference | None:
    was, now = pair.was, pair.now
    if was is None or now is None:
        return Difference(was, now)
    assert pair.older is not None  # noqa: S101
    assert pair.newer is not None  # noqa: S101
    inputs = now.inputs(pair.newer.engine), was.inputs(pair.older.engine)
    changes = (*inputs[0].changes_since(inputs[1], named=True), *_changes_of_name(was, now))
    again = not is_same_song(was, now) or was.status != now.status
    return Difference(was, now, changes) if changes or again else None


def _changes_of_name(was: Entry, now: Entry) -> Iterator[Change]:
    """Yield what differs in what a render is called and looks like: its audio stays."""
    before, after = _names(was), _names(now)
    for field, value in after.items():
        if before[field] != value and not (field == "cover" and _is_same_picture(was, now)):
            yield Change(field, before[field], value)


def _is_same_picture(was: Entry, now: Entry) -> bool:
    # What its file is called is for people.
    return bool(was.cover and now.cover and was.cover.sha256 == now.cover.sha256)


def _names(entry: Entry) -> Mapping[str, object]:
    cover = entry.cover
    return {
        "id": entry.id,
        "output": entry.output,
        "tags": dict(entry.tags),
        "cover": cover and {"file": cover.file, "sha256": cover.sha256},
    }


class LinePair(msgspec.Struct, frozen=True):
    """A line of lyrics as it was and as it is; None if there is no such line."""

    was: str | None
    now: str | None

    @property
    def is_same(self) -> bool:
        """Whether nothing changed here."""
        return self.was == self.now


def side_by_side(was: str, now: str) -> tuple[LinePair, ...]:
    """Return two texts line beside line; an empty one has no lines."""
    old, new = (text.split("\n") if text else [] for text in (was, now))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        LinePair(left, right)
        for _, a, b, c, d in matcher.get_opcodes()
        for left, right in zip_longest(old[a:b], new[c:d])
    )
