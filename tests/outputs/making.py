"""Renders, entries and manifests of a spec `demo` on the hosted engine, as pure data."""

from __future__ import annotations

from songbatch.batch.inputs import render_inputs
from songbatch.digest import sha256
from songbatch.engines.catalog import ENGINES
from songbatch.engines.identities import MUSIC01
from songbatch.model import AudioSetting, Purpose, ReferenceUse, Render, UnresolvedRender
from songbatch.outputs.entries import described
from songbatch.records import Entry, Manifest

RIVER = ReferenceUse("river", Purpose.SONG, "a" * 64)


def render(song: str, lyrics: str = "la", engine: str = MUSIC01.name) -> Render:
    """Return take 1 of a song that sings to the river."""
    unresolved = UnresolvedRender(
        "demo", song, {}, "", 1, lyrics, "river", "river", AudioSetting(), {}, song
    )
    inputs = render_inputs(unresolved, RIVER, RIVER, ENGINES[engine])
    return Render(unresolved, inputs, f"outputs/demo/{engine}/{song}.mp3")


def audio(of: Render) -> str:
    """Return the digest of the audio that a render came to."""
    return sha256(of.key.encode())


def done(of: Render) -> Entry:
    """Return what a manifest says of a render that was received, for 5 cents."""
    return described(of, "done").but(audio_sha256=audio(of), sha256="c" * 64, cost_usd=0.05)


def manifest(*entries: Entry, spec: str = "demo") -> Manifest:
    """Return a manifest of these entries."""
    return Manifest(spec, MUSIC01, renders=entries)
