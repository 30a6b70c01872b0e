"""The times that the engine reports are those that are sung."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from songbatch.engines.base import EngineError, Generation
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.song import SungLine
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, Purpose
from support.references import Sink, band, voice
from tests.engines.sketch.test_songs import WAV, samples

LYRICS = "##Take the bus to town,\n\npick a card again,\ntell the cook##"


def requests(state: Path, lyrics: str = LYRICS) -> tuple[SketchEngine, Generation, Generation]:
    """Return an engine, a request for a voice alone, and one with a band."""
    engine = SketchEngine(Tree(state))
    sung = engine.upload(voice((55.0, 59.0, 62.0)), AudioFormat.WAV, Purpose.VOICE, "u").voice_id
    played = engine.upload(band(100.0, 7), AudioFormat.WAV, Purpose.INSTRUMENTAL, "u")
    return (
        engine,
        Generation(lyrics, sung, None, WAV, 1, "x"),
        Generation(lyrics, sung, played.instrumental_id, WAV, 1, "x"),
    )


def onset(sound: np.ndarray, start: float) -> float:
    """Return when sound begins around `start`, in seconds."""
    first = max(0, int((start - 0.15) * 44100))
    piece = sound[first : first + 22050]
    level = np.sqrt(np.convolve(piece**2, np.ones(220) / 220, "same"))
    loud = np.nonzero(level > max(2 * level[:2205].max(), 0.02 * level.max()))[0]
    return (first + int(loud[0])) / 44100


def check(lines: tuple[SungLine, ...]) -> None:
    for line in lines:
        assert line.start == line.syllables[0].start < line.syllables[-1].end == line.end
        for before, after in itertools.pairwise(line.syllables):
            assert before.start < before.end <= after.start + 0.06
    for one, other in itertools.pairwise(lines):
        assert one.end <= other.start + 0.06


def test_lines_begin_when_they_are_heard(tmp_path: Path) -> None:
    engine, alone, with_band = requests(tmp_path)
    lines = engine.times(alone)
    check(lines)
    check(engine.times(with_band))
    assert [line.text for line in lines] == [
        "Take the bus to town,", "pick a card again,", "tell the cook"
    ]  # fmt: skip
    assert [s.text for s in lines[1].syllables] == ["pick", "a", "card", "again", ""]
    sink = Sink()
    engine.generate(alone, sink)
    sound = samples(bytes(sink)).mean(axis=1)
    for line in lines:
        if line.text[0] in "Ttp":
            # A stop is closed before it is heard.
            heard = onset(sound, line.start)
            assert -0.02 <= heard - line.start <= 0.08, line
    last = np.nonzero(np.abs(sound) > 0.1 * np.abs(sound).max())[0][-1] / 44100
    assert last == pytest.approx(lines[-1].end, abs=0.15)


def test_lines_that_begin_with_voice_are_told_within_50_ms(tmp_path: Path) -> None:
    engine, alone, _ = requests(tmp_path, "Moon over the lake\n\nLemon in the wine\n\nAll are one")
    sink = Sink()
    engine.generate(alone, sink)
    sound = samples(bytes(sink)).mean(axis=1)
    for line in engine.times(alone):
        assert onset(sound, line.start) == pytest.approx(line.start, abs=0.05), line


def test_without_a_voice_nothing_is_sung(tmp_path: Path) -> None:
    engine, _, request = requests(tmp_path)
    silent = Generation(LYRICS, None, request.instrumental_id, WAV, 1, "x")
    assert engine.times(silent) == ()
    with pytest.raises(EngineError):
        engine.times(Generation(LYRICS, "vocal-voice-" + "0" * 32, None, WAV, 1, "x"))


def begins(engine: SketchEngine, request: Generation) -> list[float]:
    return [s.start for line in engine.times(request) for s in line.syllables]


def test_takes_have_their_own_times(tmp_path: Path) -> None:
    engine, alone, with_band = requests(
        tmp_path, "I wonder where the winter goes\nand who will follow it"
    )
    for request in (alone, with_band):
        takes = [np.array(begins(engine, replace(request, take=take))) for take in (1, 2, 3, 4)]
        for one, other in itertools.combinations(takes, 2):
            assert np.mean(np.abs(one - other) > 0.06) > 0.5


def test_languages_have_their_own_times(tmp_path: Path) -> None:
    """The same letters are other syllables: French swallows what Spanish sings."""
    engine, _, request = requests(tmp_path, "une grande table ronde\nchante encore")
    sung = {lang: begins(engine, replace(request, lang=lang)) for lang in ("fr", "es", "de", "en")}
    assert len(sung["fr"]) < len(sung["es"])
    assert len({tuple(times) for times in sung.values()}) == len(sung)
