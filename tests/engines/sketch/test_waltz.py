"""A waltz is sung and played in three, and heard in three."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from songbatch.engines.base import Generation
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.compose.score import Score, compose
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.phonetics.lyrics import read
from songbatch.files.tree import Tree
from songbatch.layout import folder_id
from songbatch.model import AudioFormat, Purpose
from support.references import Sink, song, voice
from tests.engines.sketch.test_songs import WAV

LYRICS = "##Light the lanterns, pull a chair,\n\nthere is room for everyone here.##"
AUDIO = song(140.0, beats=3)
WALTZ = features.extract(AUDIO, Purpose.INSTRUMENTAL)
SINGER = features.extract(voice((60.0, 64.0, 67.0)), Purpose.VOICE)


def score(take: int) -> Score:
    rng = np.random.default_rng(take)
    return compose(read(LYRICS), SINGER.voice, WALTZ, SINGER, take, rng)


def test_bars_phrases_and_chords_are_of_three_beats() -> None:
    written = score(1)
    assert (written.beats_per_bar, written.chord_beats) == (3, 3)
    assert written.bar_seconds == written.chord_span == pytest.approx(3 * 60 / 140, rel=0.001)
    assert written.intro_bars in {2, 4}
    first = [min(n.start for n in written.notes if n.line == line) for line in (0, 1)]
    for start in first:
        assert (start / written.bar_seconds + 0.1) % 1 < 0.2


def test_stress_falls_on_the_first_beat() -> None:
    stressed = [
        note.syllable.stress > 0
        for take in range(1, 9)
        for note in score(take).notes
        if abs((note.start / score(take).bar_seconds + 0.5) % 1 - 0.5) < 0.02
    ]
    assert len(stressed) > 10
    assert np.mean(stressed) > 0.8


def test_takes_differ_in_three_as_well() -> None:
    takes = [np.array([n.start for n in score(take).notes]) for take in (1, 2, 3, 4)]
    for one, other in itertools.combinations(takes, 2):
        assert np.mean(np.abs(one - other) > 0.06) > 0.5


@pytest.mark.parametrize("drums", [WALTZ.rhythm.drums, 0.0])
def test_a_waltz_is_heard_in_three(tmp_path: Path, drums: float) -> None:
    engine = SketchEngine(Tree(tmp_path))
    ids = engine.upload(AUDIO, AudioFormat.WAV, Purpose.INSTRUMENTAL, "u")
    (kept,) = tmp_path.glob("*.json")
    rhythm = replace(WALTZ.rhythm, drums=drums)
    kept.write_text(features.dump(replace(WALTZ, rhythm=rhythm), folder_id(str(tmp_path))))
    sink = Sink()
    asked = Generation(LYRICS, None, ids.instrumental_id, WAV, 1, "x", options={"band": "play"})
    engine.generate(asked, sink)
    again = features.extract(bytes(sink), Purpose.INSTRUMENTAL)
    assert again.rhythm.beats_per_bar == 3
    assert again.rhythm.bpm == pytest.approx(WALTZ.rhythm.bpm, rel=0.0005)
    assert (again.harmony.tonic, again.harmony.mode) == (WALTZ.harmony.tonic, "major")
    if drums:
        struck = [np.ravel([p.rhythm.kick[:12], p.rhythm.hat[:12]]) for p in (WALTZ, again)]
        assert np.corrcoef(struck)[0, 1] > 0.7
