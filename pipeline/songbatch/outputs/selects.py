"""Copies of the takes that listeners chose: `outputs/SPEC/selects/`, with a playlist.

The playlist is also the record of what was copied: a file is only ever removed if it is still the
one that the playlist records. What was chosen stays, also when its render has other audio by now,
until something else of the song is chosen, or the choice is taken back.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.layout import engine_folder
from songbatch.outputs.audio_names import audio_names, recorded_audio
from songbatch.outputs.earlier_output import bare_output
from songbatch.outputs.selects_list import folder_of, list_of, recorded_copies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from songbatch.batch.loading import Batch
    from songbatch.model import EngineIdentity, UnresolvedRender
    from songbatch.outputs.earlier import EarlierTake
    from songbatch.outputs.selects_list import RecordedCopy
    from songbatch.records import Entry, Manifest, ManifestId
    from songbatch.selects import Heard, Selects
    from songbatch.store.blobs import Blobs
    from songbatch.workspace import Workspace


class ChosenTake(msgspec.Struct, frozen=True):
    """What listeners chose, and what is known of it.

    `entry` is that of a manifest or, if it `is_earlier`, of a former one; None if nobody knows.
    Should the store have the audio all the same, `suffix` is that of the file that it makes.
    """

    heard: Heard
    entry: Entry | None
    engine: EngineIdentity | None
    is_earlier: bool
    has_other: bool = False
    """Whether its render has other audio now."""
    suffix: str = ""
    pickers: frozenset[str] = frozenset()
    """The listeners who picked it."""

    @property
    def name(self) -> str:
        """The id that the render has, or had last."""
        return self.heard.render if self.entry is None else self.entry.id

    @property
    def variant(self) -> str:
        """The render's id without its take."""
        return self.name.rpartition("/")[0]


class SelectsPlan(msgspec.Struct, frozen=True):
    """What a spec's folder of copies is to hold, by path, and how that differs from what it has."""

    playlist: str
    title: str
    wanted: Mapping[str, ChosenTake]
    recorded: Mapping[str, RecordedCopy]
    """The copies that the playlist lists, by path."""
    sources: Mapping[str, str]
    """Where a copy lies under another name, by its new path."""
    tags: Mapping[str, Mapping[str, str]]
    lacking: tuple[Heard, ...]


def plan_selects(
    batch: Batch,
    workspace: Workspace,
    recorded: Mapping[ManifestId, Manifest],
    earlier: Iterable[EarlierTake],
    blobs: Blobs,
    gone: Collection[str] = (),
) -> list[SelectsPlan]:
    """Return what the copies of every spec of the batch are to be; `gone` specs exist no more.

    `recorded` are all manifests, as far as anything is chosen.
    """
    takes = list(chosen_takes(batch, recorded, list(earlier), blobs))
    specs = {spec.name: (spec.title, spec.renders) for spec in batch.specs}
    return [
        _SelectsFolder(name, title, renders, workspace, blobs).plan(
            [take for take in takes if _spec(take) == name]
        )
        for name, (title, renders) in (specs | {name: (name, ()) for name in gone}).items()
    ]


def _spec(take: ChosenTake) -> str:
    return take.variant.partition("/")[0]


def chosen_takes(
    batch: Batch,
    recorded: Mapping[ManifestId, Manifest],
    earlier: Sequence[EarlierTake],
    blobs: Blobs,
) -> Iterator[ChosenTake]:
    """Yield what listeners chose, in the order of its names."""
    if not batch.selects.opinions:
        return
    now: dict[tuple[str, str], list[tuple[Entry, EngineIdentity]]] = {}
    for (_, engine), manifest in recorded.items():
        for entry in manifest:
            if entry.done:
                known = now.setdefault((engine, entry.audio_sha256 or ""), [])
                known.append((entry, manifest.engine))
    have = {(engine, entry.id) for (engine, _), same in now.items() for entry, _ in same}
    described = sorted(earlier, key=lambda take: take.entry is not None)
    before = {(take.engine, take.audio_sha256): take for take in described}
    selects = _under_names(batch, recorded, earlier)
    for heard in selects.chosen:
        key, pickers = (heard.engine, heard.audio_sha256), selects.pickers(heard)
        found = _best(heard, now.get(key, ()), batch)
        if found is not None:
            yield ChosenTake(heard, *found, is_earlier=False, pickers=pickers)
            continue
        chosen = ChosenTake(heard, None, None, is_earlier=True, pickers=pickers)
        take = before.get(key)
        if take is not None:
            has_other = (heard.engine, take.id) in have
            chosen = replace(chosen, entry=take.entry, engine=take.identity, has_other=has_other)
        if chosen.entry is None and blobs.has(heard.audio_sha256):
            _, suffix = bare_output(blobs.read(heard.audio_sha256))
            chosen = replace(chosen, suffix=suffix)
        yield chosen


