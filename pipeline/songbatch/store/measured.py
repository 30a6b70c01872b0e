"""Measures of a blob, kept under its digest: they save measuring it again.

A JSON object of `songbatch.measures.Measures`, in a cache file
(`songbatch.files.cache_file`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from songbatch.files.cache_file import decoded
from songbatch.measures import MEASURES_VERSION, Measures

if TYPE_CHECKING:
    from songbatch.store.blobs import Blobs

_decode = msgspec.json.Decoder(Measures).decode


def load(blobs: Blobs, sha256: str) -> Measures | None:
    """Return the measures of a blob, or None if they are not known."""
    return decoded(
        blobs.known_measures(sha256), _decode, lambda kept: kept.version == MEASURES_VERSION
    )


def save(blobs: Blobs, sha256: str, measures: Measures) -> None:
    """Keep the measures of a blob."""
    text = json.dumps(msgspec.to_builtins(measures), allow_nan=False)
    blobs.keep_measures(sha256, f"{text}\n".encode())
