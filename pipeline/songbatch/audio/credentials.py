"""Content Credentials (C2PA): found in audio as it was received; their contents are not judged.

Source: the C2PA technical specification, "Embedding manifests" into ID3v2 and into RIFF.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio import id3
from songbatch.audio.riff import chunks, wave_start

if TYPE_CHECKING:
    from songbatch.audio.id3_frames import TagFrame

C2PA = "c2pa"
_TYPES = {"application/c2pa", "application/x-c2pa-manifest-store"}


def credential(data: bytes) -> str | None:
    """Return the kind of the Content Credential that MP3 or WAV bytes carry, None for none."""
    start = wave_start(data)
    if start is not None and any(one.name == b"C2PA" for one in chunks(data, start + 12)):
        return C2PA
    return C2PA if any(map(_is_manifest_store, id3.read_all(data))) else None


def _is_manifest_store(frame: tuple[TagFrame, bytes]) -> bool:
    stored, content = frame
    if stored.identity != b"GEOB":
        return False
    media_type, _, rest = content[1:].partition(b"\0")
    named = id3.texts(content[:1] + rest) if content else []
    return media_type.decode("latin-1").lower() in _TYPES or named[1:2] == [C2PA]
