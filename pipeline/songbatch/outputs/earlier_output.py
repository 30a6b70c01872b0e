"""Outputs of earlier takes: what stood in their place, made again from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.errors import AudioProblem
from songbatch.audio.probe import examine
from songbatch.audio.sized import sized
from songbatch.model import AudioFormat, Render, UnresolvedRender
from songbatch.outputs.tagged import cover_bytes, with_tag

if TYPE_CHECKING:
    from songbatch.files.tree import Piece
    from songbatch.model import EngineIdentity
    from songbatch.records import Entry
    from songbatch.store.blobs import Blobs
    from songbatch.workspace import Workspace


def render_of(entry: Entry, engine: EngineIdentity) -> Render:
    """Return the render that an entry of a manifest was of, as far as its output tells of it."""
    spec, _, names = entry.id.partition("/")
    unresolved = UnresolvedRender(
        spec=spec,
        song=entry.song,
        variant=entry.variant,
        label="/".join(names.split("/")[1:-1]),
        take=entry.take,
        lyrics=entry.lyrics,
        voice=None,
        instrumental=None,
        audio=entry.audio,
        tags=entry.tags,
        output="",
    )
    return Render(unresolved, entry.inputs(engine), entry.output, entry.cover)


def output_of(
    entry: Entry, engine: EngineIdentity, blobs: Blobs, workspace: Workspace
) -> tuple[Piece, ...]:
    """Return the output of an entry, whose audio is in the store, in pieces."""
    render = render_of(entry, engine)
    audio = blobs.read(entry.audio_sha256 or "")
    if engine.master:
        from songbatch.audio.convert import convert  # noqa: PLC0415  (loads numpy)

        audio = convert(audio, entry.audio)
    return with_tag(audio, render, cover_bytes(render, workspace), entry.measures)


def bare_output(audio: bytes) -> tuple[bytes, str]:
    """Return a file of audio of which nobody wrote down what it is, and the suffix of its name.

    Without tags. What no header tells of is what a service sends without one: raw PCM.
    """
    try:
        container = examine(audio).info.format
    except AudioProblem as problem:
        if problem.info is None:
            return audio, AudioFormat.PCM.value
        container = problem.info.format
    data = b"".join(sized(audio)) if container is AudioFormat.WAV else audio
    return data, container.value
