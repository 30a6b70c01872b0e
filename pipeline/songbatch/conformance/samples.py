"""Samples: requests and a reference that any engine with the same traits must take."""

from __future__ import annotations

import array
import functools
import io
import math
import sys
import wave
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from songbatch.engines.base import Generation
from songbatch.engines.request_id import request_id
from songbatch.lyrics import in_grammar
from songbatch.model import AudioFormat, AudioSetting

if TYPE_CHECKING:
    from songbatch.model import Purpose
    from songbatch.traits import HandedOver, Range, Traits

WORDS = "[Verse]\nOver the harbour the lamps go out\n\n[Chorus]\nCome home, come home"
SHORTEST_SECONDS = 10.0
"""A song is asked to be no longer than it must be, and long enough to hold words."""
LONGEST_LYRICS = 5000
"""Characters of the longest lyrics that are tried, where an engine says that it takes more."""
REFERENCE_SECONDS = 20.0
SMALLEST = AudioSetting(AudioFormat.MP3, 16000, 32000)

USUAL: dict[str, Any] = {
    "style": "dream pop, soft female voice",
    "bpm": 92,
    "scale": "A minor",
    "meter": "4/4",
    "lang": "en",
}
"""Values of keys that every engine which takes them must take."""

_KEY = "c0f0" * 16
_REFERENCE_RATE = 22050
_CHORDS = (
    (220.0, 261.6, 329.6),
    (174.6, 220.0, 261.6),
    (261.6, 329.6, 392.0),
    (196.0, 246.9, 293.7),
)


def request(traits: Traits, take: int = 1, attempt: int = 1, **more: Any) -> Generation:
    """Return a request for a short song, as a run would make it."""
    usual: dict[str, Any] = {
        "style": USUAL["style"] if traits.style is not None else None,
        "duration": shortest(traits) if "duration" in traits.takes else None,
        "seed": take if "seed" in traits.takes else None,
    }
    made = Generation(
        lyrics=lyrics(traits, WORDS),
        voice_id=None,
        instrumental_id=None,
        audio=AudioSetting(AudioFormat.WAV) if traits.master is not None else SMALLEST,
        take=take,
        request_id=request_id(_KEY, take, attempt),
        **usual,
    )
    return replace(made, **more)


def lyrics(traits: Traits, text: str) -> str:
    """Return lyrics as an engine wants them written."""
    return in_grammar(text, traits.grammar)


def shortest(traits: Traits) -> float:
    """Return how many seconds the songs are asked to last."""
    if traits.duration is None:
        return SHORTEST_SECONDS
    return _within(SHORTEST_SECONDS, traits.duration)


def said(traits: Traits) -> dict[str, Any]:
    """Return a value for every plain key that an engine takes."""
    values = {name: value for name, value in USUAL.items() if name in traits.takes}
    if traits.bpm is not None and "bpm" in values:
        values["bpm"] = round(_within(values["bpm"], traits.bpm))
    if traits.languages and "lang" in values and "en" not in traits.languages:
        values["lang"] = min(traits.languages)
    return values


def _within(value: float, bounds: Range) -> float:
    return min(max(value, bounds.least), bounds.most)


@functools.cache
def reference() -> bytes:
    """Return a WAV file that has chords, a beat and a pause: 20 s."""
    bar = _REFERENCE_RATE * 2
    samples = array.array("h")
    for at in range(int(REFERENCE_SECONDS * _REFERENCE_RATE)):
        chord = _CHORDS[at // bar % len(_CHORDS)]
        beat = at % (_REFERENCE_RATE // 2) / _REFERENCE_RATE
        level = 6000 * math.exp(-3 * beat)
        tones = (math.sin(2 * math.pi * hertz * at / _REFERENCE_RATE) for hertz in chord)
        samples.append(round(level * sum(tones) / len(chord)))
    if sys.byteorder == "big":
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, _REFERENCE_RATE, len(samples), "NONE", ""))
        writer.writeframesraw(samples.tobytes())
    return file.getvalue()


def purposes(traits: Traits, handed_over: HandedOver) -> list[Purpose]:
    """Return the purposes of references that are handed over in this way."""
    return [each for each, rule in traits.references.items() if rule.handed_over is handed_over]
