"""From received audio to the output file and back: tags on, tags off, frames untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.audio.tags import tagged, untagged
from pipeline.plan import tags_of

if TYPE_CHECKING:
    from pipeline.model import Render
    from pipeline.records import Entry


def dressed(audio: bytes, render: Render) -> bytes:
    """Return the output file for received audio: tags added, frames untouched."""
    return tagged(audio, tags_of(render))


def undressed(output: bytes, entry: Entry) -> bytes:
    """Return the audio as it was received from an output file and its manifest's entry."""
    return untagged(output) if entry.tags else output
