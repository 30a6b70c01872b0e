"""An MP3 with one ID3v2.4 tag in front, and nothing behind its frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio import id3
from songbatch.audio.envelope import frames_end, frames_start
from songbatch.handover.carriers.errors import NotWritable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.audio.id3_frames import TagFrame


def with_frames(audio: bytes, frames: Iterable[TagFrame]) -> bytes:
    """Return MP3 bytes with these frames in place of all tags. Raises NotWritable."""
    start = frames_start(audio)
    if audio[start : start + 1] != b"\xff":
        raise NotWritable("not an MP3 file")
    return tag(frames) + audio[start : frames_end(audio, start)]


def tag(frames: Iterable[TagFrame]) -> bytes:
    """Return a tag of these frames. Raises NotWritable."""
    written = id3.write(frames)
    if written is None:
        raise NotWritable("lyrics and cover are larger than a tag can be")
    return written
