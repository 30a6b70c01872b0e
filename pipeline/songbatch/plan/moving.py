"""Moves to another engine: what songs say in vain there, and what stays of those before. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from songbatch.layout import output_folder
from songbatch.lyrics import in_grammar
from songbatch.lyrics.parts import parts_of
from songbatch.traits import SONG_KEYS, STYLE_BESIDE_REFERENCE, Grammar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from songbatch.model import Purpose, Reference, UnresolvedRender
    from songbatch.records import Entry, Manifest
    from songbatch.selects import Selects
    from songbatch.traits import SpecEngine, Traits


class Ignored(msgspec.Struct, frozen=True):
    """A key that so many renders say, and that makes no difference; `reason` completes it."""

    key: str
    reason: str
    renders: int


class Unplaced(msgspec.Struct, frozen=True):
    """References of a purpose that the engine has no place for, by the names that specs use."""

    purpose: Purpose
    names: Sequence[str]
    reason: str
    renders: int


class Overlong(msgspec.Struct, frozen=True):
    """So many renders whose lyrics have more than `most` characters; `first` is the first's id.

    If not `is_refused`, the engine takes them, and may hurry or drop words.
    """

    most: int
    renders: int
    first: str
    is_refused: bool


class Losses(msgspec.Struct, frozen=True):
    """What songs say and an engine does not heed."""

    ignored: Sequence[Ignored] = ()
    unplaced: Sequence[Unplaced] = ()
    overlong: Sequence[Overlong] = ()

    def __bool__(self) -> bool:
        return bool(self.ignored or self.unplaced or self.overlong)


class Stays(msgspec.Struct, frozen=True):
    """What an earlier engine made, which a move leaves as it is.

    `songs` are recorded, `here` of them lie under `folders` and have so many `bytes`; picks,
    ratings and notes are of their audio, whichever is recorded now.
    """

    engine: str
    folders: Sequence[str]
    songs: int
    here: int
    bytes: int
    picks: int = 0
    ratings: int = 0
    notes: int = 0


def find_losses(
    renders: Sequence[UnresolvedRender],
    references: Mapping[str, Mapping[str, Reference]],
    engine: SpecEngine,
) -> Losses:
    """Return what these renders say in vain on an engine; `references` are by spec and name."""
    ignored: dict[tuple[str, str], int] = defaultdict(int)
    unplaced: dict[Purpose, dict[str, None]] = defaultdict(dict)
    of_purpose: dict[Purpose, int] = defaultdict(int)
    for render in renders:
        named = dict.fromkeys(filter(None, (render.voice, render.instrumental)))
        purposes = {name: references[render.spec][name].purpose for name in named}
        is_led = any(purpose in engine.traits.references for purpose in purposes.values())
        for key, reason in _ignored(render, engine, is_led=is_led):
            ignored[key, reason] += 1
        for purpose in set(purposes.values()) - engine.traits.references.keys():
            of_purpose[purpose] += 1
            unplaced[purpose] |= {n: None for n in named if purposes[n] is purpose}
    in_order = sorted(ignored.items(), key=lambda one: SONG_KEYS.index(one[0][0]))
    return Losses(
        [Ignored(key, reason, times) for (key, reason), times in in_order],
        [
            Unplaced(one, sorted(names), engine.traits.why_no_place(one), of_purpose[one])
            for one, names in sorted(unplaced.items())
        ],
        list(_overlong(renders, engine.traits)),
    )


def _ignored(
    render: UnresolvedRender, engine: SpecEngine, *, is_led: bool
) -> Iterator[tuple[str, str]]:
    """Yield the keys of a render that make no difference, with the reason.

    `is_led` if it has a reference that the engine takes.
    """
    traits = engine.traits
    beside = traits.left_out_beside_reference if is_led else ()
    for key in SONG_KEYS:
        value = getattr(render, key)
        if value is None:
            continue
        if key == "options":
            yield from _ignored_options(value, engine)
        elif key in traits.ignores:
            yield key, traits.ignores[key]
        elif key in beside:
            yield key, traits.ignores[STYLE_BESIDE_REFERENCE]
        elif key == "duration" and key in traits.takes and (why := traits.why_bounded(value)):
            yield key, why


def _ignored_options(by_engine: Iterable[str], engine: SpecEngine) -> Iterator[tuple[str, str]]:
    for name in by_engine:
        if name not in engine.option_names:
            yield "options", f"those under {name} are for that engine alone"
        elif "options" in engine.traits.ignores:
            yield "options", engine.traits.ignores["options"]


def _overlong(renders: Sequence[UnresolvedRender], traits: Traits) -> Iterator[Overlong]:
    grammar = Grammar.HASHES if traits.grammar is Grammar.BOTH else traits.grammar
    lengths = {r.id: len(in_grammar(r.lyrics, grammar)) for r in renders if r.lyrics}
    most, advised = traits.lyrics.most, traits.lyrics.advised
    cut = {r.id for r in renders if r.lyrics and parts_of(r.lyrics, traits)}
    refused = [name for name, length in lengths.items() if length > most and name not in cut]
    if refused:
        yield Overlong(most, len(refused), refused[0], is_refused=True)
    hurried = [
        n for n, length in lengths.items() if advised is not None and advised < length <= most
    ]
    if advised is not None and hurried:
        yield Overlong(advised, len(hurried), hurried[0], is_refused=False)


def last_engine(manifests: Iterable[Manifest]) -> str | None:
    """Return the engine whose song came last, None if none ever came."""
    times = [
        (entry.rendered_at or "", manifest.engine.name)
        for manifest in manifests
        for entry in manifest
        if entry.done
    ]
    return max(times)[1] if times else None


def find_stays(
    manifests: Iterable[Manifest], selects: Selects, to: str, is_there: Callable[[str], bool]
) -> list[Stays]:
    """Return what a move to the engine `to` leaves, by engine; `is_there` is asked for outputs."""
    made: dict[str, list[Manifest]] = defaultdict(list)
    for manifest in manifests:
        if manifest.engine.name != to and any(entry.done for entry in manifest):
            made[manifest.engine.name].append(manifest)
    return [_stays(name, of_it, selects, is_there) for name, of_it in sorted(made.items())]


def _stays(
    engine: str, manifests: Sequence[Manifest], selects: Selects, is_there: Callable[[str], bool]
) -> Stays:
    songs: list[Entry] = [entry for manifest in manifests for entry in manifest if entry.done]
    here = [entry for entry in songs if is_there(entry.output)]
    specs = {manifest.spec for manifest in manifests}
    said = [
        one
        for one in selects.opinions
        if one.heard.engine == engine and one.heard.spec in specs and one.says_something
    ]
    return Stays(
        engine,
        [output_folder(spec, engine) for spec in sorted(specs)],
        sum(not entry.is_part for entry in songs),
        sum(not entry.is_part for entry in here),
        sum(entry.bytes or 0 for entry in here),
        sum(one.pick for one in said),
        sum(one.rating is not None for one in said),
        sum(bool(one.note) for one in said),
    )
