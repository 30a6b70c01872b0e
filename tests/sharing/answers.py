"""Answers, for tests of sharing."""

from __future__ import annotations

from typing import Any

from songbatch.digest import sha256
from songbatch.sharing.notes import Answered

KEY, OTHER = "ab" * 32, "cd" * 32
AUDIO = b"sound" * 5000
WHO = "somebody@studio-1-0123456789abcdef"


def answered(audio: bytes = AUDIO, key: str = KEY, **fields: Any) -> Answered:
    """Return an answer with this audio."""
    known: dict[str, Any] = {
        "seconds": 12.5,
        "at": "2026-11-01T10:00:00Z",
        "engine": "music-01",
        "who": WHO,
        "cost_usd": 0.03,
        "attempts": 1,
    }
    return Answered(key=key, audio_sha256=sha256(audio), bytes=len(audio), **(known | fields))
