"""The takes of an album: what listeners picked, else the only one there is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.shell import shell_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from songbatch.batch.album_songs import AlbumSong
    from songbatch.model import EngineIdentity, Render, UnresolvedRender
    from songbatch.outputs.selects import ChosenTake
    from songbatch.records import Entry, Manifest, ManifestId


class DeliveryProblem(msgspec.Struct, frozen=True):
    """Something that keeps an album from being delivered; `fix` can be pasted."""

    text: str
    fix: str


class AlbumTake(msgspec.Struct, frozen=True):
    """The take of a song that an album has.

    `render` is the first of its variant, whose title has no number; None if the spec has none.
    """

    song: AlbumSong
    entry: Entry
    engine: EngineIdentity
    manifest: Manifest | None
    render: UnresolvedRender | None


class TakeChooser:
    """Chooses among everything that is recorded; `chosen` is what listeners picked.

    `said` are options for the command that renders what is missing.
    """

    def __init__(
        self,
        renders: Iterable[Render],
        recorded: Mapping[ManifestId, Manifest],
        chosen: Iterable[ChosenTake],
        said: str = "",
    ) -> None:
        self._said = said
        self._recorded = recorded
        self._renders: dict[str, list[Render]] = {}
        for render in renders:
            self._renders.setdefault(_variant(render.id), []).append(render)
        self._picked: dict[str, list[ChosenTake]] = {}
        for take in chosen:
            self._picked.setdefault(take.variant, []).append(take)

    def choose(self, songs: Sequence[AlbumSong]) -> list[AlbumTake | DeliveryProblem]:
        """Return the take of every song, or what is in its way."""
        return [self._choose(song) for song in songs]

    def _choose(self, song: AlbumSong) -> AlbumTake | DeliveryProblem:
        picked = self._picked.get(song.variant, [])
        if song.take is None and len(picked) == 1:
            return self._of_pick(song, picked[0])
        if song.take is None and len(picked) > 1:
            names = ", ".join(f"{take.name} by {take.heard.engine}" for take in picked)
            return DeliveryProblem(
                f"{song.variant} has {len(picked)} picked takes: {names}",
                "keep one pick: songbatch report --serve",
            )
        return self._only_one(song)

    def _of_pick(self, song: AlbumSong, take: ChosenTake) -> AlbumTake | DeliveryProblem:
        if take.entry is None or take.engine is None:
            return DeliveryProblem(
                f"nobody wrote down what the picked take of {song.variant} is",
                "pick another take: songbatch report --serve",
            )
        return self._take(song, take.entry, take.engine)

    def _only_one(self, song: AlbumSong) -> AlbumTake | DeliveryProblem:
        """Return the take that the spec asks for, where it asks for one."""
        wanted = self._renders.get(song.variant, [])
        if song.take is not None:
            wanted = [one for one in wanted if one.unresolved.take == song.take]
        if len(wanted) > 1:
            number = f"{song.variant.partition('/')[2]}/{wanted[0].unresolved.take}"
            return DeliveryProblem(
                f"{song.variant} has {len(wanted)} takes, and none is picked",
                f"pick one: songbatch report --serve; or write it into the sequence: {number}",
            )
        if not wanted:
            return DeliveryProblem(
                f"{song.variant} is not asked for by any spec", "correct the sequence of the album"
            )
        return self._of_render(song, wanted[0])

    def _of_render(self, song: AlbumSong, render: Render) -> AlbumTake | DeliveryProblem:
        engine = render.inputs.engine
        manifest = self._recorded.get((render.spec, engine.name))
        entry = next((one for one in manifest or () if one.id == render.id and one.done), None)
        make = f"songbatch render {shell_word(render.id)}{self._said}"
        if entry is None:
            return DeliveryProblem(f"{render.id} is not rendered yet on {engine.name}", make)
        if entry.key != render.key:
            changed = entry.inputs(manifest.engine if manifest else engine)
            fields = ", ".join(one.field for one in render.inputs.changes_since(changed))
            return DeliveryProblem(
                f"{render.id} was rendered before its {fields or 'engine'} changed",
                f"{make}; or pick the take that there is: songbatch report --serve",
            )
        return self._take(song, entry, manifest.engine if manifest else engine)

    def _take(self, song: AlbumSong, entry: Entry, engine: EngineIdentity) -> AlbumTake:
        same = self._renders.get(song.variant, [])
        return AlbumTake(
            song,
            entry,
            engine,
            self._recorded.get((entry.id.partition("/")[0], engine.name)),
            same[0].unresolved if same else None,
        )


def _variant(identifier: str) -> str:
    return identifier.rpartition("/")[0]
