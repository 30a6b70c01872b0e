"""Listening pages made from data, without a project behind them: takes of any kind and number."""

from __future__ import annotations

import base64
import hashlib
import io
import math
import struct
import wave
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.report.html import listening_page
from songbatch.report.page import Card, Page, PageSound, Take

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RATE = 8000


def tone(seconds: float, hertz: float = 220.0) -> bytes:
    """Return a WAV file of a sine."""
    samples = (
        int(6000 * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(int(seconds * RATE))
    )
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()


def sound(number: int, seconds: float, lufs: float | None = -16.0) -> PageSound:
    """Return a sound that can be played, with a shape of its own."""
    link = "data:audio/wav;base64," + base64.b64encode(tone(seconds, 200.0 + number)).decode()
    shape = bytes((at * number) % 256 for at in range(360))
    return PageSound(link, seconds, lufs, base64.b64encode(shape).decode())


def take(
    number: int, seconds: float = 1.0, *, spec: str = "demo", song: str = "song", **more: Any
) -> Take:
    """Return a take with everything that could tell it from others."""
    told: dict[str, Any] = {
        "id": f"{spec}/{song}/{number}",
        "engine": "sketch",
        "take": number,
        "status": "done",
        "said": f"said-{number}",
        "audio_sha256": hashlib.sha256(f"{spec}/{song}/{number}".encode()).hexdigest(),
        "sound": sound(number, seconds, -14.0 - number),
        "output": f"outputs/{spec}/sketch/{song}-{number}.mp3",
        "lyrics": 0,
        "times": [],
        "references": [],
        "findings": [{"code": f"finding-{number}", "detail": f"detail-{number}"}],
        "cost_usd": 0.001 * number,
        "change": f"change-{number}",
        "before": None,
    }
    return Take(**(told | more))


def card(takes: Sequence[Take], song: str = "song", title: str = "01 Lantern") -> Card:
    """Return the card of a song."""
    return Card("demo", song, "", title, "The Specs", takes)


def write_page(path: Path, cards: Sequence[Card], **more: Any) -> str:
    """Write a page; return its address."""
    page = Page(
        id="0" * 32,
        project="project",
        since="HEAD",
        cards=cards,
        texts=["a line"],
        references={},
        decide="any",
        listeners={},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(listening_page(msgspec.structs.replace(page, **more)), "utf-8")
    return path.as_uri()
