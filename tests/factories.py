"""Renders and what is recorded of them, as pure data: a spec `demo` on the hosted engine."""

from __future__ import annotations

from msgspec.structs import replace

from songbatch.audio.tags import LABEL_VERSION
from songbatch.batch.inputs import render_inputs
from songbatch.engines.catalog import ENGINES
from songbatch.engines.identities import MUSIC01
from songbatch.measures import MEASURES_VERSION, Measures
from songbatch.model import AudioSetting, Purpose, Reference, ReferenceUse, Render, UnresolvedRender
from songbatch.records import Entry, Manifest
from songbatch.sources import Source, Span

SPAN = Span(Source("specs/demo.yaml", ""))
MEASURES = Measures(
    version=MEASURES_VERSION,
    seconds=30.0,
    lufs=-14.0,
    peak_dbfs=-1.0,
    leading_silence=0.1,
    trailing_silence=0.3,
    silence=0.02,
    clipping=0.0,
    centroid_hz=2000,
    end_dbfs=-52.0,
    samples_sha256="e" * 64,
)
DIGEST, AUDIO, FILE = "a" * 64, "b" * 64, "c" * 64
RIVER = Reference("river", Purpose.SONG, SPAN, SPAN, file="specs/river.mp3")
USE = ReferenceUse("river", Purpose.SONG, DIGEST)


def render(song: str = "first", lyrics: str = "la", take: int = 1, **more: object) -> Render:
    """A render that sings to the river; `more` are fields of its UnresolvedRender."""
    draft = UnresolvedRender(
        "demo", song, {}, "", take, lyrics, "river", "river", AudioSetting(), {}, song
    )
    draft = replace(draft, **more)
    output = f"outputs/demo/music-01/{draft.output}.{draft.audio.format}"
    inputs = render_inputs(draft, USE, USE, ENGINES[MUSIC01.name])
    return Render(draft, inputs, output)


def entry(of: Render, **more: object) -> Entry:
    """The entry of a render that is done, measured and tagged."""
    done = Entry(
        id=of.id,
        song=of.unresolved.song,
        variant={},
        take=of.inputs.take,
        key=of.key,
        status="done",
        output=of.output,
        lyrics=of.inputs.lyrics,
        voice=USE,
        instrumental=USE,
        audio=of.unresolved.audio,
        tags=dict(of.unresolved.tags),
        tag_version=LABEL_VERSION,
        delivered=None,
        warnings=(),
        sha256=FILE,
        audio_sha256=AUDIO,
        measures=MEASURES,
    )
    return done.but(**more)


def manifest(*entries: Entry, spec: str = "demo") -> Manifest:
    """A manifest with these entries."""
    return Manifest(spec, MUSIC01, renders=entries)
