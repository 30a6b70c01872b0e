"""Specs compiled before: only the songs whose text changed are read again.

What a song expands to depends on its own text, the text above the songs, the files that are named,
and how many variants come before it (their tags have `track`). So a song with all of that unchanged
has the renders it had, and one that is new is read by the usual way, as if it were the only one.

This is for specs of the plain form without diagnostics, not even a warning. All others are left to
the usual way, `songbatch.spec.loading`, which explains mistakes too.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.digest import Canonical, canonical_json, sha256
from songbatch.files.encodings import as_source
from songbatch.files.lookalikes import folded
from songbatch.incremental.compiled_record import (
    CompiledSong,
    CompiledSpec,
    dump,
    packed,
    parse,
    unpacked,
)
from songbatch.incremental.plain_form import PlainForm, form
from songbatch.lyrics.bounds import MOST_EXCESS
from songbatch.sources import Source, Unreadable
from songbatch.spec import loading
from songbatch.spec.bounds import MAX_RENDERS
from songbatch.spec.layers import NO_LAYER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from songbatch.model import Spec, UnresolvedRender
    from songbatch.sources import Files
    from songbatch.spec.layers import Layer
    from songbatch.spec.loading import LoadResult, Part
    from songbatch.traits import EngineLookup

MOST_FRESH = 50
"""Songs that are read one by one; more are read faster all together."""
_ABSENT = ""
_UNUSED = "reference.unused"


class Circumstances(msgspec.Struct, frozen=True):
    """What renders depend on besides texts: the spec's name, --set, and which tool reads it.

    `about_engines` stands for all that decides what `engines` returns for a name.
    """

    name: str
    overrides: Mapping[str, str]
    tool: str
    about_engines: str
    engines: EngineLookup
    layer: Layer = NO_LAYER


def load_compiled(
    source: Source, files: Files, circumstances: Circumstances, before: bytes | None
) -> tuple[LoadResult, bytes | None]:
    """Return what `songbatch.spec.load` does, and what to pass as `before` the next time.

    The latter is None if there is nothing new to keep. `before` is believed as far as it is whole
    and of the same circumstances.
    """
    compiler = _Compiler(source, _Noting(files), circumstances)
    record = parse(before) if before is not None else None
    again = compiler.again(record) if record is not None else None
    result, after = again or compiler.anew()
    return result, None if after is None or after == record else dump(after)


class _Noting:
    """Reads files and notes what was in them, or that they could not be read."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.noted: dict[str, str] = {}

    def read(self, path: str) -> Source:
        """Return the file at `path`. Raises Unreadable."""
        return as_source(path, self.read_data(path))

    def read_data(self, path: str) -> bytes:
        """Return the bytes of the text file at `path`. Raises Unreadable."""
        try:
            data = self._files.read_data(path)
        except Unreadable:
            self.noted[path] = _ABSENT
            raise
        self.noted[path] = sha256(data)
        return data

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder; only errors ask, and those are not kept."""
        return self._files.names(folder)

    def are(self, noted: Mapping[str, str]) -> bool:
        """Return whether the files are as they were noted."""
        for path in noted:
            with contextlib.suppress(Unreadable):
                self.read_data(path)
        return self.noted == noted


class _Compiler:
    def __init__(self, source: Source, files: _Noting, circumstances: Circumstances) -> None:
        self._source = source
        self._files = files
        self._circumstances = circumstances

    def anew(self) -> tuple[LoadResult, CompiledSpec | None]:
        """Read the spec the usual way; return its record, too, if it has the plain form."""
        text, result = self._source.text, self._load(self._source.text)
        parts = result.parts if not result.diagnostics else ()
        plain = form(text, [part.start for part in parts])
        texts = plain.songs(text) if plain is not None else None
        if plain is None or texts is None or not _is_plain(result, [p.renders for p in parts]):
            return result, None
        songs, track = [], 1
        for own, part in zip(texts, parts, strict=True):
            songs.append(_compiled(own, track, [part]))
            track += part.tracks
        return result, self._record(plain, result.excess, songs)

    def again(self, record: CompiledSpec) -> tuple[LoadResult, CompiledSpec] | None:
        """Return the same from a record and the songs it lacks; None if that cannot be."""
        plain = PlainForm(record.head, record.indent)
        texts = plain.songs(self._source.text)
        if texts is None or self._about(plain) != record.about or not self._files.are(record.files):
            return None
        songs: list[CompiledSong] = []
        fresh: list[LoadResult] = []
        track = 1
        for own in texts:
            song = record.songs.get(_digest(own, track))
            if song is None:
                one = self._alone(plain, own, track)
                if one is None or len(fresh) == MOST_FRESH:
                    return None
                fresh.append(one)
                song = _compiled(own, track, one.parts)
            songs.append(song)
            track += song.tracks
        # One is read in any case: it has what stands above the songs, places and all.
        one = fresh[-1] if fresh else self._alone(plain, texts[0], 1)
        excess = record.excess + sum(result.excess for result in fresh)
        if one is None or one.spec is None or excess > MOST_EXCESS or track - 1 > MAX_RENDERS:
            return None
        by_song = unpacked(songs)
        if by_song is None:
            return None
        result = replace(one, spec=_with(one.spec, by_song), diagnostics=(), parts=())
        if not _is_plain(result, by_song):
            return None
        return result, self._record(plain, excess, songs)

    def _load(self, text: str, track: int = 1) -> LoadResult:
        source = Source(self._source.path, text)
        about = self._circumstances
        return loading.load(
            source, about.name, self._files, about.overrides, track, about.engines, about.layer
        )

    def _alone(self, plain: PlainForm, own: str, track: int) -> LoadResult | None:
        """Read a song as the only one of the spec; None if it has any diagnostic."""
        result = self._load(self._source.text[: plain.head] + own, track)
        says = any(diagnostic.code != _UNUSED for diagnostic in result.diagnostics)
        return None if says or not result.parts else result

    def _about(self, plain: PlainForm) -> str:
        about = self._circumstances
        head = self._source.text[: plain.head]
        circumstances: dict[str, Canonical] = {
            "tool": about.tool,
            "name": about.name,
            "overrides": dict(about.overrides),
            "head": head,
            "path": self._source.path,
            "engines": about.about_engines,
            "layer": about.layer.as_json(),
        }
        return sha256(canonical_json(circumstances))

    def _record(self, plain: PlainForm, excess: int, songs: Iterable[CompiledSong]) -> CompiledSpec:
        return CompiledSpec(
            self._about(plain),
            plain.head,
            plain.indent,
            excess,
            self._files.noted,
            {song.digest: song for song in songs},
        )


def _digest(own: str, track: int) -> str:
    return sha256(f"{track}\n{own}".encode())


def _compiled(own: str, track: int, parts: Iterable[Part]) -> CompiledSong:
    parts = list(parts)
    renders = packed(render for part in parts for render in part.renders)
    return CompiledSong(_digest(own, track), sum(part.tracks for part in parts), renders)


def _with(spec: Spec, by_song: Iterable[Sequence[UnresolvedRender]]) -> Spec:
    return replace(spec, renders=tuple(render for renders in by_song for render in renders))


def _is_plain(result: LoadResult, by_song: Sequence[Sequence[UnresolvedRender]]) -> bool:
    """Return whether all songs together have no diagnostic, and nothing that has a place."""
    renders = result.spec.renders if result.spec is not None else ()
    used = {name for render in renders for name in (render.voice, render.instrumental)}
    names = [name for renders in by_song for name in {render.song for render in renders}]
    outputs = {folded(render.output) for render in renders}
    return (
        used - {None} == set(result.references)
        and len(set(names)) == len(names)
        and len(outputs) == len(renders)
        and all(render.cover is None for render in renders)
    )
