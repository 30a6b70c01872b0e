"""What was measured of a blob, kept under its digest: it only ever saves measuring again.

A JSON object of `songbatch.measures.Measures`. Whatever is odd about the file, it counts as
missing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from songbatch.measures import MEASURES_VERSION, Measures

if TYPE_CHECKING:
    from songbatch.store.blobs import Blobs

_decode = msgspec.json.Decoder(Measures).decode


def load(blobs: Blobs, sha256: str) -> Measures | None:
    """Return the measures of a blob, or None where they are not known."""
    kept = blobs.known_measures(sha256)
    try:
        found = _decode(kept) if kept is not None else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if found is not None and found.version == MEASURES_VERSION else None


def save(blobs: Blobs, sha256: str, measures: Measures) -> None:
    """Keep the measures of a blob."""
    text = json.dumps(msgspec.to_builtins(measures), allow_nan=False)
    blobs.keep_measures(sha256, f"{text}\n".encode())
