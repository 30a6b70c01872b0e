"""From received audio to the output file and back: tags of MP3s and true sizes of WAVs, on and off.

Frames and samples are never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.sized import sized, unsized
from songbatch.audio.tags import Label, tagged, untagged
from songbatch.digest import sha256
from songbatch.lyrics import words_only
from songbatch.model import AudioFormat
from songbatch.outputs.provenance import facts
from songbatch.plan import cover_of, tag_version_of, tags_of
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from songbatch.files.tree import Piece
    from songbatch.measures import Measures
    from songbatch.model import Render
    from songbatch.records import Entry
    from songbatch.workspace import Workspace


REPLAYGAIN_LUFS = -18.0
"""What ReplayGain 2.0 brings tracks to."""


def with_tag(
    audio: bytes, render: Render, cover: bytes, measures: Measures | None
) -> tuple[Piece, ...]:
    """Return the output file for received audio, in pieces that follow each other.

    The longest of them, the frames or samples, is no copy.
    """
    if render.unresolved.audio.format is AudioFormat.WAV:
        return sized(audio)
    if not tag_version_of(render):
        return (audio,)
    recorded = facts(render) | (_replaygain(measures) if measures is not None else {})
    return tagged(
        audio, Label(tags_of(render), recorded, words_only(render.inputs.lyrics or ""), cover)
    )


def _replaygain(measures: Measures) -> dict[str, str]:
    if measures.lufs is None or measures.peak_dbfs is None:
        return {}
    return {
        "REPLAYGAIN_TRACK_GAIN": f"{REPLAYGAIN_LUFS - measures.lufs:+.2f} dB",
        "REPLAYGAIN_TRACK_PEAK": f"{10 ** (measures.peak_dbfs / 20):.6f}",
        "REPLAYGAIN_REFERENCE_LOUDNESS": f"{REPLAYGAIN_LUFS:.2f} LUFS",
    }


def without_tag(output: bytes, entry: Entry) -> bytes:
    """Return the audio as it was received from an output file and its manifest's entry."""
    if sha256(output) == entry.audio_sha256:
        return output
    return unsized(output) if entry.audio.format is AudioFormat.WAV else untagged(output)


def cover_bytes(render: Render, workspace: Workspace) -> bytes:
    """Return the picture that was checked; b"" if there is none, or by now another one."""
    cover = cover_of(render)
    try:
        data = workspace.read_bytes(cover.file) if cover is not None else b""
    except Unreadable:
        return b""
    return data if cover is not None and sha256(data) == cover.sha256 else b""
