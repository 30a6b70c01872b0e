"""Pairs of renders as they were and as they are, of a spec and of one that was renamed. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.records import Entry, Manifest, ManifestId


class Pair(msgspec.Struct):
    """A render in an `older` manifest, in a `newer` one, or in both."""

    was: Entry | None
    now: Entry | None
    older: Manifest | None
    newer: Manifest | None


def pair_up(was: Manifest | None, now: Manifest | None) -> list[Pair]:
    """Pair the renders of two manifests of a spec by id, then by key; the rest stand alone."""
    old = {entry.id: entry for entry in was or ()}
    new = {entry.id: entry for entry in now or ()}
    left: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in old.values():
        if entry.id not in new:
            left[entry.key].append(entry)
    pairs = []
    for entry in new.values():
        earlier = old.get(entry.id)
        if earlier is None and left[entry.key]:
            earlier = left[entry.key].pop(0)
        pairs.append(Pair(earlier, entry, was, now))
    kept = {id(entry) for entries in left.values() for entry in entries}
    alone = (entry for entry in old.values() if id(entry) in kept)
    return [*pairs, *(Pair(entry, None, was, now) for entry in alone)]


def pair_across(pairs: Mapping[ManifestId, list[Pair]]) -> None:
    """Pair what stands alone with renders of other specs on its engine: what moved is taken away.

    First by key. Then, where a spec that is gone has songs in a new one by that, by name: they were
    edited when the spec was renamed.
    """
    moves: dict[ManifestId, ManifestId] = {}
    gone: defaultdict[tuple[str, str], list[tuple[ManifestId, Pair]]] = defaultdict(list)
    for place, listed in pairs.items():
        for pair in listed:
            if pair.now is None and pair.was is not None:
                gone[place[1], pair.was.key].append((place, pair))
    for place, listed in pairs.items():
        for pair in listed:
            if pair.was is None and pair.now is not None and gone[place[1], pair.now.key]:
                origin, before = gone[place[1], pair.now.key].pop(0)
                _move(before, pair, pairs[origin])
                if before.newer is None:
                    moves.setdefault(place, origin)
    for place, origin in moves.items():
        _pair_by_name(pairs[origin], pairs[place])


def _pair_by_name(origin: list[Pair], listed: list[Pair]) -> None:
    gone = {_name(pair.was): pair for pair in origin if pair.was is not None and pair.now is None}
    for pair in listed:
        if pair.was is None and pair.now is not None:
            before = gone.pop(_name(pair.now), None)
            if before is not None:
                _move(before, pair, origin)


def _name(entry: Entry) -> str:
    """Return a render's id without its spec."""
    return entry.id.partition("/")[2]


def _move(before: Pair, pair: Pair, origin: list[Pair]) -> None:
    pair.was, pair.older = before.was, before.older
    origin[:] = [one for one in origin if one is not before]