def _under_names(
    batch: Batch, recorded: Mapping[ManifestId, Manifest], earlier: Iterable[EarlierTake]
) -> Selects:
    """Return the verdicts under the names that audio has now, in specs of the batch if it can."""
    names = audio_names(recorded.values(), earlier)
    for ids in names.values():
        ids.sort(key=lambda name: name.partition("/")[0] not in batch.references)
    return batch.selects.under(names, recorded_audio(recorded.values()))


def _best(
    heard: Heard, same: Sequence[tuple[Entry, EngineIdentity]], batch: Batch
) -> tuple[Entry, EngineIdentity] | None:
    """Return the render that has this audio now, whatever it is called."""

    def rank(found: tuple[Entry, EngineIdentity]) -> tuple[bool, bool, bool]:
        spec = found[0].id.partition("/")[0]
        return (found[0].id != heard.render, spec not in batch.references, spec != heard.spec)

    return min(same, key=rank, default=None)


class _SelectsFolder:
    """The copies of one spec."""

    def __init__(
        self,
        spec: str,
        title: str,
        renders: Sequence[UnresolvedRender],
        workspace: Workspace,
        blobs: Blobs,
    ) -> None:
        self._title = title
        self._blobs = blobs
        self._workspace = workspace
        self._folder = folder_of(spec)
        self._playlist = list_of(spec)
        self._places = {render.id: place for place, render in enumerate(renders)}
        self._tags = {render.id: render.tags for render in renders}
        named = recorded_copies(self._playlist, workspace)
        self._recorded = {f"{self._folder}/{name}": copy for name, copy in named.items()}

    def plan(self, takes: Sequence[ChosenTake]) -> SelectsPlan:
        """Return what the folder is to hold if listeners chose these takes."""
        wanted = self._named([take for take in takes if not take.is_earlier])
        again: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        for take in wanted.values():
            again[take.name] |= take.pickers
        newly = [take for path, take in wanted.items() if not self._has(path, take)]
        copies = [(take, self._copy_of(take)) for take in takes if take.is_earlier]
        sources: dict[str, str] = {}
        lacking = []
        # What has a copy comes first: what has none does not come back beside it.
        for take, copy in sorted(copies, key=lambda one: one[1] is None):
            path = self._path(take, copy, wanted)
            if path is None:
                if not take.pickers <= again[take.name]:
                    lacking.append(take.heard)
                continue
            is_kept = copy is not None and not self._blobs.has(take.heard.audio_sha256)
            by = newly if copy is not None else wanted.values()
            if self._is_replaced(take, by) and not is_kept:
                continue
            wanted[path] = take
            if copy is not None:
                sources[path] = copy
        tags = self._tags
        return SelectsPlan(
            self._playlist, self._title, wanted, self._recorded, sources, tags, tuple(lacking)
        )

    def _is_replaced(self, take: ChosenTake, by: Iterable[ChosenTake]) -> bool:
        """Return whether everybody who picked an earlier take has picked others of its song."""
        others = (other.pickers for other in by if other.variant == take.variant)
        return take.pickers <= frozenset().union(*others)

    def _has(self, path: str, take: ChosenTake) -> bool:
        """Return whether a take was among the copies before."""
        copy, entry = self._recorded.get(path), take.entry
        if copy is None or entry is None:
            return False
        return take.heard.audio_sha256 == copy.audio_sha256 or entry.sha256 == copy.sha256

    def _copy_of(self, take: ChosenTake) -> str | None:
        """Return the intact copy of a take, whatever its name."""
        for path, copy in self._recorded.items():
            is_its = self._has(path, take) or take.heard.audio_sha256 == copy.audio_sha256
            if is_its and self._workspace.digest(path) == copy.sha256:
                return path
        return None

    def _path(
        self, take: ChosenTake, copy: str | None, wanted: Mapping[str, ChosenTake]
    ) -> str | None:
        """Return where a copy of an earlier take goes, which may be where it is; None for none."""
        if take.entry is not None:
            name = posixpath.basename(take.entry.output)
        elif take.suffix:
            name = "-".join(take.name.split("/")[1:]) + f".{take.suffix}"
        elif copy is None:
            return None
        path = copy or f"{self._folder}/{name}"
        if path not in wanted:
            return path
        stem, suffix = posixpath.splitext(path)
        return f"{stem}-{take.heard.audio_sha256[:8]}{suffix}"

    def _named(self, takes: Sequence[ChosenTake]) -> dict[str, ChosenTake]:
        """Return takes of manifests by their copies' paths, in the order of the spec."""
        by_output = {take.entry.output: take for take in takes if take.entry is not None}
        # Only within one engine do outputs surely have different names.
        several = len({take.heard.engine for take in by_output.values()}) > 1
        named = {}
        for output, take in sorted(by_output.items(), key=lambda item: self._order(item[1])):
            stem, suffix = posixpath.splitext(posixpath.basename(output))
            engine = f"-{engine_folder(take.heard.engine)}" if several else ""
            named[f"{self._folder}/{stem}{engine}{suffix}"] = take
        return named

    def _order(self, take: ChosenTake) -> tuple[int, str]:
        return self._places.get(take.name, len(self._places)), take.name
