"""Features of a reference: all that is kept of it, as a small JSON file.

Numbers are rounded before they are used, so that features read from disk and features just
extracted give the same song. Names in the file are those of its first version, whatever the fields
are called here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis import (
    harmony,
    metre,
    rhythm,
    spans,
    tonal_balance,
    voice,
)
from songbatch.engines.sketch.analysis.harmony import Harmony
from songbatch.engines.sketch.analysis.rhythm import Rhythm
from songbatch.engines.sketch.analysis.spans import Spans
from songbatch.engines.sketch.analysis.tonal_balance import TonalBalance
from songbatch.engines.sketch.analysis.voice import Voice
from songbatch.engines.sketch.codec import Undecodable, decode
from songbatch.engines.sketch.dsp import resample
from songbatch.engines.sketch.kept import VERSION, is_current
from songbatch.model import Purpose

if TYPE_CHECKING:
    from songbatch.engines.sketch.analysis.grid import Metre
    from songbatch.engines.sketch.dsp import Mono

RATE, SLOW_RATE = 22050, voice.RATE
"""Hz at which references are analysed: drums and tonal balance, and everything with a pitch."""

MAX_SECONDS = 180.0
"""The part of a reference that is analysed: verse, chorus and a change of mind."""

MIN_SECONDS = 4.0
"""Less has neither a tempo nor a key. The contract demands more and checks it earlier."""

OFFSET = 0.02
"""A mean of the samples beyond this share of their spread is a converter's offset, not sound."""

DECIMALS = 3


class Features(msgspec.Struct, frozen=True, rename={"tonal_balance": "colour"}):
    """Features of a reference. `voice` is None unless the purpose asks for one.

    `spans` are those of a band without a singer, whose recording can be rearranged.
    """

    seconds: float
    rhythm: Rhythm
    harmony: Harmony
    tonal_balance: TonalBalance
    voice: Voice | None
    spans: Spans | None = None


class Analysis(msgspec.Struct, frozen=True):
    """Features with what they were extracted from: mono `sound` at RATE and what it holds."""

    features: Features
    sound: Mono
    notes: harmony.Notes
    metre: Metre
    contour: voice.PitchContour | None


def extract(audio: bytes, purpose: Purpose) -> Features:
    """Return the features of WAV or MP3 bytes. Raises codec.Undecodable."""
    return analyze(audio, purpose).features


def analyze(audio: bytes, purpose: Purpose) -> Analysis:
    """Return the features of WAV or MP3 bytes with their sources. Raises codec.Undecodable."""
    return analyze_samples(decode(audio, RATE, MAX_SECONDS), purpose)


def analyze_samples(sound: Mono, purpose: Purpose) -> Analysis:
    """Return the same for mono samples at RATE. Raises codec.Undecodable if they are too few."""
    if len(sound) < MIN_SECONDS * RATE:
        raise Undecodable("the audio is too short to follow")
    offset = exact.total(sound) / len(sound)
    if abs(offset) > OFFSET * sound.std(dtype=np.float64):
        sound = sound - np.float32(offset)
    slow = resample(sound, RATE, SLOW_RATE)
    pulse, notes = rhythm.find_pulse(sound, RATE), harmony.find_notes(slow, SLOW_RATE)
    bars = metre.find(pulse, notes)
    played = harmony.in_bars(notes, bars)
    contour = _pitch_contour(slow, purpose, bars, played)
    bar_seconds = bars.beats_per_bar * bars.beat_seconds
    features = Features(
        seconds=len(sound) / RATE,
        rhythm=rhythm.in_bars(pulse, bars),
        harmony=played,
        tonal_balance=tonal_balance.measure_balance(sound, RATE, bar_seconds),
        voice=voice.describe(contour) if contour else None,
        spans=(
            spans.measure_spans(sound, RATE, bars, len(played.chords))
            if purpose is Purpose.INSTRUMENTAL
            else None
        ),
    )
    return Analysis(load(dump(features)), sound, notes, bars, contour)


def _pitch_contour(
    slow: Mono, purpose: Purpose, bars: Metre, played: Harmony
) -> voice.PitchContour | None:
    if not purpose.gives_voice:
        return None
    if purpose.gives_instrumental:
        return voice.in_a_band(slow, bars, played.chords)
    return voice.alone(slow)


def dump(features: Features, home: int = 0) -> str:
    """Return features as readable JSON; `home` identifies the folder that keeps them."""
    values = _rounded(msgspec.to_builtins(features))
    kept = {"home": home} if home else {}
    return json.dumps({"portrait": VERSION, **kept, **values}, indent=1) + "\n"


def load(text: str, home: int = 0) -> Features:
    """Return the features that `dump` wrote for the same home. Raises ValueError for any others."""
    try:
        tree = json.loads(text)
        if not is_current(tree, home):
            raise ValueError("another version, or another home")
        return msgspec.convert(tree, Features)
    except (AttributeError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise ValueError("not the features of a reference") from error


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
