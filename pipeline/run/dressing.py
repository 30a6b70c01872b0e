"""From received audio to the output file and back: a tag on, the tag off, frames untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.audio.tags import Label, tagged, untagged
from pipeline.digest import sha256
from pipeline.lyrics import words
from pipeline.plan import cover_of, tag_version_of, tags_of
from pipeline.provenance import facts
from pipeline.spec import Unreadable

if TYPE_CHECKING:
    from pipeline.measures import Measures
    from pipeline.model import Render
    from pipeline.records import Entry
    from pipeline.workspace import Workspace


REPLAYGAIN_LUFS = -18.0
"""What ReplayGain 2.0 brings tracks to."""


def dressed(
    audio: bytes, render: Render, cover: bytes, measures: Measures | None
) -> tuple[bytes, memoryview]:
    """Return the output file for received audio, which never fails it: frames are untouched.

    It is in two pieces, the tag and what follows, which is no copy.
    """
    if not tag_version_of(render):
        return b"", memoryview(audio)
    said = facts(render) | (_replaygain(measures) if measures is not None else {})
    return tagged(audio, Label(tags_of(render), said, words(render.draft.lyrics), cover))


def _replaygain(measures: Measures) -> dict[str, str]:
    if measures.lufs is None or measures.peak_dbfs is None:
        return {}
    return {
        "REPLAYGAIN_TRACK_GAIN": f"{REPLAYGAIN_LUFS - measures.lufs:+.2f} dB",
        "REPLAYGAIN_TRACK_PEAK": f"{10 ** (measures.peak_dbfs / 20):.6f}",
        "REPLAYGAIN_REFERENCE_LOUDNESS": f"{REPLAYGAIN_LUFS:.2f} LUFS",
    }


def undressed(output: bytes, entry: Entry) -> bytes:
    """Return the audio as it was received from an output file and its manifest's entry."""
    return output if sha256(output) == entry.audio_sha256 else untagged(output)


def cover_bytes(render: Render, workspace: Workspace) -> bytes:
    """Return the picture that was checked; b"" for none, and where it is another one by now."""
    cover = cover_of(render)
    try:
        data = workspace.read_bytes(cover.file) if cover is not None else b""
    except Unreadable:
        return b""
    return data if cover is not None and sha256(data) == cover.sha256 else b""
