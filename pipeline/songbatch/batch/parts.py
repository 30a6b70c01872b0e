"""Songs that are joined of parts: the renders of the parts, and of the song itself."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.batch.inputs import render_inputs
from songbatch.layout import parts_folder
from songbatch.model import PART, AudioFormat, AudioSetting, PartPlace, Render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.engines.entry import EngineEntry
    from songbatch.model import ReferenceUse, RenderInputs, UnresolvedRender, Value


def with_parts(
    song: Render,
    voice: ReferenceUse | None,
    instrumental: ReferenceUse | None,
    engine: EngineEntry,
) -> Iterator[Render]:
    """Yield a song, and then the parts that it is joined of, if it is."""
    unresolved = song.unresolved
    if not unresolved.parts:
        yield song
        return
    parts = tuple(
        Render(
            unresolved=part,
            inputs=_placed(
                render_inputs(part, voice, instrumental, engine), part.part, unresolved, engine
            ),
            output=f"{parts_folder(posixpath.dirname(song.output))}/{part.output}.{part.audio.format}",
        )
        for part in _parts(unresolved)
    )
    inputs = replace(
        song.inputs,
        # It is made in the form that is asked for, whatever the engine's masters are.
        audio=unresolved.audio,
        duration=None,
        parts=tuple(part.key for part in parts),
    )
    yield replace(song, inputs=inputs, parts=parts)
    yield from parts


def _parts(song: UnresolvedRender) -> Iterator[UnresolvedRender]:
    """Yield the parts of a song, which come without loss: its encoder runs once, at the end."""
    for number, text in enumerate(song.parts, 1):
        yield replace(
            song,
            lyrics=text.lyrics,
            style=song.style if text.style is None else text.style,
            options=_merged(song.options, text.options),
            audio=AudioSetting(AudioFormat.WAV, song.audio.sample_rate),
            tags={},
            output=f"{song.output}-{PART}{number}",
            cover=None,
            lrc=False,
            # Each lasts as long as its words.
            duration=None,
            parts=(),
            part=number,
        )


def _merged(
    of_song: Mapping[str, Mapping[str, Value]] | None,
    of_part: Mapping[str, Mapping[str, Value]] | None,
) -> Mapping[str, Mapping[str, Value]] | None:
    if not (of_song and of_part):
        return of_part or of_song
    return {
        engine: {**of_song.get(engine, {}), **of_part.get(engine, {})}
        for engine in dict.fromkeys((*of_song, *of_part))
    }


def _placed(
    inputs: RenderInputs, number: int, song: UnresolvedRender, engine: EngineEntry
) -> RenderInputs:
    """Return the inputs of a part with its place, if its engine makes one performance of them."""
    if not engine.traits.parts.carries_on or len(song.parts) == 1:
        return inputs
    is_last = number == len(song.parts)
    place = PartPlace.LAST if is_last else PartPlace.MIDDLE
    return replace(inputs, part=PartPlace.FIRST if number == 1 else place)
