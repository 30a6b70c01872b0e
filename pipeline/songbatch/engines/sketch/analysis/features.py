"""A reference in a few numbers: what is kept of it, as a small JSON file.

Numbers are rounded before they are used, so that a portrait read from disk and one just made give
the same song.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from songbatch.engines.sketch.analysis import harmony, metre, rhythm, tonal_balance, voice
from songbatch.engines.sketch.codec import Undecodable, decode
from songbatch.engines.sketch.dsp import resample

if TYPE_CHECKING:
    from songbatch.engines.sketch.analysis.grid import Metre
    from songbatch.engines.sketch.dsp import Mono
    from songbatch.model import Purpose

VERSION = 4
RATE, SLOW = 22050, voice.RATE
"""Hz at which references are heard: drums and colour, and what has a pitch."""

MAX_SECONDS = 180.0
"""How much of a reference is heard: verse, chorus and a change of mind."""

MIN_SECONDS = 4.0
"""Less has neither a tempo nor a key. The contract demands more; its checks stand before this."""

OFFSET = 0.02
"""A mean of the samples beyond this share of their spread is a converter's offset, not sound."""

DECIMALS = 3


class Features(msgspec.Struct, frozen=True):
    """What a reference is like. `voice` is None unless its purpose gives one."""

    seconds: float
    rhythm: rhythm.Rhythm
    harmony: harmony.Harmony
    colour: tonal_balance.TonalBalance
    voice: voice.Voice | None


class Analysis(msgspec.Struct, frozen=True):
    """A portrait and what it was drawn from: mono `sound` at RATE, and what was found in it."""

    portrait: Features
    sound: Mono
    notes: harmony.Notes
    metre: Metre
    contour: voice.PitchContour | None


def extract(audio: bytes, purpose: Purpose) -> Features:
    """Return the portrait of WAV or MP3 bytes. Raises codec.Undecodable."""
    return analyze(audio, purpose).portrait


def analyze(audio: bytes, purpose: Purpose) -> Analysis:
    """Return the portrait of WAV or MP3 bytes together with its sources. Raises Undecodable."""
    sound = decode(audio, RATE, MAX_SECONDS)
    if len(sound) < MIN_SECONDS * RATE:
        raise Undecodable("the audio is too short to follow")
    offset = sound.mean(dtype=np.float64)
    if abs(offset) > OFFSET * sound.std(dtype=np.float64):
        sound -= offset
    slow = resample(sound, RATE, SLOW)
    pulse, notes = rhythm.find_pulse(sound, RATE), harmony.find_notes(slow, SLOW)
    bars = metre.find(pulse, notes)
    played = harmony.in_bars(notes, bars)
    contour = _pitch_contour(slow, purpose, bars, played)
    portrait = Features(
        seconds=len(sound) / RATE,
        rhythm=rhythm.in_bars(pulse, bars),
        harmony=played,
        colour=tonal_balance.measure_balance(sound, RATE, bars.beats_per_bar * bars.beat),
        voice=voice.describe(contour) if contour else None,
    )
    return Analysis(load(dump(portrait)), sound, notes, bars, contour)


def _pitch_contour(
    slow: Mono, purpose: Purpose, bars: Metre, played: harmony.Harmony
) -> voice.PitchContour | None:
    if not purpose.gives_voice:
        return None
    if purpose.gives_instrumental:
        return voice.in_a_band(slow, bars, played.chords)
    return voice.alone(slow)


def dump(portrait: Features, home: int = 0) -> str:
    """Return the portrait as readable JSON; `home` is where it is kept."""
    values = _rounded(msgspec.to_builtins(portrait))
    kept = {"home": home} if home else {}
    return json.dumps({"portrait": VERSION, **kept, **values}, indent=1) + "\n"


def load(text: str, home: int = 0) -> Features:
    """Read a portrait back. Raises ValueError for anything else, and for one of another home."""
    try:
        tree = json.loads(text)
        if (tree["portrait"], tree.get("home", 0)) != (VERSION, home):
            raise ValueError("another version, or another home")
        sung = tree["voice"]
        return Features(
            seconds=tree["seconds"],
            rhythm=rhythm.Rhythm(**_tuples(tree["rhythm"])),
            harmony=harmony.Harmony(**_tuples(tree["harmony"])),
            colour=tonal_balance.TonalBalance(**_tuples(tree["colour"])),
            voice=voice.Voice(**_tuples(sung)) if sung else None,
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a portrait") from error


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _tuples(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuple(value) for name, value in tree.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value
