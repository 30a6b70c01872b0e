"""Recordings of other people, to be measured only: found in a folder, with what is known of them.

A folder with a `notes.mid` is one song in parts, as the charts of rhythm games have it: its audio
files are added up, and the MIDI file tells the tempo. Elsewhere each audio file is a recording,
with FILE.json of `bpm`, `tonic`, `mode`, as far as they are known.
"""

from __future__ import annotations

import io
import json
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import miniaudio
import numpy as np

from support.truth import midi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

AUDIO = {".wav", ".mp3", ".ogg", ".flac"}
RATE = 44100


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound (frames × 2, 16-bit, at RATE), and what is known: None where it is not."""

    name: str
    sound: NDArray[np.int16]
    bpm: float | None
    tonic: int | None = None
    mode: str | None = None

    def wav(self, start: float = 0.0, end: float | None = None) -> bytes:
        """Return what sounds from `start` to `end` (s) as the bytes of a WAV file."""
        last = None if end is None else round(end * RATE)
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(2)
            writer.setsampwidth(2)
            writer.setframerate(RATE)
            writer.writeframes(self.sound[round(start * RATE) : last].tobytes())
        return file.getvalue()


def find(folder: Path, seconds: float) -> Iterator[Recording]:
    """Yield what lies in a folder and below, at most `seconds` of each."""
    for place in sorted({path.parent for path in folder.rglob("*") if path.suffix in AUDIO}):
        parts = sorted(path for path in place.iterdir() if path.suffix in AUDIO)
        chart = place / "notes.mid"
        if chart.exists():
            told = midi.read(chart.read_bytes())
            yield Recording(place.name, _sum(parts, seconds), told.main_bpm(seconds))
        else:
            yield from (_single(path, seconds) for path in parts)


def _single(path: Path, seconds: float) -> Recording:
    known = path.with_suffix(".json")
    told: dict[str, Any] = json.loads(known.read_text("utf-8")) if known.exists() else {}
    sound = _sum([path], seconds)
    return Recording(path.name, sound, told.get("bpm"), told.get("tonic"), told.get("mode"))


def _sum(parts: list[Path], seconds: float) -> NDArray[np.int16]:
    """Return the sum of the parts, turned down where it would clip."""
    total = np.zeros(round(seconds * RATE) * 2, np.float32)
    longest = 0
    for part in parts:
        decoded = miniaudio.decode_file(
            str(part), miniaudio.SampleFormat.FLOAT32, nchannels=2, sample_rate=RATE
        )
        sound = np.frombuffer(decoded.samples, np.float32)[: len(total)]
        total[: len(sound)] += sound
        longest = max(longest, len(sound))
    total = total[:longest] / max(1.0, float(np.abs(total).max()))
    return np.asarray((total * 32767).astype("<i2").reshape(-1, 2))
